"""Asks who reacted to the messages of one place."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeAlias, cast

import discord
from discord.http import HTTPClient

from bot.sources.discord.comparison import ReactorList, ReactorQuery
from bot.sources.discord.emoji import emoji_key, super_text
from bot.sources.discord.people import is_deleted_account
from storage.log.current_state import CurrentContribution

PAGE: Final = 100
"""Reactors in one answer at most."""
_NORMAL: Final = 0
_BURST: Final = 1
_NOT_FOUND: Final = 404
_UNKNOWN_EMOJI: Final = 10014

AskInTurn: TypeAlias = Callable[[Callable[[], Any]], Awaitable[Any]]
"""Makes a call to Discord when its turn comes."""


class UnansweredQueries:
    """Queries that asking again would not answer better, as long as the message stays the same.

    Somebody who opted out is counted by Discord and never recorded, and so is a second reaction
    of one person. Asked for once more at every connection, they would cost a request each.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], tuple[ReactorQuery, frozenset[tuple[str, str]]]] = {}

    def contains(
        self, message_id: str, query: ReactorQuery, known: CurrentContribution
    ) -> bool:
        """Tell whether it was asked when as many reacted and the log knew as much."""
        key = message_id, emoji_key(query.emoji)
        return self._known.get(key) == (query, _accounts(query, known))

    def note(self, message_id: str, query: ReactorQuery, known: CurrentContribution) -> None:
        """Note what the log knows after the answer, if that is not what Discord counts."""
        key = message_id, emoji_key(query.emoji)
        accounts = _accounts(query, known)
        if len(accounts) == query.normal + query.burst:
            self._known.pop(key, None)
        else:
            self._known[key] = query, accounts


def _accounts(query: ReactorQuery, known: CurrentContribution) -> frozenset[tuple[str, str]]:
    key = emoji_key(query.emoji)
    return frozenset(given for given in known.reactions if emoji_key(given[1]) == key)


async def read_reactors(
    http: HTTPClient, place: str, message_id: str, query: ReactorQuery, ask: AskInTurn
) -> dict[str, ReactorList] | None:
    """Return who reacted; None where Discord does not know the message or the emoji."""
    found: dict[str, ReactorList] = {}
    for text, count, kind in (
        (query.emoji, query.normal, _NORMAL),
        (super_text(query.emoji), query.burst, _BURST),
    ):
        accounts: set[str] = set()
        deleted: set[str] = set()
        after: int | None = None
        listed = 0
        has_more = count > 0
        while has_more:
            try:
                users = await ask(
                    lambda after=after, kind=kind: http.get_reaction_users(  # type: ignore[misc] # mypy can't infer it
                        int(place),
                        int(message_id),
                        query.emoji,
                        PAGE,
                        after,
                        cast("Any", kind),  # a number, whatever the annotation says
                    )
                )
            except discord.HTTPException as error:
                # Deleted meanwhile, which waits to be recorded; or a deleted emoji.
                if error.status == _NOT_FOUND or error.code == _UNKNOWN_EMOJI:
                    return None
                raise
            accounts |= {str(user["id"]) for user in users}
            deleted |= {str(user["id"]) for user in users if is_deleted_account(user)}
            listed += len(users)
            has_more = len(users) == PAGE and listed < count
            after = max((int(user["id"]) for user in users), default=None)
        found[text] = ReactorList(frozenset(accounts), frozenset(deleted))
    return found
