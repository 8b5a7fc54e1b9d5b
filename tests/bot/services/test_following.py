"""Live scores: what full scores would be, event by event and over long histories."""

import random
from collections.abc import AsyncIterator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest

from bot.services.communities import Communities, Community
from bot.sources import discover
from bot.sources.discord.graph import draw
from bot.sources.discord.rules import Departed, Rules
from cred import liveflow, neighbourhood
from cred.activity import Activity, fold
from cred.credrank import Ranking, credrank
from cred.epochs import WEEK_MS
from cred.errors import InvalidInputError, NotFollowedError
from cred.events import Event, EventColumns, How, Kind
from cred.graph import ContributionGraph
from cred.identities import by_account, gathered
from cred.live import Live, LiveScores
from cred.neighbourhood import Neighbourhood
from cred.structure import ABSENT, Structure
from cred.weighing import weigh
from cred.weights import EdgeWeight, FactorTable, Weights
from storage.erasure import erase_account, set_opted_out
from tests.bot.services.test_scoring import DAY, NOW, cred_of, hear, praised
from tests.memory_log import MemoryLog

THRESHOLD = 1e-9
KINDS = (
    *(Kind.EDITED, Kind.DELETED, Kind.RESTORED, Kind.REPLIED, Kind.MENTIONED),
    *(Kind.JOINED, Kind.LEFT, Kind.ROLES_CHANGED, Kind.PLACE_CHANGED),
    *(Kind.LINKED, *[Kind.UNLINKED] * 2),
    *(*[Kind.POSTED] * 4, *[Kind.REACTED] * 9, *[Kind.UNREACTED] * 3),
)
"""What may happen, as often as it is listed."""


@dataclass
class Server:
    """A server where anything happens, in any order, also what makes little sense."""

    chance: random.Random
    log: MemoryLog = field(default_factory=MemoryLog)
    now_ms: int = 10 * WEEK_MS
    people: Mapping[int, str] = field(default_factory=lambda: MappingProxyType({}))
    """Whose accounts are, where not their own; "" for who opted out."""

    def __post_init__(self) -> None:
        some = self.chance.choice
        self.rules = Rules(
            props_channels=frozenset(some([[], ["c1"], ["c9"]])),
            simplify=self.chance.random() < 0.2,
            departed=some(list(Departed)),
            beginning_ms=some([None, 10 * WEEK_MS + WEEK_MS // 2]),
        )
        self.weights = Weights(
            nodes={("sourcecred", "discord", "MESSAGE"): 1.0} if self.rules.simplify else {},
            edges={("sourcecred", "discord", "REPLIES"): EdgeWeight(1.0, 0.5)},
            factors={
                "role": FactorTable(1.0, {"r1": 3.0, "r2": 0.5}),
                "emoji": FactorTable(1.0, {"y": 0.0}),
            },
            averaging=some([None, 0.3]),
        )

    def happen(self) -> int:
        """Let something happen; return how many events it is."""
        if self.chance.random() < 0.1:
            self.now_ms += WEEK_MS // 2
        many = self.chance.choice([1, 1, 1, 5, 20])
        return self.log.append([self._event() for _ in range(many)])

    def relink(self) -> int:
        """Let an account be another person's, its own again, or nobody's; return which."""
        account = self.chance.randrange(1, 7)
        people = dict(self.people)
        if account in people:
            del people[account]
        else:
            people[account] = self.chance.choice(["", str(self.chance.randrange(1, 7))])
        self.people = MappingProxyType(people)
        return account

    def graph(
        self, columns: EventColumns, people: Mapping[int, str] | None = None
    ) -> ContributionGraph:
        people = self.people if people is None else people
        activity = fold(columns)
        structure = self.drawn(activity)
        account = structure.nodes.account
        known = np.unique(account[account != ABSENT]).tolist()
        linked = gathered(activity.links)
        whose = {
            number: people.get(number, str(linked.get(number, number))) for number in known
        }
        return weigh(
            structure,
            self.weights,
            by_account(structure, {number: one for number, one in whose.items() if one}),
        )

    def drawn(self, activity: Activity) -> Structure:
        return draw(activity, self.log.directory, self.rules)

    def _event(self) -> Event:
        some = self.chance.choice
        kind = some(KINDS)
        at_ms = self.now_ms + self.chance.randrange(WEEK_MS)
        about = Event(source="discord", kind=kind, at_ms=at_ms, seen_ms=at_ms, how=How.LIVE)
        who, other = some("abcdef"), some("abcdef")
        what, answered = f"m{self.chance.randrange(15)}", f"m{self.chance.randrange(15)}"
        if kind is Kind.PLACE_CHANGED:
            return replace(
                about,
                place=some(["c1", "c2", "c9"]),
                object=some([None, "c9"]),
                text="text channel",
                value=some([0, 0, 0, 1]),
            )
        if kind is Kind.ROLES_CHANGED:
            return replace(about, actor=who, text=some(["r1", "r2", "r1,r2", ""]))
        if kind in {Kind.JOINED, Kind.LEFT}:
            return replace(about, actor=who)
        if kind in {Kind.LINKED, Kind.UNLINKED}:
            return replace(about, actor=min(who, other), object=max(who, other))
        about = replace(about, target=what)
        match kind:
            case Kind.MENTIONED:
                about = replace(about, actor=who, object=other, value=self.chance.randrange(3))
            case Kind.POSTED:
                about = replace(about, actor=who, place=some(["c1", "c2"]))
            case Kind.REPLIED:
                about = replace(about, actor=who, object=answered)
            case Kind.REACTED | Kind.UNREACTED:
                about = replace(about, actor=who, text=some("xy"))
            case _:
                pass
        return about


class Followed:
    """Live scores of a server."""

    def __init__(self, server: Server, ranking: Ranking) -> None:
        self._server = server
        self._live = Live(ranking, threshold=THRESHOLD)
        columns = server.log.columns()
        self._around = Neighbourhood(columns)
        self._begin = len(columns)
        self._done = len(columns)
        self._people = server.people

    def follow(self, accounts: tuple[int, ...]) -> LiveScores:
        columns = self._server.log.columns()
        later = columns.at(slice(self._begin, None))
        before, after = self._around.of(later, len(columns) - self._done, accounts)
        self._live.follow(self._server.graph(before, self._people), self._server.graph(after))
        self._done, self._people = len(columns), self._server.people
        return self._live.scores()


@pytest.mark.parametrize("seed", range(8))
def test_live_and_full_agree_after_long_histories_with_deletions_and_unlinking(
    seed: int,
) -> None:
    assert agreeing_steps(Server(random.Random(seed))) > 50  # noqa: S311 - not for secrets


def agreeing_steps(server: Server) -> int:
    """Let much happen; return how often live scores were followed, and held to full ones."""
    followed: Followed | None = None
    steps = 0
    for _ in range(150):
        server.happen()
        accounts = (server.relink(),) if server.chance.random() < 0.15 else ()
        try:
            ranking = credrank(server.graph(server.log.columns()))
        except InvalidInputError:
            followed = None  # nothing mints
            continue
        if followed is not None:
            try:
                agree(followed.follow(accounts), ranking)
                steps += 1
            except NotFollowedError:
                followed = None
        if followed is None or server.chance.random() < 0.02:
            followed = Followed(server, ranking)
    return steps


def agree(live: LiveScores, ranking: Ranking) -> None:
    """Hold live scores to what they promise, and to a thousand times the threshold of each."""
    scores = ranking.scores
    mine = dict(zip(live.participants, live.cred, strict=True))
    weeks = len(scores.epochs)
    assert live.starts_ms.tolist() == scores.epochs.starts_ms.tolist()
    assert live.total_mint == pytest.approx(scores.total_mint, rel=1e-12)
    off = 0.0
    for row, one in enumerate(scores.participants):
        cred = mine.pop(one, np.zeros(weeks))
        off += float(np.abs(cred - scores.cred[row]).sum())
        assert cred.sum() == pytest.approx(scores.cred[row].sum(), rel=1e-6, abs=1e-12)
    off += sum(float(np.abs(cred).sum()) for cred in mine.values())
    assert off <= (live.error + 1e-12) * scores.total_mint
    assert live.error < 1e-6


@pytest.fixture
def worker() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


@pytest.fixture
async def community(tmp_path: Path, worker: ThreadPoolExecutor) -> AsyncIterator[Community]:
    async with Communities(tmp_path, list(discover().values()), worker) as opened:
        community = await opened.founded("discord-1", "A server", "discord", "1")
        await hear(community, *praised("ada", "bob", "m1"), *praised("cyd", "ada", "m2"))
        await community.scoring.recompute(NOW)
        yield community


def live_cred(community: Community, account: str) -> float:
    latest = community.scoring.latest
    assert latest is not None
    row = latest.index_of(str(community.names.account_number("discord", account)))
    return 0.0 if row is None else float(latest.cred[row].sum())


async def test_a_reaction_is_in_the_live_scores_before_any_recompute(
    community: Community,
) -> None:
    await hear(community, *praised("ada", "dan", "m3", day=1))

    is_followed = await community.scoring.follow(NOW + DAY)

    latest = community.scoring.latest
    assert is_followed
    assert latest is not None
    assert latest.live is not None
    assert (latest.events, latest.computed_ms) == (6, NOW + DAY)
    assert latest.cred.sum() == pytest.approx(3.0)
    live = {one: live_cred(community, one) for one in ("ada", "bob", "cyd", "dan")}
    await community.scoring.recompute(NOW + DAY)
    assert live == {one: pytest.approx(cred_of(community, one), rel=1e-5) for one in live}


async def test_a_recompute_takes_the_place_of_live_scores_and_tells_how_far_off_they_were(
    community: Community,
) -> None:
    await hear(community, *praised("ada", "dan", "m3"))
    await community.scoring.follow(NOW)
    followed = community.scoring.latest
    await community.scoring.recompute(NOW)

    health = community.scoring.health
    assert followed is not None
    assert followed.live is not None
    assert health is not None
    assert health.live_was_off is not None
    assert health.live_was_off <= followed.live.scores.error
    assert community.scoring.latest is community.scoring.standing


async def test_nothing_new_changes_nothing(community: Community) -> None:
    assert await community.scoring.follow(NOW)
    assert community.scoring.latest is community.scoring.standing


async def test_who_opts_out_is_out_of_the_live_scores_at_once(community: Community) -> None:
    await hear(community, *praised("ada", "dan", "m3"))
    await community.scoring.follow(NOW)
    ada = community.names.account_number("discord", "ada")
    assert ada is not None
    await set_opted_out(community.database, ada, NOW)

    assert await community.scoring.follow(NOW)
    live = {one: live_cred(community, one) for one in ("bob", "cyd", "dan")}
    assert live_cred(community, "ada") == pytest.approx(0.0, abs=1e-9)
    await community.scoring.recompute(NOW)

    assert live == {one: pytest.approx(cred_of(community, one), rel=1e-5) for one in live}


async def test_who_opts_in_again_is_in_the_live_scores_at_once(community: Community) -> None:
    await hear(community, *praised("ada", "dan", "m3"))
    ada = community.names.account_number("discord", "ada")
    assert ada is not None
    await set_opted_out(community.database, ada, NOW)
    await community.scoring.recompute(NOW)
    await set_opted_out(community.database, ada, None)

    assert await community.scoring.follow(NOW)
    live = {one: live_cred(community, one) for one in ("ada", "bob", "cyd", "dan")}
    await community.scoring.recompute(NOW)

    assert live == {one: pytest.approx(cred_of(community, one), rel=1e-5) for one in live}
    assert live["ada"] > 0.1


async def test_an_erasure_waits_for_a_recompute(community: Community) -> None:
    await hear(community, *praised("ada", "dan", "m3"))
    assert await community.scoring.follow(NOW)
    ada = community.names.account_number("discord", "ada")
    assert ada is not None
    await erase_account(community.database, ada, NOW)

    assert not await community.scoring.follow(NOW)
    assert community.scoring.latest is community.scoring.standing


async def test_before_the_first_recompute_and_after_new_settings_nothing_is_followed(
    community: Community, tmp_path: Path, worker: ThreadPoolExecutor
) -> None:
    await community.settings.set(
        {"weights.emoji.👍": 2}, author="operator", reason="", now_ms=NOW
    )
    await hear(community, *praised("ada", "dan", "m3"))
    followed = await community.scoring.follow(NOW)
    again = await community.scoring.follow(NOW)

    assert (followed, again) == (False, False)
    assert community.scoring.latest is community.scoring.standing
    await community.scoring.recompute(NOW)
    await hear(community, *praised("ada", "eve", "m4"))
    assert await community.scoring.follow(NOW)
    sources = list(discover().values())
    async with Communities(tmp_path / "other", sources, worker) as opened:
        fresh = await opened.founded("discord-2", "Another", "discord", "2")
        await hear(fresh, *praised("ada", "bob", "m1"))
        assert not await fresh.scoring.follow(NOW)


async def test_what_is_too_much_waits_for_the_recompute_and_is_followed_from_there(
    community: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    await hear(community, *praised("ada", "hal", "m0"))
    assert await community.scoring.follow(NOW)
    with monkeypatch.context() as patch:
        patch.setattr(neighbourhood, "_MOST_EVENTS", 1)
        await hear(community, *praised("ada", "dan", "m3"))
        assert not await community.scoring.follow(NOW)
    assert community.scoring.latest is community.scoring.standing
    await hear(community, *praised("ada", "eve", "m4"))
    still = await community.scoring.follow(NOW)
    await community.scoring.recompute(NOW)
    await hear(community, *praised("ada", "fay", "m5"))

    assert (still, await community.scoring.follow(NOW)) == (False, True)
    assert live_cred(community, "fay") > 0


async def test_a_fault_while_following_leaves_the_recompute_s_scores(
    community: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    await hear(community, *praised("ada", "dan", "m3"))
    await community.scoring.follow(NOW)

    def settle(_: liveflow.LiveFlow) -> int:
        raise MemoryError

    monkeypatch.setattr(liveflow.LiveFlow, "settle", settle)
    await hear(community, *praised("ada", "eve", "m4"))
    with pytest.raises(MemoryError):
        await community.scoring.follow(NOW)

    assert community.scoring.latest is community.scoring.standing
    await community.scoring.recompute(NOW)
    assert cred_of(community, "eve") > 0
