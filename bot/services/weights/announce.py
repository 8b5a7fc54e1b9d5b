"""What is to be announced, decided from the log, the settings and the moment.

Nothing is announced because it just happened: whatever is there and was not announced yet is
due. So a bot that was stopped between a turn and its announcement makes that good.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from weakref import WeakKeyDictionary

from bot.community.communities import Community
from bot.community.settings.voting_settings import is_weight
from bot.services.digest import ended_week, has_gains, is_wanted, week_about
from bot.services.weights.close import publish
from bot.services.weights.proposal_events import proposal_id
from bot.services.weights.proposals import Proposal, read_proposals
from cred.epochs import DAY_MS
from cred.governance.proposals import Course, Stage
from storage.announcements import Announcement, Announcements
from storage.file.database import Database
from storage.settings import SettingsVersion

BY_PROPOSAL: Final = "proposal:"
"""What the author of a version begins with that a proposal made."""

_SETTING: Final = "announcements-"
"""What the name of a source's setting begins with that says where to announce."""
_ACTS_SEEN: Final[WeakKeyDictionary[Database, int]] = WeakKeyDictionary()
"""The version of the settings up to which acts were looked for."""


class News(StrEnum):
    """What sort of announcement it is."""

    PROPOSAL = "proposal"
    OPENED = "opened"
    """The vote on a proposal that had to be seconded opened."""
    REMINDER = "reminder"
    AGAIN = "again"
    """Its preview, anew, because a weight in it was changed while the vote was open."""
    RESULT = "result"
    OUTCOME = "outcome"
    """What became of a change that passed and could be vetoed."""
    ACT = "act"
    DIGEST = "digest"

    @property
    def follows_proposal(self) -> bool:
        """Whether it belongs where its proposal was announced."""
        return self in _FOLLOWING


_FOLLOWING: Final = frozenset(
    {News.OPENED, News.REMINDER, News.AGAIN, News.RESULT, News.OUTCOME}
)


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a community wants its announcements on one platform."""

    source: str
    place: str
    key: str
    """The setting that says so."""

    @property
    def place_id(self) -> str:
        """The place as the log names it; of a forum's category with a letter."""
        return f"c{self.place}" if self.key.endswith("category") else self.place


def destination_key(community: Community, source: str) -> str | None:
    """Return the setting that says where to announce on a platform; None: it has none."""
    begins = f"{source}.{_SETTING}"
    keys = (setting.key for setting in community.settings.list())
    return next((key for key in keys if key.startswith(begins)), None)


def destinations(community: Community) -> Sequence[Destination]:
    """Return where a community wants its announcements."""
    found = []
    for setting in community.settings.list():
        source, _, name = setting.key.partition(".")
        if name.startswith(_SETTING) and isinstance(setting.value, list):
            found += [Destination(source, str(place), setting.key) for place in setting.value]
    return found


async def announce(community: Community, kind: News, about: str, now_ms: int) -> bool:
    """Have something announced wherever the community wants it; return whether it does."""
    places = destinations(community)
    for place in places:
        await Announcements(community.database).add(
            kind, about, place.source, place.place, now_ms
        )
    return bool(places)


async def announce_proposal(
    community: Community, number: int, *, source: str, place: str | None, now_ms: int
) -> bool:
    """Have a proposal announced; return whether it waits for that.

    Where the community has no channel for announcements, the reply to whoever proposes is the
    announcement, so the proposal is published at once.

    Parameters
    ----------
    source, place
        Where it is proposed; no place: where nobody else reads it.
    """
    about = proposal_id(number)
    if await announce(community, News.PROPOSAL, about, now_ms):
        community.on_news()
        return True
    if place is not None:
        announcements = Announcements(community.database)
        await announcements.add(News.PROPOSAL, about, source, place, now_ms)
        for row in await announcements.find(News.PROPOSAL, about):
            await announcements.mark_posted(row.number, now_ms, thread=None, message="")
    await publish(community, number, now_ms)
    community.on_news()
    return False


async def announce_due(community: Community, now_ms: int) -> None:
    """Add whatever is to be announced by a moment, and publish what everybody can see."""
    announcements = Announcements(community.database)
    await _follow_settings(community, announcements)
    rows = await announcements.list_all()
    history = await community.settings.history()
    for proposal in (await read_proposals(community)).by_number.values():
        course = proposal.course(now_ms)
        mine = [row for row in rows if row.about == proposal_id(proposal.number)]
        if course.published_ms is None:
            await _show(community, announcements, proposal, course, mine, now_ms)
            continue
        begun = [row for row in mine if row.kind == News.PROPOSAL]
        known = {(row.kind, row.source) for row in mine}
        for kind in _due(proposal, course, known, history, now_ms):
            for row in begun:
                if (kind, row.source) not in known:
                    await announcements.add(kind, row.about, row.source, row.place, now_ms)
    await _announce_acts(community, announcements, rows, now_ms)
    await _announce_digest(community, announcements, rows, now_ms)


async def _show(
    community: Community,
    announcements: Announcements,
    proposal: Proposal,
    course: Course,
    rows: Sequence[Announcement],
    now_ms: int,
) -> None:
    """Let a proposal be published once it can be seen, and see to it that it can be."""
    if course.stage.is_final:  # withdrawn before anybody saw it
        for row in rows:
            await announcements.remove(row.number)
        return
    shown = [row.posted_ms for row in rows if row.posted_ms is not None]
    if shown:
        await publish(community, proposal.number, min(shown))
    elif not rows and not await announce(
        community, News.PROPOSAL, proposal_id(proposal.number), now_ms
    ):
        # The bot was stopped before it answered: the list of proposals shows it.
        await publish(community, proposal.number, now_ms)


def _due(
    proposal: Proposal,
    course: Course,
    known: set[tuple[str, str]],
    history: Sequence[SettingsVersion],
    now_ms: int,
) -> Iterator[News]:
    """Return what is to be announced of a proposal that was published."""
    kinds = {kind for kind, _ in known}
    rule, stage = proposal.terms.rule, course.stage
    if rule.seconds and course.opened_ms is not None:
        yield News.OPENED
    if stage is Stage.OPEN and changed_meanwhile(proposal, course, history):
        yield News.AGAIN
    if stage is Stage.OPEN and course.closes_ms is not None:
        lead_ms = min(DAY_MS, rule.duration_ms // 2)
        is_late = now_ms >= course.closes_ms - lead_ms
        if is_late and len(course.ballots.choices) < len(course.electors):
            yield News.REMINDER
    if stage is Stage.VETOABLE or stage.is_final:
        yield News.RESULT
    later_ms = proposal.terms.effective_ms or 0
    is_later = rule.veto_ms > 0 or later_ms > (course.closes_ms or 0)
    is_decided = stage is Stage.VETOED or (stage is Stage.PASSED and now_ms >= later_ms)
    if is_later and is_decided and News.RESULT in kinds:
        yield News.OUTCOME


def changed_meanwhile(
    proposal: Proposal, course: Course, history: Sequence[SettingsVersion]
) -> Sequence[SettingsVersion]:
    """Return the versions since a proposal was seen that change a weight which it changes."""
    since_ms = course.published_ms
    return [
        made
        for made in history
        if since_ms is not None
        and made.at_ms > since_ms
        and not proposal.terms.changes.keys().isdisjoint(made.changes)
    ]


async def _follow_settings(community: Community, announcements: Announcements) -> None:
    """Move what waits to where it is wanted now; forget what is wanted nowhere any more."""
    places = {found.source: found.place for found in destinations(community)}
    for row in await announcements.list_waiting():
        if News(row.kind).follows_proposal or places.get(row.source) == row.place:
            continue
        if row.source in places:
            await announcements.move(row.number, places[row.source])
        else:
            await announcements.remove(row.number)


async def _announce_acts(
    community: Community,
    announcements: Announcements,
    rows: Sequence[Announcement],
    now_ms: int,
) -> None:
    """Announce each change of weights that no proposal made, since there is a channel."""
    newest = community.settings.version
    if _ACTS_SEEN.get(community.database) == newest:
        return
    known = {(row.about, row.source) for row in rows if row.kind == News.ACT}
    history = await community.settings.history()
    for place in destinations(community):
        since = max((made.version for made in history if place.key in made.changes), default=0)
        for made in history:
            about = act_about(made.version)
            if (
                made.version > since
                and not made.author.startswith(BY_PROPOSAL)
                and any(map(is_weight, made.changes))
                and (about, place.source) not in known
            ):
                await announcements.add(News.ACT, about, place.source, place.place, now_ms)
    _ACTS_SEEN[community.database] = newest


async def _announce_digest(
    community: Community,
    announcements: Announcements,
    rows: Sequence[Announcement],
    now_ms: int,
) -> None:
    """Announce the digest of the latest week that ended; forget older ones that still wait."""
    if not is_wanted(community):
        return
    start_ms = ended_week(now_ms)
    about = week_about(start_ms)
    digests = [row for row in rows if row.kind == News.DIGEST]
    for row in digests:
        if row.posted_ms is None and row.about != about:
            await announcements.remove(row.number)
    known = {row.source for row in digests if row.about == about}
    missing = [place for place in destinations(community) if place.source not in known]
    if missing and has_gains(community, start_ms):
        for place in missing:
            await announcements.add(News.DIGEST, about, place.source, place.place, now_ms)


def act_about(version: int) -> str:
    """Return what an announcement is about that tells of a version of the settings.

    >>> act_about(12)
    'version:12'
    """
    return f"version:{version}"
