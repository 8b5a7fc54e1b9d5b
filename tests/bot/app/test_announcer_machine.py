"""Whatever is proposed, stopped, broken and moved: everything due is posted once, in order."""

import asyncio
import re
import tempfile
from collections import Counter
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from bot.app.announcer import Announcer
from bot.chat.noticeboard import CannotPostError, Notice, PostedNotice
from bot.commands.admin.announce import PostingRights
from bot.community.errors import NotAllowedError
from bot.services.weights.announce import announce_proposal
from bot.services.weights.proposals import read_proposals
from bot.services.weights.propose import propose, withdraw
from bot.services.weights.vote import vote
from cred.governance.proposals import Stage
from cred.governance.tally import VoteChoice
from storage.announcements import Announcements
from tests.bot.commands.garden import ADA, GENERAL, GRACE, LINUS, NOW_MS
from tests.bot.community.identities.linking import number
from tests.bot.forum import both_places
from tests.laws import examples

T = TypeVar("T")

HOUR_MS = 3_600_000
CHANNEL = "discord.announcements-channel"
KEYS = st.sampled_from(["weights.emoji.👍", "weights.emoji.🎉", "weights.role.default"])
STEPS = 30


class FakeBoard:
    """A platform that can fail, also after it has posted."""

    def __init__(self) -> None:
        self.posted: dict[str, Notice] = {}
        """By the key that no other announcement has."""
        self.is_down = False
        self.loses_answer = False

    async def check(self, place: str) -> PostingRights:
        del place
        return PostingRights()

    async def post(self, notice: Notice) -> PostedNotice:
        if self.is_down:
            raise CannotPostError("it is down")
        self.posted.setdefault(notice.key, notice)
        if self.loses_answer:
            self.loses_answer = False
            raise CannotPostError("it did not answer")
        thread = notice.thread or (notice.key if notice.begins_thread else None)
        return PostedNotice(thread, notice.key)


def subject(notice: Notice) -> str:
    """Return which announcement it is: "Result of proposal 3"."""
    return notice.reply.title.partition(":")[0]


class Announcing(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.runner = asyncio.Runner()
        self.exits = AsyncExitStack()
        folder = self.exits.enter_context(tempfile.TemporaryDirectory())
        self.community = self.do(self.exits.enter_async_context(both_places(Path(folder))))
        self.now_ms, self.board = NOW_MS, FakeBoard()
        self.configure({"votes.electors-days": 0, CHANNEL: GENERAL})
        self.people = [number(self.community, "discord", id_) for id_ in (ADA, GRACE, LINUS)]
        self.acts: list[int] = []
        self.restart()

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def configure(self, changes: dict[str, Any]) -> int:
        return self.do(
            self.community.settings.set(
                changes, author="command line", reason="so", now_ms=self.now_ms
            )
        )

    def teardown(self) -> None:
        if hasattr(self, "runner"):
            try:
                self.finish()
            finally:
                self.do(self.exits.aclose())
                self.runner.close()

    # What happens ---------------------------------------------------------------------------

    @rule()
    def restart(self) -> None:
        self.announcer = Announcer(lambda _slug: self.community, lambda: self.now_ms)
        self.announcer.add_board(self.community.slug, "discord", self.board)

    @rule()
    def tick(self) -> None:
        self.do(self.announcer.tick(self.community.slug))

    @rule(hours=st.sampled_from([1, 20, 24 * 4]))
    def wait(self, hours: int) -> None:
        self.now_ms += hours * HOUR_MS

    @rule(is_down=st.booleans())
    def fail(self, *, is_down: bool) -> None:
        self.board.is_down = is_down

    @rule()
    def lose_an_answer(self) -> None:
        self.board.loses_answer = True

    @rule()
    def stop_before_recording(self) -> None:
        async def stop(*_: object, **__: object) -> None:
            raise RuntimeError("the bot is stopped here")

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Announcements, "mark_posted", stop)
            self.tick()
        self.restart()

    @rule(key=KEYS, value=st.sampled_from([2, 3, 5]), who=st.integers(0, 2))
    def propose(self, key: str, value: int, who: int) -> None:
        try:
            proposal = self.do(
                propose(
                    self.community,
                    self.people[who],
                    {key: value},
                    reason="so",
                    now_ms=self.now_ms,
                )
            )
        except NotAllowedError:
            return
        self.do(
            announce_proposal(
                self.community,
                proposal.number,
                source="discord",
                place=GENERAL,
                now_ms=self.now_ms,
            )
        )

    @rule(which=st.integers(1, 5), who=st.integers(0, 2), choice=st.sampled_from(VoteChoice))
    def vote(self, which: int, who: int, choice: VoteChoice) -> None:
        try:
            self.do(vote(self.community, which, self.people[who], choice, now_ms=self.now_ms))
        except NotAllowedError:
            pass
        else:
            assert f"Proposal {which}" in map(subject, self.board.posted.values())

    @rule(which=st.integers(1, 5), who=st.integers(0, 2))
    def withdraw(self, which: int, who: int) -> None:
        try:
            self.do(withdraw(self.community, which, self.people[who], self.now_ms))
        except NotAllowedError:
            return

    @rule(key=KEYS, value=st.sampled_from([0.5, 0.75]))
    def act(self, key: str, value: float) -> None:
        before = self.community.settings.version
        if (version := self.configure({key: value})) != before:
            self.acts.append(version)

    @rule(place=st.sampled_from([GENERAL, "500000000000002"]))
    def move(self, place: str) -> None:
        self.configure({CHANNEL: place})
        # What the operator did before the channel was named is not told there.
        waiting = self.do(Announcements(self.community.database).list_all())
        known = {row.about for row in waiting}
        self.acts = [version for version in self.acts if f"version:{version}" in known]

    # What must be ---------------------------------------------------------------------------

    def finish(self) -> None:
        self.board.is_down = self.board.loses_answer = False
        for _ in range(12):
            self.now_ms += 24 * HOUR_MS
            self.tick()
            self.tick()
        posted = list(self.board.posted.values())
        counts = Counter(map(subject, posted))
        assert not [each for each, count in counts.items() if count > 1]
        assert self.do(Announcements(self.community.database).list_waiting()) == []
        for version in self.acts:
            assert counts[f"Weights, version {version}"] == 1
        proposals = self.do(read_proposals(self.community)).by_number
        for which, proposal in proposals.items():
            course = proposal.course(self.now_ms)
            if course.published_ms is None:
                # It may have been posted, if the bot was stopped before it recorded that.
                assert course.stage is Stage.WITHDRAWN
                continue
            assert course.stage.is_final
            assert counts[f"Proposal {which}"] == counts[f"Result of proposal {which}"] == 1
            self.check_order(posted, which)

    def check_order(self, posted: list[Notice], which: int) -> None:
        about = [
            notice
            for notice in posted
            if re.search(rf"\b[Pp]roposal {which}\b", subject(notice))
        ]
        begun = about[0]
        assert subject(begun) == f"Proposal {which}"
        assert subject(about[-1]) == f"Result of proposal {which}"
        assert {notice.thread for notice in about[1:]} == {begun.key}


TestAnnouncing = Announcing.TestCase
TestAnnouncing.settings = settings(
    max_examples=examples(25),
    stateful_step_count=STEPS,
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
)
