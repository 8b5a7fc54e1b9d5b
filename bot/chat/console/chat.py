"""Commands typed on a console, one line at a time.

Everybody who can type on the console is trusted. The speaker is an admin, and may speak as
anybody: `@ada: !cred`, or by an account of another platform: `@discourse:ada: !me accounts`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from bot.chat.line.parse import parse
from bot.commands.kit.dispatch import dispatch
from bot.commands.kit.errors import attempt
from bot.commands.kit.names import join_names
from bot.commands.kit.registry import Registry
from bot.commands.kit.reply import Reply
from bot.commands.kit.request import Request
from bot.commands.kit.wording import pluralize
from bot.community.communities import Community
from bot.runtime import clock
from bot.services import people
from bot.services.known_names import KnownNames, read_known_names

_SPEAKING_AS: Final = re.compile(r"@(?P<who>\"[^\"]+\"|[^:!/]+?)\s*:\s*(?P<line>.*)", re.DOTALL)
_SPEAKING_FROM: Final = re.compile(
    r"@(?P<source>[a-z][\w-]*):(?P<who>\"[^\"]+\"|[^\s:!/][^:!/]*?)\s*:\s*(?P<line>.*)",
    re.DOTALL,
)
_ADDRESSED: Final = re.compile(r"\A@credbot\b[,:]?\s*", re.IGNORECASE)
"""The bot's mention at the start of a line, which on a platform stands for the prefix."""
_MENTION: Final = re.compile(r"<@(\d+)>")


def _sees_everything(_source: str, _place: str) -> bool:
    """Tell that everything may be named: whoever has the console has the file."""
    return True


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who types."""

    account: str
    """Platform id of the account."""
    name: str
    source: str = ""
    """Platform of the account; "" is the console's own."""


class ConsoleChat:
    """Answers the lines of one community's console.

    Parameters
    ----------
    community, registry
        The community, and the commands there are.
    speaker
        Who speaks, unless a line says otherwise.
    source
        Platform whose account ids are meant.
    now_ms
        The clock.
    """

    def __init__(
        self,
        community: Community,
        registry: Registry,
        speaker: Speaker,
        *,
        source: str = "discord",
        now_ms: Callable[[], int] = clock.now_ms,
    ) -> None:
        self._community = community
        self._registry = registry
        self._speaker = speaker
        self._source = source
        self._now_ms = now_ms

    async def reply(self, line: str) -> Reply | None:
        """Return the reply to a line; None if it is empty."""
        speaker, line = self._speaker, _ADDRESSED.sub("", line.strip())
        if match := self._match_speaker(line):
            found = self._find_speaker(match["who"].strip('"').strip(), match.groupdict())
            if isinstance(found, str):
                return Reply(title="Who speaks?", text=found, is_error=True)
            speaker, line = found, match["line"]
        line = _ADDRESSED.sub("", line.strip()).removeprefix("!").removeprefix("/").strip()
        if not line:
            return None
        source = speaker.source or self._source
        names = await read_known_names(self._community, source, speaker.account)
        invocation = attempt(
            lambda: parse(line, self._registry, source, self._now_ms(), names),
            prefix="!",
            activity="reading a line",
        )
        if isinstance(invocation, Reply):
            return invocation
        return await dispatch(
            invocation.command,
            Request(
                community=self._community,
                source=source,
                actor=speaker.account,
                actor_name=speaker.name,
                is_admin=True,
                arguments=invocation.arguments,
                now_ms=self._now_ms(),
                is_private=True,
                sees=_sees_everything,
                suggestion=invocation.suggestion,
            ),
        )

    def with_names(self, line: str) -> str:
        """Return a button's line as one would type it, with names instead of account ids."""
        return _MENTION.sub(lambda match: self._quoted_name(match[1]) or match[0], line)

    def _match_speaker(self, line: str) -> re.Match[str] | None:
        """Return the match of a line that names its speaker, perhaps with a known platform."""
        match = _SPEAKING_FROM.fullmatch(line)
        if match and self._community.directory.source_number(match["source"]) is not None:
            return match
        return _SPEAKING_AS.fullmatch(line)

    def _find_speaker(self, name: str, groups: dict[str, str]) -> Speaker | str:
        """Return who a name stands for, or a sentence on why that is nobody."""
        community, platform = self._community, groups.get("source", "")
        text = f"{platform}:{name}" if platform else name
        result = people.find_by_text(community, self._source, text, asker=self._speaker.account)
        match result:
            case people.Person(account=account):
                directory = community.directory
                return Speaker(
                    directory.account(account),
                    directory.account_name(account),
                    directory.account_source(account),
                )
            case people.AmbiguousMatch(candidates=candidates, more=more):
                names = ", ".join(person.name for person in candidates)
                others = f" and {pluralize(more, 'other')}" if more else ""
                return (
                    f"Several people fit “{name:.60}”: {names}{others}. Type more of the name."
                )
            case people.OptedOutPerson():
                return f"“{name:.60}” chose not to be counted or shown."
            case _:
                known = KnownNames(community, self._source, self._speaker.account)
                near = join_names(known.suggest(name), "or")
                also = f" Did you mean {near}?" if near else ""
                return f"I know nobody called “{name:.60}” here.{also}"

    def _quoted_name(self, account: str) -> str:
        """Return an account's name in quotes; "" if the name would not find it again."""
        community, source, asker = self._community, self._source, self._speaker.account
        person = people.find_by_account(community, source, account, asker=asker)
        if not isinstance(person, people.Person) or '"' in person.name:
            return ""
        again = people.find_by_text(community, source, person.name, asker=asker)
        return f'"{person.name}"' if again == person else ""
