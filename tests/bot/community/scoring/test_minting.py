"""Minting rules at work: what they do to the scores of a community."""

from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.community.communities import Communities, Community
from bot.community.scoring.minting import participant_attributions
from bot.community.settings.minting_rules import MintingRules
from bot.sources import discover
from cred.chain.attributions import Attribution
from storage.canonical_json import Json
from storage.log.batch import Account, Batch
from tests.bot.community.scoring.liked_messages import (
    NOW,
    cred_of,
    liked_message,
    record_events,
)


@pytest.fixture
async def community(tmp_path: Path) -> AsyncIterator[Community]:
    with ThreadPoolExecutor(1) as worker:
        sources = tuple(discover().values())
        async with Communities(tmp_path / "data", sources, worker) as opened:
            yield await opened.get_or_create("discord-1", "A server", "discord", "1")


async def put(community: Community, rules: Mapping[str, Json]) -> None:
    await community.settings.set(rules, author="operator", reason="", now_ms=NOW)


async def compute_cred(community: Community) -> dict[str, float]:
    """Return everybody's cred after a recompute, by participant."""
    scores = await community.scoring.recompute(NOW)
    assert scores is not None
    return {who: float(scores.cred[row].sum()) for row, who in enumerate(scores.participants)}


def test_rules_of_accounts_that_were_linked_since_are_one_rule() -> None:
    rules = MintingRules(
        attributions=(
            (1, 2, ((0, 0.25),)),
            (3, 2, ((10, 0.5),)),
            (1, 3, ((0, 0.5),)),
            (1, 9, ((0, 0.5),)),
        )
    )

    found = participant_attributions(rules, {1: "ann", 2: "bob", 3: "ann"})

    assert found == (Attribution("ann", "bob", ((0, 0.25), (10, 0.75))),)


async def test_a_budget_bounds_what_a_week_mints(community: Community) -> None:
    for message in range(6):
        await record_events(community, *liked_message("a", "b", str(message), day=message // 3))
    assert sum((await compute_cred(community)).values()) == pytest.approx(6)

    await put(community, {"budgets.sourcecred/discord": "2020-01-01: 2"})

    assert sum((await compute_cred(community)).values()) < 5


async def test_somebody_whom_nothing_here_mentions_can_be_minted_for(
    community: Community,
) -> None:
    await record_events(community, *liked_message("a", "b", "1"))
    await record_events(community, *liked_message("c", "b", "2", day=8))
    whole = sum((await compute_cred(community)).values())

    await community.log.append(Batch(accounts=(Account("discord", "quiet"),)))
    await community.directory.refresh()
    quiet = community.directory.account_number("discord", "quiet")

    await put(community, {f"dependencies.{quiet}": "2020-01-01: 0.5"})

    after = await compute_cred(community)
    assert after[str(quiet)] > whole / 4
    assert sum(after.values()) == pytest.approx(whole * 1.5)


async def test_a_rule_for_an_account_that_there_is_not_does_nothing(
    community: Community,
) -> None:
    await record_events(community, *liked_message("a", "b", "1"))
    before = await compute_cred(community)

    rules: dict[str, Json] = {
        "dependencies.99": "2020-01-01: 0.5",
        "attributions.1-98": "2020-01-01: 0.5",
    }
    await put(community, rules)

    assert await compute_cred(community) == before


async def test_an_attribution_passes_cred_on(community: Community) -> None:
    await record_events(community, *liked_message("a", "b", "1"))
    before = await compute_cred(community)
    numbers = {name: community.directory.account_number("discord", name) for name in "ab"}

    await put(community, {f"attributions.{numbers['a']}-{numbers['b']}": "2020-01-01: 1"})

    after = await compute_cred(community)
    assert before[str(numbers["a"])] > 0.1
    assert after[str(numbers["a"])] == 0.0
    assert cred_of(community, "b") == pytest.approx(sum(before.values()))
