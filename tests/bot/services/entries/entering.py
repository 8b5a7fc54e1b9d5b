"""People of a community, and what tests have them enter."""

from dataclasses import replace
from typing import Any

from bot.community.communities import Community
from bot.services.entries import contributions, initiatives, thanks
from bot.services.entries.contributions import Draft
from bot.services.entries.entries import Entry, read_entries
from bot.services.entries.entry_events import PlatformId
from bot.services.entries.entry_types import EntryType, ReferenceKind
from bot.services.entries.thanks import GivenThanks
from cred.epochs import DAY_MS
from cred.facts.events import Event, Kind, Provenance
from tests.bot.community.scoring.liked_messages import NOW, record_events

NAMES = ("ada", "bob", "cyd", "dan", "eve", "bot")


def number(community: Community, name: str, source: str = "discord") -> int:
    found = community.directory.account_number(source, name)
    assert found is not None
    return found


async def thank(
    community: Community,
    giver: str,
    *receivers: str,
    reason: str = "the tour",
    about: PlatformId | None = None,
    now_ms: int = NOW,
) -> GivenThanks:
    return await thanks.give(
        community,
        number(community, giver),
        [number(community, receiver) for receiver in receivers],
        reason=reason,
        about=about,
        now_ms=now_ms,
    )


async def let_only_entries_mint(community: Community) -> None:
    """Have nothing mint but what is entered by hand."""
    await community.settings.set({"weights.emoji.default": 0}, author="", reason="", now_ms=NOW)


async def link(
    community: Community, account: str, other: str, kind: Kind = Kind.LINKED
) -> None:
    await record_events(
        community,
        Event(
            source="discord",
            kind=kind,
            at_ms=NOW,
            seen_ms=NOW,
            provenance=Provenance.LIVE,
            actor=account,
            object=other,
            text="code",
        ),
    )


async def add(community: Community, author: str = "ada", **more: Any) -> Entry:
    draft = Draft(title="Fixed it", shares={number(community, "bob"): 1}, at_ms=NOW - DAY_MS)
    draft = replace(draft, **more)
    return await contributions.add(community, number(community, author), draft, NOW)


async def add_approved(community: Community, **more: Any) -> Entry:
    made = await add(community, **more)
    assert made.number is not None
    return await contributions.approve(community, made.number, number(community, "cyd"), NOW)


async def entries_of(community: Community, type_: EntryType) -> tuple[Entry, ...]:
    return (await read_entries(community)).of_type(type_)


async def start_initiative(
    community: Community, author: str = "ada", title: str = "Garden"
) -> Entry:
    return await initiatives.open_initiative(
        community, number(community, author), title, NOW, NOW
    )


async def gather(
    community: Community,
    contribution: PlatformId,
    kind: ReferenceKind = ReferenceKind.CONTRIBUTES,
    initiative: int = 1,
) -> Entry:
    return await initiatives.add(
        community, initiative, number(community, "ada"), contribution, kind, NOW
    )
