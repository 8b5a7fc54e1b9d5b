"""Proposing a change of weights, seconding it, withdrawing it, vetoing it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from bot.community.communities import Community
from bot.community.errors import NotAllowedError
from bot.community.second_person import require_second_person
from bot.community.settings.voting_settings import (
    PARAMETER_FAMILIES,
    Subject,
    is_weight,
    read_franchise,
    read_rule,
)
from bot.services.entries.entry_checks import clean_title
from bot.services.weights import proposal_events as events
from bot.services.weights.electorate import can_anybody_vote
from bot.services.weights.proposal_events import GOVERNANCE, Terms, Turn
from bot.services.weights.proposals import (
    Proposal,
    ProposalWriter,
    read_proposals,
    write_proposals,
)
from cred.governance.proposals import Course, Stage
from cred.governance.rules import MOST_DAYS
from storage.canonical_json import Json
from storage.log.batch import Description

MOST_CHANGES: Final = 20
"""Settings that one proposal may change; more would not be read."""
MOST_OPEN: Final = 3
"""Proposals that one person may have open at a time."""

_CONTRIBUTIONS: Final = ("message", "post", "thanks", "contribution", "initiative")
"""Factors whose keys are single contributions."""


async def propose(
    community: Community,
    proposer: int,
    changes: Mapping[str, Json],
    *,
    reason: str,
    days: int | None = None,
    amends: int | None = None,
    effective_ms: int | None = None,
    now_ms: int,
) -> Proposal:
    """Record a proposal; it opens once it is published.

    Parameters
    ----------
    proposer
        Number of the account that proposes.
    changes
        Values by key, as typed; None: back to the default.
    reason
        Why, in the proposer's words.
    days
        How long the vote is open; None: as long as the community says.
    amends
        Number of the proposal that it is to replace.
    effective_ms
        When it is to take effect at the earliest; None: once it passed.

    Raises
    ------
    SettingMistakeError
        If a key or value cannot be used.
    NotAllowedError
        If it changes nothing, is no change of weights, or the proposer may not propose it.
    """
    reason = clean_title(reason, "a reason")
    checked, _ = await community.settings.try_changes(changes, now_ms=now_ms)
    subject = subject_of(checked)
    check_changes(community, checked)
    rule = read_rule(community.settings.get, subject)
    if days is not None:
        if not 1 <= days <= MOST_DAYS:
            raise NotAllowedError(f"A vote is open for 1 to {MOST_DAYS} days.")
        rule = replace(rule, days=days)
    if not can_anybody_vote(community, read_franchise(community.settings.get, subject)):
        raise NotAllowedError(
            "Maintainers decide here, but no role is theirs yet: a server admin says which "
            "with admin roles."
        )
    async with write_proposals(community) as writer:
        if amends is not None:
            writer.get(amends)
        _check_open(writer, proposer, now_ms)
        terms = Terms(writer.next_number, checked, subject, rule, amends, effective_ms)
        reason_id = events.reason_id(terms.number, writer.last_reason + 1)
        who = writer.platform_id(proposer)
        await writer.record(
            *events.proposal_events(terms, who, now_ms),
            events.reason_event(terms.number, reason_id, who, now_ms),
            descriptions=(Description(GOVERNANCE, reason_id, reason),),
        )
    return (await read_proposals(community)).get(terms.number)


async def second(community: Community, number: int, account: int, now_ms: int) -> Course:
    """Second a proposal; return what became of it.

    Raises
    ------
    NotAllowedError
        If it cannot be seconded (any more), or it is one's own.
    """
    async with write_proposals(community) as writer:
        proposal = writer.get(number)
        course = proposal.course(now_ms)
        if course.stage is not Stage.SEEKING:
            raise NotAllowedError(f"Proposal {number} needs no seconds: it is {course.stage}.")
        require_second_person(
            account,
            [proposal.person],
            community.identities.person,
            "Somebody else has to second your proposal.",
        )
        await writer.record(events.second_event(number, writer.platform_id(account), now_ms))
    return (await read_proposals(community)).get(number).course(now_ms)


async def withdraw(community: Community, number: int, account: int, now_ms: int) -> Proposal:
    """Withdraw one's own proposal before its close.

    Raises
    ------
    NotAllowedError
        If it is somebody else's, or it is over.
    """
    async with write_proposals(community) as writer:
        proposal = writer.get(number)
        stage = proposal.course(now_ms).stage
        own = community.identities.accounts(proposal.proposer)
        if account not in own:
            raise NotAllowedError("Only who made a proposal can withdraw it.")
        if stage.is_final or stage is Stage.VETOABLE:
            raise NotAllowedError(f"Proposal {number} is over: it has {stage}.")
        who = writer.platform_id(account)
        await writer.record(events.turn_event(number, Turn.WITHDRAWN, who, now_ms))
    return (await read_proposals(community)).get(number)


async def veto(
    community: Community, number: int, account: int, reason: str, now_ms: int
) -> Proposal:
    """Veto a proposal that passed, as a maintainer, with a public reason.

    Raises
    ------
    NotAllowedError
        If it did not pass, or the time for a veto is over.
    """
    reason = clean_title(reason, "a reason")
    async with write_proposals(community) as writer:
        stage = writer.get(number).course(now_ms).stage
        if stage is not Stage.VETOABLE:
            raise NotAllowedError(
                f"Proposal {number} cannot be vetoed: it is {stage}. A veto has its time after "
                "the vote, if the community left any (votes.veto-hours)."
            )
        who = writer.platform_id(account)
        reason_id = events.reason_id(number, writer.last_reason + 1)
        await writer.record(
            events.reason_event(number, reason_id, who, now_ms),
            events.turn_event(number, Turn.VETOED, who, now_ms),
            descriptions=(Description(GOVERNANCE, reason_id, reason),),
        )
    return (await read_proposals(community)).get(number)


def subject_of(changes: Mapping[str, Json]) -> Subject:
    """Return what changes are about; the weightiest of them decides.

    Raises
    ------
    NotAllowedError
        If a key is no weight: those settings are the admins'.
    """
    subjects = {_subject(key) for key in changes}
    if Subject.PARAMETERS in subjects:
        return Subject.PARAMETERS
    return Subject.WEIGHTS if Subject.WEIGHTS in subjects else Subject.CONTRIBUTION


def _subject(key: str) -> Subject:
    family, _, rest = key.partition(".")
    if family in PARAMETER_FAMILIES:
        return Subject.PARAMETERS
    if not is_weight(key):
        raise NotAllowedError(
            f"{key} is no weight. Proposals change weights.*, scoring.*, budgets.*, "
            "dependencies.* and attributions.*; other settings are for the server's admins."
        )
    factor, _, name = rest.partition(".")
    is_single = factor in _CONTRIBUTIONS and name != "default"
    return Subject.CONTRIBUTION if is_single else Subject.WEIGHTS


def check_changes(community: Community, checked: Mapping[str, Json]) -> None:
    """Check that changes are few enough to be read, and change anything.

    Raises
    ------
    NotAllowedError
        If not.
    """
    if len(checked) > MOST_CHANGES:
        raise NotAllowedError(
            f"That changes {len(checked)} settings; one proposal changes at most "
            f"{MOST_CHANGES}."
        )
    if not community.settings.differing(checked):
        raise NotAllowedError("That changes nothing: all of it is so already.")


def _check_open(writer: ProposalWriter, proposer: int, now_ms: int) -> None:
    person = writer.community.identities.person(proposer)
    own = [
        found
        for found in writer.by_number.values()
        if writer.community.identities.person(found.proposer) == person
        and not found.course(now_ms).stage.is_final
    ]
    if len(own) >= MOST_OPEN:
        numbers = ", ".join(str(found.number) for found in own)
        raise NotAllowedError(
            f"You have {len(own)} proposals open ({numbers}); withdraw one, or wait."
        )
