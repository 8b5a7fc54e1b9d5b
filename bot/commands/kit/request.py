"""A request: what somebody asks, where, and with which arguments."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bot.commands.kit.arguments import Argument

if TYPE_CHECKING:
    from bot.community.communities import Community

SLASH: Final = "/"
"""The prefix of commands that are picked, not typed; they have no short forms."""


def _sees_nothing(_source: str, _place: str) -> bool:
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One use of a command: who asks what, where and when."""

    community: "Community"
    source: str
    """Source whose account ids `actor` is one of: "discord"."""
    actor: str
    """Platform id of the account that asks."""
    actor_name: str
    is_admin: bool
    """Read from the platform when the request is made, never taken from a button."""
    roles: frozenset[str] = frozenset()
    """Ids of the roles or groups that the asker has on the platform, read like `is_admin`."""
    arguments: Mapping[str, Argument]
    """Arguments by the names of their parameters; those left out are absent."""
    now_ms: int
    place: str | None = None
    prefix: str = "!"
    """What the asker types before a command: "!", "/", "@credbot "."""
    is_private: bool = False
    """A private reply would be seen by the asker alone."""
    is_overheard: bool = False
    """Others can read the request, though not a private reply to it."""
    sees: Callable[[str, str], bool] = _sees_nothing
    """Tells of a source and the id of one of its places whether everyone who can read the reply
    may see that place now. What a reply names must be in a place that this is true of."""
    suggestion: str = ""
    """The line that was perhaps meant, where the first word resembles a command."""

    def command_line(self, line: str, *arguments: str) -> str:
        """Return a command as the asker would type it: "!cred board last month".

        The arguments of a slash command are filled in rather than typed, so they are left out.
        """
        if self.prefix == SLASH:
            return f"{SLASH}{line}"
        return " ".join(
            [f"{self.prefix}{line}", *(argument for argument in arguments if argument)]
        )

    def default_command_line(self, group: str, name: str) -> str:
        """Return a group's default command as the asker would type it, short if possible."""
        return f"{SLASH}{group} {name}" if self.prefix == SLASH else f"{self.prefix}{group}"
