"""Who changed the weights, and what each of them gained by it.

Every version is compared with the one before by all events that there are now, so that the
gains of different versions can be added. What somebody gained by their own changes is also set
beside what all defaults would give them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.community.communities import Community
from bot.community.scoring.community_scores import CommunityScores
from bot.community.settings.voting_settings import is_weight
from bot.services import people
from bot.services.weights.electorate import maintainers
from bot.services.weights.preview import Effect, compare
from bot.services.weights.proposals import read_proposals
from cred.periods import ALL
from storage.settings import SettingsVersion

MOST_VERSIONS: Final = 24
"""Versions that are looked at, the latest; each is scored once."""
_ACCOUNT: Final = "account:"
_PROPOSAL: Final = "proposal:"


@dataclass(frozen=True, slots=True)
class AuditedChange:
    """One version of the weights."""

    version: SettingsVersion
    account: int | None
    """Of who proposed or did it; None: the operator, or somebody who was erased."""
    moved: float
    """The part of all cred that is somebody else's by it."""
    own: Effect | None
    """What it did to who proposed or did it."""


@dataclass(frozen=True, slots=True)
class AuditedPerson:
    """A maintainer, or somebody whose changes are in force."""

    person: int
    changes: int
    """How many of the versions were theirs."""
    cred: float
    """What they gained by these."""
    share: float
    by_defaults: Effect | None
    """What they have now (after) beside what all defaults would give them (before)."""


@dataclass(frozen=True, slots=True)
class Audit:
    """What became of the weights, and by whom."""

    changes: Sequence[AuditedChange]
    """Newest first."""
    people: Sequence[AuditedPerson]
    """Those who gained most by their own changes first."""
    older: int
    """How many versions before were not looked at."""


async def audit_weights(community: Community, now_ms: int) -> Audit:
    """Return who changed the weights and gained by it.

    Raises
    ------
    CredError
        If the scores of some version cannot be computed.
    """
    history = await community.settings.history()
    versions = [version for version in history if any(map(is_weight, version.changes))]
    shown = versions[-MOST_VERSIONS:]
    position, _ = await community.log.head()
    authors = await _authors(community, shown)
    changes: list[AuditedChange] = []
    before = await _score(community, shown[0].version - 1 if shown else 0, position, now_ms)
    hidden = people.hidden_participants(community, before)
    for version in shown:
        after = await _score(community, version.version, position, now_ms)
        effect = compare({}, before, after, hidden, ALL, now_ms)
        account = authors.get(version.version)
        own = (
            None
            if account is None
            else effect.effects.get(people.participant_of(community, account, before))
        )
        changes.append(AuditedChange(version, account, effect.moved, own))
        before = after
    defaults = await _score(community, 0, position, now_ms)
    whole = compare({}, defaults, before, hidden, ALL, now_ms)
    persons = {
        *await maintainers(community),
        *(
            community.identities.person(change.account)
            for change in changes
            if change.account is not None
        ),
    }
    found = [
        _person(community, person, changes, whole.effects, defaults)
        for person in sorted(persons)
        if not people.is_opted_out(community, person)
    ]
    return Audit(
        changes=changes[::-1],
        people=sorted(found, key=lambda person: -person.share),
        older=len(versions) - len(shown),
    )


def _person(
    community: Community,
    person: int,
    changes: Sequence[AuditedChange],
    whole: Mapping[str, Effect],
    scores: CommunityScores,
) -> AuditedPerson:
    theirs = [
        change
        for change in changes
        if change.account is not None and community.identities.person(change.account) == person
    ]
    gains = [change.own for change in theirs if change.own is not None]
    return AuditedPerson(
        person=person,
        changes=len(theirs),
        cred=sum(gain.gain for gain in gains),
        share=sum(gain.share_gain for gain in gains),
        by_defaults=whole.get(people.participant_of(community, person, scores)),
    )


async def _authors(
    community: Community, versions: Sequence[SettingsVersion]
) -> Mapping[int, int]:
    """Return the account that proposed or did each version; the operator has none."""
    proposals = (await read_proposals(community)).by_number
    found: dict[int, int] = {}
    for version in versions:
        author = version.author
        if author.startswith(_ACCOUNT):
            account = int(author.removeprefix(_ACCOUNT))
        elif author.startswith(_PROPOSAL):
            proposal = proposals.get(int(author.removeprefix(_PROPOSAL)))
            account = -1 if proposal is None else proposal.proposer
        else:
            continue
        if account >= 0 and not community.directory.is_erased(account):
            found[version.version] = account
    return found


async def _score(
    community: Community, version: int, position: int, now_ms: int
) -> CommunityScores:
    settings = await community.settings.at_version(version)
    return await community.scoring.score_as(settings, now_ms, until=position)
