"""The registry of every command there is."""

from bot.commands.board import BOARD
from bot.commands.contrib import CONTRIB
from bot.commands.explain import EXPLAIN
from bot.commands.health import MoreHealth, health_command
from bot.commands.help import help_command
from bot.commands.history import HISTORY
from bot.commands.identity import IDENTITY
from bot.commands.initiative import INITIATIVE
from bot.commands.me import ME
from bot.commands.registry import Registry
from bot.commands.show import SHOW
from bot.commands.sources import States, sources_command
from bot.commands.thanks import THANKS


def registry(
    more_health: MoreHealth = lambda _community: (),
    states: States = lambda _community: (),
) -> Registry:
    """Return all commands, in the order in which help shows them.

    Parameters
    ----------
    more_health
        Facts that `admin health` adds, from the process that runs it.
    states
        How the sources are, for `admin sources`.
    """
    made = Registry(
        (
            SHOW,
            BOARD,
            HISTORY,
            EXPLAIN,
            THANKS,
            *CONTRIB,
            *INITIATIVE,
            *ME,
            help_command(lambda: made),
            health_command(more_health),
            sources_command(states),
            *IDENTITY,
        )
    )
    return made
