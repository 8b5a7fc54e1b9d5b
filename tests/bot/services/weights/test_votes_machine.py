"""Whatever people do while a vote is open, the tally is that of a simple model.

The model knows three things: who was one person when the vote opened, the last vote of any of
their accounts, and how to count. Accounts are linked and unlinked, opt out and in, are erased,
join and earn cred, in any order; the real service does it on a real file.
"""

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from bot.community.errors import NotAllowedError
from bot.services.people import hidden_participants
from bot.services.weights.close import advance, publish
from bot.services.weights.proposals import read_proposals
from bot.services.weights.propose import propose
from bot.services.weights.vote import vote
from cred.governance.rules import DAY_MS
from cred.governance.tally import VoteChoice
from storage.log.batch import Batch
from storage.people.linking import LinkStore
from tests.bot import forum
from tests.bot.commands.garden import ADA, GRACE, LINUS, NOW_MS
from tests.bot.community.identities.linking import number
from tests.bot.forum import ADA_L, GRACE_F, NAMESAKE, both_places, reopen, topic
from tests.laws import examples

T = TypeVar("T")

STEPS = 50
START_MS = NOW_MS + DAY_MS
WHO = st.integers(0, 5)
"""Which of the accounts that are there at first; others join."""


class Template:
    """The file that every example begins with, made once."""

    folder: Path | None = None

    @classmethod
    def copy(cls, to: Path) -> None:
        if cls.folder is None:
            cls.folder = Path(tempfile.mkdtemp())
            asyncio.run(cls._make(cls.folder / "data"))
        shutil.copytree(cls.folder / "data", to)

    @staticmethod
    async def _make(folder: Path) -> None:
        async with both_places(folder) as community:
            await community.settings.set(
                {"votes.electors-days": 0}, author="operator", reason="", now_ms=NOW_MS
            )


class Votes(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.runner = asyncio.Runner()
        self.exits = AsyncExitStack()
        folder = self.exits.enter_context(tempfile.TemporaryDirectory())
        data = Path(folder) / "data"
        Template.copy(data)
        self.community = self.do(self.exits.enter_async_context(reopen(data)))
        self.now_ms = START_MS
        ids = [("discord", id_) for id_ in (ADA, GRACE, LINUS)]
        ids += [(forum.NAME, id_) for id_ in (ADA_L, GRACE_F, NAMESAKE)]
        self.accounts = [number(self.community, source, id_) for source, id_ in ids]
        scores = self.community.scoring.scores
        assert scores is not None
        others = {int(who) for who in scores.participants} - {*self.accounts}
        bots = {int(who) for who in hidden_participants(self.community, scores)}
        self.people = [{account} for account in (*self.accounts, *sorted(others - bots))]
        self.out: set[int] = set()
        self.erased: set[int] = set()
        self.joined = 0
        self.closes_ms = 0
        self.proposal: int | None = None
        self.electorate: list[set[int]] = []
        self.votes: dict[int, VoteChoice] = {}

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def teardown(self) -> None:
        if hasattr(self, "runner"):
            self.do(self.exits.aclose())
            self.runner.close()

    def person_of(self, account: int) -> set[int]:
        return next(group for group in self.people if account in group)

    def account(self, who: int) -> int:
        return self.accounts[who % len(self.accounts)]

    # What people do ------------------------------------------------------------------------

    @rule(who=WHO, other=WHO)
    def link(self, who: int, other: int) -> None:
        first, second = self.person_of(self.account(who)), self.person_of(self.account(other))
        if first is second or (first | second) & (self.out | self.erased):
            return
        pair = (min(first), min(second))
        self.do(self.write_link(pair))
        self.people.remove(second)
        first |= second

    async def write_link(self, pair: tuple[int, int]) -> None:
        await self.community.database.write(
            lambda plain: LinkStore(plain).link([pair], "merge", self.now_ms)
        )
        await self.community.identities.refresh()

    @rule(who=WHO)
    def unlink(self, who: int) -> None:
        account = self.account(who)
        group = self.person_of(account)
        if len(group) == 1 or account in self.erased:
            return
        self.do(self.community.identities.unlink(account, self.now_ms))
        group.remove(account)
        self.people.append({account})

    @rule(who=WHO, is_out=st.booleans())
    def opt_out_or_in(self, who: int, *, is_out: bool) -> None:
        account = self.account(who)
        group = self.person_of(account)
        if group & self.erased:
            return
        at_ms = self.now_ms if is_out else None
        self.do(self.community.identities.set_opted_out(account, at_ms))
        self.out = self.out | group if is_out else self.out - group

    @precondition(lambda self: len(self.erased) < 2)
    @rule(who=WHO)
    def erase(self, who: int) -> None:
        account = self.account(who)
        group = self.person_of(account)
        if group & (self.erased | self.out):
            return
        self.do(self.community.identities.erase_person(account, self.now_ms))
        self.erased |= group

    @precondition(lambda self: self.joined < 3)
    @rule(fan=st.sampled_from([ADA_L, GRACE_F]))
    def join_and_earn(self, fan: str) -> None:
        self.joined += 1
        name = f"new{self.joined}"
        events = topic(900 + self.joined, name, 11, (fan, NAMESAKE))
        self.do(self.community.log.append(Batch(events=tuple(events))))
        self.do(self.community.directory.refresh())
        account = number(self.community, forum.NAME, name)
        self.accounts.append(account)
        self.people.append({account})

    @rule(hours=st.integers(1, 12))
    def wait(self, hours: int) -> None:
        self.now_ms += hours * 3_600_000
        self.close_if_due()

    # The vote ------------------------------------------------------------------------------

    @precondition(lambda self: self.proposal is None)
    @rule(who=WHO)
    def open(self, who: int) -> None:
        proposer = self.account(who)
        if proposer in self.out | self.erased:
            return
        value = 2 + self.now_ms % 1_000_003
        made = self.do(
            propose(
                self.community,
                proposer,
                {"weights.emoji.👍": value},
                reason="let us see",
                days=1,
                now_ms=self.now_ms,
            )
        )
        self.do(publish(self.community, made.number, self.now_ms))
        self.do(advance(self.community, self.now_ms))
        scores = self.community.scoring.scores
        assert scores is not None
        self.proposal, self.votes = made.number, {}
        self.closes_ms = self.now_ms + DAY_MS
        self.electorate = [
            group - self.erased
            for group in self.people
            if not group & self.out
            and group - self.erased
            and (row := scores.index_of(str(min(group)))) is not None
            and scores.cred[row].sum() > 0
        ]

    @precondition(lambda self: self.proposal is not None)
    @rule(who=st.integers(0, 8), choice=st.sampled_from([*VoteChoice, None]))
    def vote(self, who: int, choice: VoteChoice | None) -> None:
        account = self.account(who)
        if account in self.erased or self.proposal is None:
            return
        elector = next((n for n, group in enumerate(self.electorate) if account in group), None)
        may = elector is not None and account not in self.out
        try:
            cast = self.do(
                vote(self.community, self.proposal, account, choice, now_ms=self.now_ms)
            )
        except NotAllowedError:
            assert not may
            return
        assert elector is not None
        assert may
        assert cast.electors == len(self.electorate)
        if choice is None:
            self.votes.pop(elector, None)
        else:
            self.votes[elector] = choice
        assert cast.voters == len(self.votes)

    def close_if_due(self) -> None:
        if self.proposal is None or self.now_ms < self.closes_ms:
            return
        self.do(advance(self.community, self.now_ms))
        made = self.do(read_proposals(self.community)).get(self.proposal)
        tally = made.course(self.now_ms).tally
        assert tally is not None
        counted = [*self.votes.values()]
        assert tally.people == {choice: counted.count(choice) for choice in VoteChoice}
        assert tally.electors == len(self.electorate)
        passes = counted.count(VoteChoice.FOR) > counted.count(VoteChoice.AGAINST)
        assert tally.verdict.is_pass is passes
        history = self.do(self.community.settings.history())
        is_in_force = any(v.author == f"proposal:{self.proposal}" for v in history)
        assert is_in_force is passes
        self.proposal = None


TestVotes = Votes.TestCase
# Shrinking would take minutes, and a failing example of fifty steps can be read.
TestVotes.settings = settings(
    max_examples=examples(200), stateful_step_count=STEPS, phases=(Phase.generate,)
)
