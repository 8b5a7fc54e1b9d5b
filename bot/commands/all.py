"""The registry of every command there is."""

from bot.commands.board import BOARD
from bot.commands.explain import EXPLAIN
from bot.commands.health import MoreHealth, health_command
from bot.commands.help import help_command
from bot.commands.history import HISTORY
from bot.commands.registry import Registry
from bot.commands.show import SHOW


def registry(more_health: MoreHealth = lambda _community: ()) -> Registry:
    """Return all commands, in the order in which help shows them.

    Parameters
    ----------
    more_health
        Facts that `admin health` adds, from the process that runs it.
    """
    made = Registry(
        (
            SHOW,
            BOARD,
            HISTORY,
            EXPLAIN,
            help_command(lambda: made),
            health_command(more_health),
        )
    )
    return made
