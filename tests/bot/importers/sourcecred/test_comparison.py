"""Our cred of an instance beside what it published."""

from collections.abc import Callable
from datetime import UTC
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.importers.sourcecred.comparison import compare, rank_instance
from bot.importers.sourcecred.instance import read_instance
from tests.bot.importers.sourcecred.instances import (
    DISCORD_GRAPH,
    THREE,
    copy_instance,
    edit_json,
    real,
)
from tests.cred.reference import scores_of, sourcecred_iteration

INSTANCES = [
    pytest.param(lambda: THREE, id="three-plugins"),
    pytest.param(real, id="community-anon"),
]


@pytest.mark.parametrize("where", INSTANCES)
def test_the_reference_s_own_iteration_on_our_chain_gives_the_published_cred(
    where: Callable[[], Path],
) -> None:
    """So graphs, weights, ledger, budgets, dependencies and attributions are read right."""
    instance = read_instance(where(), UTC)
    ranking = rank_instance(instance, sourcecred_boundaries=True)
    assert instance.published is not None

    distribution, _ = sourcecred_iteration(ranking.chain.complete())

    scores = scores_of(distribution, ranking.chain)
    for row, who in enumerate(ranking.scores.participants):
        assert scores.cred[row] == pytest.approx(instance.published.cred[who], rel=1e-10)
    assert set(ranking.scores.participants) == set(instance.published.cred)


@pytest.mark.parametrize("where", INSTANCES)
def test_our_cred_is_the_published_but_for_the_reference_s_stopping_rule(
    where: Callable[[], Path],
) -> None:
    found = compare(read_instance(where(), UTC), sourcecred_boundaries=True)

    assert found.worst is not None
    assert abs(found.worst.difference) < 6e-5
    assert found.largest_weekly_difference < 8e-5
    assert found.ours == pytest.approx(found.total_mint, rel=1e-12)
    assert len(found.reasons) == 1


def test_minting_for_dependencies_moves_by_a_week_and_totals_stay() -> None:
    instance = read_instance(THREE, UTC)

    ours, theirs = (compare(instance, sourcecred_boundaries=way) for way in (False, True))

    assert ours.largest_weekly_difference > 0.2
    assert ours.worst is not None
    assert abs(ours.worst.difference) < 6e-5
    assert any("5 weeks' minting for dependencies" in reason for reason in ours.reasons)
    assert theirs.largest_weekly_difference < 1e-4


def test_dates_without_a_zone_are_read_in_the_zone_given(tmp_path: Path) -> None:
    """SourceCred took its machine's zone (SPEC §5); 2022-01-16 was a Sunday."""
    root = copy_instance(tmp_path)
    pacific = ZoneInfo("America/Los_Angeles")

    def set_date(value: list[dict[str, list[dict[str, list[dict[str, object]]]]]]) -> object:
        value[0]["recipients"][0]["proportions"][0]["startDate"] = "1/16/2022"
        return value

    edit_json(root, "config/personalAttributions.json", set_date)
    in_utc, in_california = (read_instance(root, zone) for zone in (UTC, pacific))
    comparison = compare(in_california, sourcecred_boundaries=True)

    assert in_utc.attributions[0].changes == ((1_642_291_200_000, 0.25),)
    assert in_california.attributions[0].changes == ((1_642_320_000_000, 0.25),)
    assert in_california.local_dates == ("1/16/2022",)
    assert comparison.largest_weekly_difference > 0.01  # from the week after only
    assert any(
        "--time-zone" in reason and "-8 hours" in reason for reason in comparison.reasons
    )


def test_without_published_scores_there_is_nothing_to_compare_with(tmp_path: Path) -> None:
    root = copy_instance(tmp_path)
    for name in ("credGrainView", "accounts.json", "credGraph"):
        (root / "output" / name).unlink()

    found = compare(read_instance(root, UTC), sourcecred_boundaries=False)

    assert found.published is None
    assert found.worst is None
    assert found.reasons == ()
    assert found.ours == pytest.approx(62.075)


def test_old_instances_publish_in_accounts_json(tmp_path: Path) -> None:
    root = copy_instance(tmp_path)
    (root / "output" / "credGrainView").unlink()
    instance = read_instance(root, UTC)

    assert instance.published is not None
    assert instance.published.file == "output/accounts.json"
    newer = read_instance(THREE, UTC).published
    assert newer is not None
    for who, weeks in newer.cred.items():
        assert instance.published.cred[who] == pytest.approx(weeks)


def test_an_alias_that_no_graph_has_makes_its_dangling_edges_real(tmp_path: Path) -> None:
    """As SourceCred's contraction does, which adds the identity whatever was there."""
    root = copy_instance(tmp_path)

    def without_members(value: Any) -> Any:
        graph: dict[str, list[Any]] = value[1]["graphJSON"][1]
        addresses = graph["sortedNodeAddresses"]
        graph["nodes"] = [
            node for node in graph["nodes"] if addresses[node["index"]][2] != "MEMBER"
        ]
        return value

    edit_json(root, DISCORD_GRAPH, without_members)
    whole, found = (
        compare(read_instance(where, UTC), sourcecred_boundaries=True)
        for where in (THREE, root)
    )

    assert [row.ours for row in found.rows] == pytest.approx([row.ours for row in whole.rows])
