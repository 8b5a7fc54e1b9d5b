"""A proposal from being made to being in force, on a real file."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Final

import pytest

from bot.community.communities import Community
from bot.community.errors import NotAllowedError, SettingMistakeError
from bot.services.weights.close import advance, next_turn_ms, publish
from bot.services.weights.proposal_events import Turn
from bot.services.weights.proposals import Proposal, read_proposals
from bot.services.weights.propose import propose, second, veto, withdraw
from bot.services.weights.vote import vote
from cred.governance.proposals import Stage
from cred.governance.rules import DAY_MS, HOUR_MS
from cred.governance.tally import Decision, VoteChoice
from storage.canonical_json import Json
from storage.log.current_state import CurrentState
from storage.people.erasure import erase_accounts
from tests.bot.commands.garden import ADA, GRACE, LINUS, NOW_MS
from tests.bot.community.identities.linking import link, number, on_discord, on_forum
from tests.bot.forum import ADA_L, both_places

CHANGES: Final[Mapping[str, Json]] = {"weights.emoji.👍": 3}
FOR, AGAINST = VoteChoice.FOR, VoteChoice.AGAINST
CLOSE = NOW_MS + 7 * DAY_MS


@pytest.fixture
async def community(tmp_path: Path) -> AsyncIterator[Community]:
    async with both_places(tmp_path) as opened:
        await configure(opened, {"votes.electors-days": 0})
        yield opened


async def configure(community: Community, changes: Mapping[str, Json]) -> None:
    await community.settings.set(changes, author="operator", reason="", now_ms=NOW_MS)


def account(community: Community, id_: str = ADA) -> int:
    return number(community, "discord", id_)


async def make_proposal(
    community: Community, by: str = ADA, changes: Mapping[str, Json] = CHANGES
) -> Proposal:
    return await propose(
        community,
        account(community, by),
        changes,
        reason="because thumbs count",
        now_ms=NOW_MS,
    )


async def open_vote(community: Community, by: str = ADA) -> int:
    proposal = await make_proposal(community, by)
    await publish(community, proposal.number, NOW_MS)
    await advance(community, NOW_MS)
    return proposal.number


async def stage(community: Community, number_: int, now_ms: int = NOW_MS) -> Stage:
    return (await read_proposals(community)).get(number_).course(now_ms).stage


async def test_a_proposal_that_passes_is_in_force_from_its_close_on(
    community: Community,
) -> None:
    proposal = await open_vote(community)
    for who, choice in ((ADA, FOR), (GRACE, FOR), (LINUS, AGAINST)):
        await vote(community, proposal, account(community, who), choice, now_ms=NOW_MS + 1)

    early = await advance(community, CLOSE - 1)
    (done,) = await advance(community, CLOSE + 5 * DAY_MS)
    again = await advance(community, CLOSE + 6 * DAY_MS)

    assert (early, again) == ((), ())
    assert (done.turn, done.problem) == (Turn.PASSED, "")
    assert community.settings.get("weights.emoji.👍") == 3
    version = (await community.settings.history())[-1]
    assert (version.version, version.author, version.at_ms) == (
        done.version,
        "proposal:1",
        CLOSE,
    )
    tally = done.proposal.course(CLOSE).tally
    assert tally is not None
    assert (tally.verdict, tally.voters) == (Decision.PASSED, 3)


async def test_a_proposal_that_fails_changes_nothing(community: Community) -> None:
    proposal = await open_vote(community)
    await vote(community, proposal, account(community, GRACE), AGAINST, now_ms=NOW_MS)

    (done,) = await advance(community, CLOSE)

    assert done.turn is Turn.FAILED
    assert not community.settings.is_set("weights.emoji.👍")


async def test_time_does_not_run_before_a_proposal_can_be_seen(community: Community) -> None:
    proposal = await make_proposal(community)

    done = await advance(community, CLOSE)

    assert done == ()
    assert await next_turn_ms(community, CLOSE) is None
    assert proposal.course(CLOSE).stage is Stage.UNPUBLISHED


async def test_an_interruption_between_change_and_record_is_made_good(
    community: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposal = await open_vote(community)
    await vote(community, proposal, account(community), FOR, now_ms=NOW_MS)
    append = community.log.append

    async def fail(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(community.log, "append", fail)
    with pytest.raises(OSError, match=r"^$"):
        await advance(community, CLOSE)
    monkeypatch.setattr(community.log, "append", append)
    (done,) = await advance(community, CLOSE)

    history = await community.settings.history()
    assert [version.author for version in history].count("proposal:1") == 1
    assert done.version == history[-1].version


async def test_whoever_comes_or_is_linked_later_votes_as_at_the_opening(
    community: Community,
) -> None:
    proposal = await open_vote(community)
    await link(community, on_forum(ADA_L), on_discord(ADA))
    ada, ada_l = account(community), number(community, "forum", ADA_L)

    await vote(community, proposal, ada, FOR, now_ms=NOW_MS)
    await vote(community, proposal, ada_l, AGAINST, now_ms=NOW_MS)

    course = (await read_proposals(community)).get(proposal).course(NOW_MS)
    assert len(course.ballots.choices) == 2, "they were two people when the vote opened"


async def test_linked_accounts_have_one_vote_also_after_they_are_unlinked(
    community: Community,
) -> None:
    await link(community, on_forum(ADA_L), on_discord(ADA))
    proposal = await open_vote(community)
    ada, ada_l = account(community), number(community, "forum", ADA_L)
    await community.identities.unlink(ada_l, NOW_MS)

    await vote(community, proposal, ada, FOR, now_ms=NOW_MS)
    cast = await vote(community, proposal, ada_l, AGAINST, now_ms=NOW_MS)

    assert (cast.before, cast.voters) == (FOR, 1)


async def test_an_erased_voters_vote_counts_and_names_nobody(community: Community) -> None:
    proposal = await open_vote(community, GRACE)
    grace = account(community, GRACE)
    await vote(community, proposal, grace, FOR, reason="Grace wants it", now_ms=NOW_MS)

    await erase_accounts(community.database, [grace], NOW_MS)

    (done,) = await advance(community, CLOSE)
    assert done.turn is Turn.PASSED
    assert [reason.text for reason in done.proposal.reasons] == ["", ""]
    assert await community.log.verify()


async def test_whoever_is_no_elector_is_told_so(community: Community) -> None:
    await configure(community, {"votes.electors-cred": 1_000_000})
    proposal = await open_vote(community)

    with pytest.raises(NotAllowedError, match="not among the 0 who may vote"):
        await vote(community, proposal, account(community, LINUS), FOR, now_ms=NOW_MS)


async def test_a_second_by_somebody_else_opens_the_vote(community: Community) -> None:
    await configure(community, {"votes.seconds": 1})
    proposal = await open_vote(community)
    before = await stage(community, proposal)
    with pytest.raises(NotAllowedError, match="Somebody else"):
        await second(community, proposal, account(community), NOW_MS)

    await second(community, proposal, account(community, GRACE), NOW_MS)
    (done,) = await advance(community, NOW_MS)

    assert before is Stage.SEEKING
    assert done.turn is Turn.OPENED


async def test_a_veto_needs_a_reason_and_keeps_what_passed_out_of_force(
    community: Community,
) -> None:
    await configure(community, {"votes.veto-hours": 5})
    proposal = await open_vote(community)
    await vote(community, proposal, account(community), FOR, now_ms=NOW_MS)
    with pytest.raises(NotAllowedError, match="reason"):
        await veto(community, proposal, account(community, GRACE), " ", CLOSE)

    await veto(community, proposal, account(community, GRACE), "it would split us", CLOSE)
    done = await advance(community, CLOSE + 6 * HOUR_MS)

    assert done == ()
    assert await stage(community, proposal, CLOSE + 6 * HOUR_MS) is Stage.VETOED
    assert not community.settings.is_set("weights.emoji.👍")


async def test_only_the_proposer_withdraws_and_only_before_the_close(
    community: Community,
) -> None:
    proposal = await open_vote(community)

    with pytest.raises(NotAllowedError, match="Only who made"):
        await withdraw(community, proposal, account(community, GRACE), NOW_MS)
    with pytest.raises(NotAllowedError, match="is over"):
        await withdraw(community, proposal, account(community), CLOSE)
    withdrawn = await withdraw(community, proposal, account(community), NOW_MS)

    assert withdrawn.course(CLOSE).stage is Stage.WITHDRAWN


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"weights.emoji.default": 1}, "changes nothing"),
        ({"discord.nsfw": True}, "is no weight"),
        ({}, "changes nothing"),
    ],
)
async def test_a_proposal_that_changes_no_weight_is_refused(
    community: Community, changes: Mapping[str, Json], words: str
) -> None:
    with pytest.raises(NotAllowedError, match=words):
        await propose(
            community,
            account(community),
            changes,
            reason="why not",
            now_ms=NOW_MS,
        )


async def test_a_key_that_is_none_gets_the_nearest(community: Community) -> None:
    with pytest.raises(SettingMistakeError, match="did you mean"):
        await make_proposal(community, changes={"weights.emoij.default": 2})


async def test_one_person_has_only_so_many_open(community: Community) -> None:
    for value in (2, 3, 4):
        await make_proposal(community, changes={"weights.emoji.👍": value})

    with pytest.raises(NotAllowedError, match="3 proposals open"):
        await make_proposal(community, changes={"weights.emoji.👍": 5})


async def test_votes_do_not_change_scores(community: Community) -> None:
    before = community.scoring.scores
    assert before is not None
    proposal = await open_vote(community)
    await vote(community, proposal, account(community), FOR, now_ms=NOW_MS)

    after = await community.scoring.recompute(NOW_MS)

    assert after is not None
    assert (after.cred == before.cred).all()


async def test_where_those_concerned_keep_out_whoever_did_the_contribution_does_not_vote(
    community: Community,
) -> None:
    await configure(community, {"votes.recusal": True})
    posts = await CurrentState(community.database, "discord").contributions(
        [str(800_000_000_000_000 + number_) for number_ in range(1, 4)]
    )
    message = next(id_ for id_, post in posts.items() if post.author == GRACE)
    proposal = await make_proposal(community, changes={f"weights.message.{message}": 2})
    await publish(community, proposal.number, NOW_MS)
    await advance(community, NOW_MS)

    course = (await read_proposals(community)).get(proposal.number).course(NOW_MS)

    electors = {elector.person for elector in course.electors}
    assert account(community, LINUS) in electors
    assert not electors & {account(community, ADA), account(community, GRACE)}


async def test_a_person_votes_by_any_account_and_the_last_counts_whichever_it_was(
    community: Community,
) -> None:
    await link(community, on_discord(ADA), on_forum(ADA_L))
    here, there = account(community), number(community, "forum", ADA_L)
    proposal = await open_vote(community, GRACE)

    async def choice_after(who: int, choice: VoteChoice | None) -> VoteChoice | None:
        await vote(community, proposal, who, choice, now_ms=NOW_MS)
        course = (await read_proposals(community)).get(proposal).course(NOW_MS)
        return course.ballots.choices.get(min(here, there))

    votes = [(here, FOR), (there, AGAINST), (here, FOR), (there, None), (here, FOR)]
    votes += [(there, AGAINST), (here, None)]

    assert [await choice_after(*each) for each in votes] == [choice for _, choice in votes]
