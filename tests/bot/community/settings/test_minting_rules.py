"""Budgets, minting for dependencies and attributions, as a community sets them."""

from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.community.communities import Communities, Community
from bot.community.errors import SettingMistakeError
from bot.community.settings.definitions import shown
from bot.community.settings.minting_rules import (
    Minting,
    attributed,
    minting,
    periods,
    periods_json,
)
from bot.sources import discover
from cred.chain.attributions import Attribution
from cred.epochs import WEEK_MS
from storage.log.batch import Account, Batch
from tests.bot.community.scoring.test_scoring import NOW, cred_of, hear, praised

READ = periods("a number from 0 up", 1e12)
START = 1_641_081_600_000
"""2022-01-02, a Sunday."""


@pytest.fixture
async def community(tmp_path: Path) -> AsyncIterator[Community]:
    with ThreadPoolExecutor(1) as worker:
        sources = tuple(discover().values())
        async with Communities(tmp_path / "data", sources, worker) as opened:
            yield await opened.get_or_create("discord-1", "A server", "discord", "1")


async def put(community: Community, **changes: object) -> None:
    named = {key.replace("__", ".").replace("_", "-"): one for key, one in changes.items()}
    await community.settings.set(named, author="operator", reason="", now_ms=NOW)  # type: ignore[arg-type]


async def scored(community: Community) -> dict[str, float]:
    standing = await community.scoring.recompute(NOW)
    assert standing is not None
    return {
        who: float(standing.cred[row].sum()) for row, who in enumerate(standing.participants)
    }


def test_periods_are_kept_as_moments_with_numbers_however_they_are_typed() -> None:
    kept = READ("2022-01-02: 4, 2022-01-23T12:00:00Z: 3")

    assert kept == [["2022-01-02", 4.0], ["2022-01-23T12:00:00Z", 3.0]]
    assert READ(kept) == kept
    assert shown(kept) == "2022-01-02: 4, 2022-01-23T12:00:00Z: 3"
    assert READ(shown(kept)) == kept
    assert READ([["2022-01-02T05:00:00+05:00", 1]]) == [["2022-01-02", 1.0]]
    assert periods_json(((START, 4.0), (START + 1, 3.0))) == [
        ["2022-01-02", 4.0],
        ["2022-01-02T00:00:00.001000Z", 3.0],
    ]


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "soon: 4",
        "2022-01-02",
        "2022-01-02: -1",
        "2022-01-02: nan",
        "0001-01-01T00:00+14:00: 1",
        "9999-12-31T23:59-14:00: 1",
        "2022-01-23: 1, 2022-01-02: 2",
    ],
)
def test_periods_that_are_none_are_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r"number|dates in order"):
        READ(typed)


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("budgets./", "2022-01-02: 4", "say what the budget is for"),
        ("dependencies.ada", "2022-01-02: 1", "by the number of an account"),
        ("attributions.3", "2022-01-02: 1", "from whom to whom"),
        ("attributions.3-3", "2022-01-02: 1", "from whom to whom"),
        ("attributions.3-4", "2022-01-02: 1.5", "a number from 0 to 1"),
    ],
)
async def test_rules_that_cannot_be_are_refused_with_the_reason(
    community: Community, key: str, value: str, sentence: str
) -> None:
    with pytest.raises(SettingMistakeError, match=sentence):
        await community.settings.set({key: value}, author="operator", reason="", now_ms=NOW)


def test_settings_become_rules_with_people_by_their_numbers() -> None:
    rules = minting(
        {
            "budgets.sourcecred/discord": [["2022-01-02", 4.0]],
            "dependencies.12": [["2022-01-09", 0.5]],
            "attributions.3-4": [["2022-01-02", 0.25]],
            "weights.emoji.👍": 2.0,
        }
    )

    assert rules.budgets[0].prefix == ("sourcecred", "discord")
    assert rules.budgets[0].periods == ((START, 4.0),)
    assert rules.dependencies == ((12, ((START + WEEK_MS, 0.5),)),)
    assert rules.accounts == {3, 4, 12}
    assert minting({}) == Minting()


def test_rules_of_accounts_that_were_linked_since_are_one_rule() -> None:
    rules = Minting(
        attributions=(
            (1, 2, ((0, 0.25),)),
            (3, 2, ((10, 0.5),)),
            (1, 3, ((0, 0.5),)),
            (1, 9, ((0, 0.5),)),
        )
    )

    found = attributed(rules, {1: "ann", 2: "bob", 3: "ann"})

    assert found == (Attribution("ann", "bob", ((0, 0.25), (10, 0.75))),)


async def test_a_budget_bounds_what_a_week_mints(community: Community) -> None:
    for message in range(6):
        await hear(community, *praised("a", "b", str(message), day=message // 3))
    assert sum((await scored(community)).values()) == pytest.approx(6)

    await put(community, **{"budgets.sourcecred/discord": "2020-01-01: 2"})

    assert sum((await scored(community)).values()) < 5


async def test_somebody_whom_nothing_here_mentions_can_be_minted_for(
    community: Community,
) -> None:
    await hear(community, *praised("a", "b", "1"))
    await hear(community, *praised("c", "b", "2", day=8))
    whole = sum((await scored(community)).values())

    await community.log.append(Batch(accounts=(Account("discord", "quiet"),)))
    await community.names.refresh()
    quiet = community.names.account_number("discord", "quiet")

    await put(community, **{f"dependencies.{quiet}": "2020-01-01: 0.5"})

    after = await scored(community)
    assert after[str(quiet)] > whole / 4
    assert sum(after.values()) == pytest.approx(whole * 1.5)


async def test_a_rule_for_an_account_that_there_is_not_does_nothing(
    community: Community,
) -> None:
    await hear(community, *praised("a", "b", "1"))
    before = await scored(community)

    rules = {"dependencies.99": "2020-01-01: 0.5", "attributions.1-98": "2020-01-01: 0.5"}
    await put(community, **rules)

    assert await scored(community) == before


async def test_an_attribution_passes_cred_on(community: Community) -> None:
    await hear(community, *praised("a", "b", "1"))
    before = await scored(community)
    numbers = {one: community.names.account_number("discord", one) for one in "ab"}

    await put(community, **{f"attributions.{numbers['a']}-{numbers['b']}": "2020-01-01: 1"})

    after = await scored(community)
    assert before[str(numbers["a"])] > 0.1
    assert after[str(numbers["a"])] == 0.0
    assert cred_of(community, "b") == pytest.approx(sum(before.values()))
