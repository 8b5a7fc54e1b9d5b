"""Why published cred differs: people who are missing, and reasons that fit the size."""

from collections.abc import Callable
from datetime import UTC
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bot.importers.sourcecred.comparison import CredComparison, compare
from bot.importers.sourcecred.comparison.cred_table import CredTable, ranked_cred
from bot.importers.sourcecred.comparison.reasons import largest_misfit, lost_bonus
from bot.importers.sourcecred.instance import read_instance
from cred.epochs import WEEK_MS
from cred.files.graph_file import parse_graph_file
from tests.bot.importers.sourcecred.instances import DISCORD_GRAPH, copy_instance, edit_json
from tests.cred.vectors import pipeline

VIEW, ACCOUNTS = "output/credGrainView", "output/accounts.json"
PEOPLE = {
    "ben": "joP8H5Et3mYQWvzxkT1NHw",  # passes on cred
    "cleo": "y5OskVRcbDakP0MWQEWiaQ",  # is given cred
    "finn": "dI50muzGi8ViB7tKnSN1lQ",
    "gwen": "xMfVZFXxxIWSxxZrS94HNQ",
    "helper-bot": "vkcqgoHDRcJvEq3UqEH9Uw",
    "sourcecred": "eERu8JZDDjJQQn0AZKFaig",  # a dependency
}
MERGED_INTO_ADA = "Uef1qXXAhlLztpRunvj6aQ"
NOT_OF_THESE = "The scores are not of these files"

Change = Callable[[Path], object]


def compare_with(
    tmp_path: Path, *changes: Change, sourcecred_boundaries: bool = True
) -> CredComparison:
    """Compare the small instance after some changes."""
    root = copy_instance(tmp_path)
    for change in changes:
        change(root)
    return compare(read_instance(root, UTC), sourcecred_boundaries=sourcecred_boundaries)


def reasons_of(comparison: CredComparison) -> str:
    return "\n".join(comparison.reasons)


def without(id_: str) -> Change:
    """Take somebody out of the ledger."""

    def change(root: Path) -> None:
        ledger = root / "data" / "ledger.json"
        lines = ledger.read_text().splitlines()
        ledger.write_text("\n".join(line for line in lines if id_ not in line))

    return change


def view(change: Callable[[dict[str, Any]], object]) -> Change:
    """Change the published scores."""

    def edit(value: dict[str, Any]) -> dict[str, Any]:
        change(value)
        return value

    return lambda root: edit_json(root, VIEW, edit)


def scale(factor: float, *only: str) -> Change:
    """Multiply the published scores of everybody, or of some."""

    def change(value: dict[str, Any]) -> None:
        for person in value["participants"]:
            if not only or person["identity"]["name"] in only:
                weeks = person["credPerInterval"]
                person["credPerInterval"] = [factor * cred for cred in weeks]

    return view(change)


@pytest.mark.parametrize("name", PEOPLE)
def test_who_was_published_but_is_not_in_the_ledger_stays_in_the_table_and_is_told(
    name: str, tmp_path: Path
) -> None:
    whole = {row.id: row for row in compare_with(tmp_path / "whole").rows}

    found = compare_with(tmp_path / "part", without(PEOPLE[name]))

    row = next(row for row in found.rows if row.id == PEOPLE[name])
    assert (row.name, row.in_ledger, row.ours) == (name, False, 0.0)
    assert row.published == whole[row.id].published
    assert [other.id for other in found.rows if not other.in_ledger] == [row.id]
    assert found.reasons[0].startswith(NOT_OF_THESE)
    assert "SourceCred stops" not in reasons_of(found)
    assert f"is older than the scores or of another instance: {name}." in reasons_of(found)


def test_who_stands_in_a_rule_but_not_in_the_ledger_is_told_there_too(tmp_path: Path) -> None:
    found = compare_with(tmp_path, without(PEOPLE["ben"]), without(PEOPLE["sourcecred"]))

    assert "config/dependencies.json: sourcecred is not in the ledger" in reasons_of(found)
    assert "from ben to cleo: ben is not in the ledger" in reasons_of(found)


def test_a_rule_without_effect_is_no_reason(tmp_path: Path) -> None:
    def add(value: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [*value, {"name": "nobody-yet", "periods": []}]

    found = compare_with(
        tmp_path, scale(1.1), lambda root: edit_json(root, "config/dependencies.json", add)
    )

    assert len(found.reasons) == 1


def test_an_empty_ledger_leaves_everybody_published_in_the_table(tmp_path: Path) -> None:
    found = compare_with(tmp_path, lambda root: (root / "data/ledger.json").write_text("[]"))

    assert len(found.rows) == 9
    assert found.ours == 0.0
    assert found.reasons[0].startswith(NOT_OF_THESE)


def test_who_is_in_the_ledger_but_was_not_published_is_told(tmp_path: Path) -> None:
    found = compare_with(tmp_path, view(lambda value: value["participants"].pop(0)))

    assert (found.rows[0].name, found.rows[0].published) == ("ada", None)
    assert found.reasons[0].startswith(f"{NOT_OF_THESE}: ada was published with 0 cred")
    assert f"In data/ledger.json, but not in {VIEW}, which is older: ada." in reasons_of(found)


def test_who_was_merged_since_has_the_sum_of_what_was_published(tmp_path: Path) -> None:
    def split(value: dict[str, Any]) -> None:
        ada = value["participants"][0]
        halves = [0.5 * cred for cred in ada["credPerInterval"]]
        ada["credPerInterval"] = halves
        other = {"id": MERGED_INTO_ADA, "name": "Ada-L"}
        value["participants"].append({"identity": other, "credPerInterval": halves})

    found = compare_with(tmp_path, view(split))

    assert len(found.rows) == 9
    assert found.rows[0].published == pytest.approx(22.9197, abs=1e-4)
    assert "SourceCred stops" in found.reasons[0]


@pytest.mark.parametrize("factor", [1.1, 1.002, 0.99, 0.0])
def test_the_stopping_rule_explains_nothing_that_is_larger_than_a_thousandth(
    factor: float, tmp_path: Path
) -> None:
    found = compare_with(tmp_path, scale(factor))

    assert found.reasons[0].startswith(f"{NOT_OF_THESE}: ada was published with")
    assert len(found.reasons) == 1


def test_equal_sums_do_not_hide_that_two_people_s_scores_differ(tmp_path: Path) -> None:
    def swap(value: dict[str, Any]) -> None:
        ada, ben = value["participants"][:2]
        for key in ("cred", "credPerInterval"):
            ada[key], ben[key] = ben[key], ada[key]

    found = compare_with(tmp_path, view(swap))

    assert found.published == pytest.approx(found.ours, rel=1e-6)
    assert found.reasons[0].startswith(NOT_OF_THESE)


def test_a_thousandth_less_is_explained_by_the_stopping_rule(tmp_path: Path) -> None:
    found = compare_with(tmp_path, scale(1.0004))

    assert [reason[:22] for reason in found.reasons] == ["SourceCred stops when "]


def test_other_weeks_are_told(tmp_path: Path) -> None:
    def later(value: dict[str, Any]) -> None:
        for interval in value["intervals"]:
            for key in interval:
                interval[key] += WEEK_MS

    found = compare_with(tmp_path, view(later))

    assert found.worst is not None
    assert abs(found.worst.difference) < 1e-4  # the same in all
    assert "in the week of 2 Jan 2022" in found.reasons[0]
    assert found.reasons[1] == (
        "The scores are of 7 weeks from 9 Jan 2022 to 20 Feb 2022, the graphs of 7 weeks from "
        "2 Jan 2022 to 13 Feb 2022."
    )


def test_another_number_of_weeks_is_told(tmp_path: Path) -> None:
    def drop_the_last(value: dict[str, Any]) -> None:
        value["intervals"].pop()
        for person in value["participants"]:
            person["credPerInterval"].pop()

    found = compare_with(tmp_path, view(drop_the_last))

    assert found.reasons[0].startswith(NOT_OF_THESE)
    assert "The scores are of 6 weeks" in found.reasons[1]


def test_weeks_without_cred_behind_the_graph_s_last_are_no_difference(tmp_path: Path) -> None:
    """The view also covers the weeks of distributions: SPEC-sourcecred.md §8."""

    def add_a_week(value: dict[str, Any]) -> None:
        last = value["intervals"][-1]
        value["intervals"].append({key: at + WEEK_MS for key, at in last.items()})
        for person in value["participants"]:
            person["credPerInterval"].append(0)

    found = compare_with(tmp_path, view(add_a_week))

    assert [reason[:22] for reason in found.reasons] == ["SourceCred stops when "]


def test_a_missing_graph_is_told_as_a_reason(tmp_path: Path) -> None:
    found = compare_with(tmp_path, lambda root: (root / DISCORD_GRAPH).unlink())

    assert found.reasons[0].startswith("There is no graph of sourcecred/discord")
    assert "was published with" in found.reasons[0]
    assert NOT_OF_THESE not in reasons_of(found)


def test_timelinecred_credequate_and_missing_parameters_are_told_if_nothing_else_fits(
    tmp_path: Path,
) -> None:
    def equate(value: dict[str, Any]) -> dict[str, Any]:
        return {**value, "credEquatePlugins": ["sourcecred/discord"]}

    changes: list[Change] = [
        lambda root: edit_json(root, "sourcecred.json", equate),
        lambda root: (root / "output/credResult.json").write_text("[]"),
    ]
    fitting = compare_with(tmp_path / "fitting", *changes)
    other = compare_with(
        tmp_path / "other",
        *changes,
        scale(1.3),
        lambda root: (root / "output/credGraph").unlink(),
    )

    assert len(fitting.reasons) == 1
    assert other.reasons[0].startswith(NOT_OF_THESE)
    for clue in ("TimelineCred", "CredEquate", "No output/credGraph"):
        assert clue in reasons_of(other)


def test_what_counts_in_another_week_is_given_with_its_size(tmp_path: Path) -> None:
    found = compare_with(tmp_path, sourcecred_boundaries=False)

    assert found.reasons[0].startswith("SourceCred stops")
    assert "(up to 0.22 in somebody's week)" in found.reasons[1]
    assert found.largest_weekly_difference == pytest.approx(0.22, abs=0.005)


def test_dates_of_attributions_are_a_reason_only_if_they_change_something(
    tmp_path: Path,
) -> None:
    def move(at: str) -> Change:
        def change(value: list[dict[str, Any]]) -> list[dict[str, Any]]:
            value[0]["recipients"][0]["proportions"][0]["startDate"] = at
            return value

        return lambda root: edit_json(root, "config/personalAttributions.json", change)

    next_week = compare_with(tmp_path / "next", move("2022-01-16T08:00:00Z"))
    same_week = compare_with(tmp_path / "same", move("2022-01-15T16:00:00Z"))

    assert "-8 hours off ours" in next_week.reasons[1]
    assert next_week.reasons[0].startswith("SourceCred stops")
    assert len(same_week.reasons) == 1


def test_a_bonus_of_the_first_week_is_lost_in_sourcecred_and_explains_as_much(
    tmp_path: Path,
) -> None:
    def from_the_start(value: list[dict[str, Any]]) -> list[dict[str, Any]]:
        value[0]["periods"] = [{"startTime": "2021-01-03T00:00:00.000Z", "weight": 0.0001}]
        return value

    def bonus(root: Path) -> None:
        edit_json(root, "config/dependencies.json", from_the_start)

    found = compare_with(tmp_path, bonus)

    assert "in the first week (0.00" in reasons_of(found)
    assert found.reasons[0].startswith(NOT_OF_THESE)  # the other weeks' bonus is missing, too


@pytest.mark.parametrize("vector", ["07-dependency-minting.json", "09-everything.json"])
def test_what_sourcecred_loses_in_the_first_week_explains_its_numbers(vector: str) -> None:
    """In these vectors of SourceCred's, a bonus of the first week leaks."""
    case = pipeline(vector)
    ranking = parse_graph_file(case["input"]).rank(sourcecred_boundaries=True)
    people = case["expected"]["participants"]
    published = CredTable(
        tuple(person["id"] for person in people),
        tuple(case["expected"]["epochStarts"]),
        np.array([person["credPerInterval"] for person in people]),
    )
    mint, lost = ranking.scores.total_mint, lost_bonus(ranking)

    assert lost > 0.1
    assert largest_misfit(ranked_cred(ranking), published, mint, lost) is None
    assert largest_misfit(ranked_cred(ranking), published, mint, 0.0) is not None


def test_oldest_accounts_give_ends_of_weeks_and_accounts_that_nobody_claimed(
    tmp_path: Path,
) -> None:
    member = "N\0sourcecred\0discord\0MEMBER\0user\0{}\0"

    def older(value: dict[str, Any]) -> dict[str, Any]:
        intervals = value.pop("intervals")
        value["intervalEndpoints"] = [interval["endTimeMs"] for interval in intervals]
        nothing, some = [0] * len(intervals), [0.5] * len(intervals)
        value["unclaimedAliases"] = [
            {"address": member.format("99"), "description": "discord/zoe#1", "cred": some},
            {"alias": {"address": member.format("98"), "description": "x"}, "cred": nothing},
            # claimed by ada since
            {"alias": {"address": member.format("100000000000000011")}, "cred": some},
        ]
        return value

    found = compare_with(
        tmp_path,
        lambda root: (root / VIEW).unlink(),
        lambda root: edit_json(root, ACCOUNTS, older),
    )

    assert [row.name for row in found.rows if not row.in_ledger] == ["discord/zoe#1"]
    assert found.rows[-1].published == pytest.approx(3.5)
    assert found.rows[0].published == pytest.approx(22.9197 + 3.5, abs=1e-4)
    assert found.reasons[0].startswith(NOT_OF_THESE)
