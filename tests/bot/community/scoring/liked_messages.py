"""Messages with reactions in a community's log, and the cred that came of them."""

from typing import Any

from bot.community.communities import Community
from bot.services.ingest import CommunityInlet
from cred.facts.events import Event, Kind, Provenance
from storage.log.batch import Batch

NOW = 1_767_225_600_000
DAY = 86_400_000


def liked_message(author: str, fan: str, message: str, *, day: int = 0) -> tuple[Event, ...]:
    """A message by `author` and a reaction to it by `fan`."""
    at_ms = NOW + day * DAY
    stamp: dict[str, Any] = {"at_ms": at_ms, "seen_ms": at_ms, "provenance": Provenance.LIVE}
    return (
        Event(
            source="discord", kind=Kind.POSTED, actor=author, target=message, place="c", **stamp
        ),
        Event(
            source="discord", kind=Kind.REACTED, actor=fan, target=message, text="👍", **stamp
        ),
    )


async def record_events(community: Community, *events: Event) -> None:
    await CommunityInlet(community, "discord", lambda _: None).record(Batch(events=events))


def cred_of(community: Community, account: str) -> float:
    scores = community.scoring.scores
    assert scores is not None
    number = community.directory.account_number("discord", account)
    row = scores.index_of(str(number))
    assert row is not None
    return float(scores.snapshot.cred[row].sum())
