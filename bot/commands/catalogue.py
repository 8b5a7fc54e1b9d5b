"""The catalogue of all commands."""

from collections.abc import Mapping
from typing import Final

from bot.commands.admin.announce import CheckPosting, announce_command, nothing_posts
from bot.commands.admin.health import MoreHealth, health_command
from bot.commands.admin.identity import IDENTITY
from bot.commands.admin.roles import ROLES
from bot.commands.admin.sources import States, sources_command
from bot.commands.cred.board import BOARD
from bot.commands.cred.explain import EXPLAIN
from bot.commands.cred.history import HISTORY
from bot.commands.cred.show import SHOW
from bot.commands.cred.why_changed import WHY_CHANGED
from bot.commands.entries.contrib import CONTRIB
from bot.commands.entries.initiative import INITIATIVE
from bot.commands.entries.thanks import THANKS, THANKS_UNDO
from bot.commands.help import help_command
from bot.commands.kit.registry import Registry
from bot.commands.me.accounts import ACCOUNTS
from bot.commands.me.confirm import CONFIRM
from bot.commands.me.data import DATA
from bot.commands.me.erase import ERASE
from bot.commands.me.link import LINK
from bot.commands.me.optout import OPT_IN, OPT_OUT
from bot.commands.me.unlink import UNLINK
from bot.commands.me.visibility import VISIBILITY
from bot.commands.privacy import PRIVACY
from bot.commands.settings.settings import SETTINGS
from bot.commands.weights.acts import SET
from bot.commands.weights.audit import AUDIT
from bot.commands.weights.preview import PREVIEW
from bot.commands.weights.proposals import PROPOSALS
from bot.commands.weights.propose import PROPOSE, SECOND, VETO, WITHDRAW
from bot.commands.weights.show import SHOW_WEIGHTS
from bot.commands.weights.versions import VERSIONS
from bot.commands.weights.vote import VOTE
from bot.commands.weights.why import WHY

GROUPS: Final[Mapping[str, str]] = {
    "cred": "scores and their sources",
    "weights": "what counts, and votes",
    "contrib": "work entered by hand",
    "initiative": "projects of many people",
    "me": "your accounts and data",
    "admin": "for maintainers",
    "settings": "how it is set up",
}
"""What each group is about, in as many words as fit one line of a phone behind its name."""


def build_registry(
    more_health: MoreHealth = lambda _community: (),
    states: States = lambda _community: (),
    check_posting: CheckPosting = nothing_posts,
) -> Registry:
    """Return all commands, in the order in which help shows them.

    Parameters
    ----------
    more_health
        Facts that `admin health` adds, from the process that runs it.
    states
        How the sources are, for `admin sources` and `admin health`.
    check_posting
        What the bot lacks to post in a place, for `admin announce`.
    """
    registry = Registry(
        (
            SHOW,
            BOARD,
            HISTORY,
            EXPLAIN,
            WHY_CHANGED,
            SHOW_WEIGHTS,
            PREVIEW,
            WHY,
            PROPOSE,
            PROPOSALS,
            VOTE,
            SECOND,
            WITHDRAW,
            VETO,
            SET,
            *VERSIONS,
            AUDIT,
            THANKS,
            THANKS_UNDO,
            *CONTRIB,
            *INITIATIVE,
            ACCOUNTS,
            LINK,
            CONFIRM,
            UNLINK,
            DATA,
            VISIBILITY,
            OPT_OUT,
            OPT_IN,
            ERASE,
            PRIVACY,
            help_command(lambda: registry),
            health_command(more_health, states),
            sources_command(states),
            announce_command(check_posting),
            ROLES,
            *SETTINGS,
            *IDENTITY,
        ),
        GROUPS,
    )
    return registry
