"""Dependencies and attributions: whom they may name, and that nobody unknown ends an import."""

from datetime import UTC
from pathlib import Path
from typing import Any

import pytest

from bot.community.communities import Community
from bot.importers.sourcecred.instance import Instance, read_instance
from bot.importers.sourcecred.mapping import map_config
from bot.importers.sourcecred.report import report_lines
from tests.bot.importers.sourcecred.instances import (
    THREE,
    copy_instance,
    edit_json,
    import_from,
)

ADA, BEN, CLEO = "o5DhYjAtzz98ybSbnw7SVw", "joP8H5Et3mYQWvzxkT1NHw", "y5OskVRcbDakP0MWQEWiaQ"
SOURCECRED = "eERu8JZDDjJQQn0AZKFaig"
MERGED_INTO_ADA = "Uef1qXXAhlLztpRunvj6aQ"
DEPENDENCIES, ATTRIBUTIONS = "config/dependencies.json", "config/personalAttributions.json"
PERIODS = [{"startTime": "2022-01-16T00:00:00.000Z", "weight": 0.05}]
PROPORTIONS = [{"startDate": "2022-01-16T00:00:00.000Z", "decimalProportion": 0.25}]


def read_with(tmp_path: Path, file: str, entries: list[dict[str, Any]]) -> Instance:
    """Return the small instance with other rules."""
    root = copy_instance(tmp_path)
    edit_json(root, file, lambda _: entries)
    return read_instance(root, UTC)


def report_text(instance: Instance, file: str) -> str:
    """Return what the report says of a file that was left out."""
    lines = report_lines(instance, map_config(instance))
    return "; ".join(line.skipped for line in lines if line.part == file)


def recipients(instance: Instance) -> list[str]:
    return [dependency.recipient for dependency in instance.dependencies]


def pairs(instance: Instance) -> list[tuple[str, str]]:
    return [(attribution.giver, attribution.receiver) for attribution in instance.attributions]


@pytest.mark.parametrize(
    "named",
    [
        {"id": BEN},
        {"name": "ben"},
        {"name": "BEN"},
        {"name": "ben", "id": None},
        {"name": "ben", "id": ""},
        {"name": "ben", "id": "of an older ledger"},
        {"name": "renamed since", "id": BEN},
    ],
    ids=str,
)
def test_a_dependency_is_known_by_its_id_or_its_name(
    named: dict[str, Any], tmp_path: Path
) -> None:
    instance = read_with(tmp_path, DEPENDENCIES, [{**named, "periods": PERIODS}])

    assert recipients(instance) == [BEN]
    assert report_text(instance, DEPENDENCIES) == ""


@pytest.mark.parametrize(
    ("named", "sentence"),
    [
        ({"name": "nobody-yet"}, "nobody-yet is not in the ledger"),
        ({"id": "ghost"}, "ghost is not in the ledger"),
        ({"id": "ghost", "name": "nobody-yet"}, "nobody-yet is not in the ledger"),
        ({}, "nobody is not in the ledger"),
    ],
    ids=str,
)
@pytest.mark.parametrize("periods", [[], PERIODS], ids=["without periods", "with periods"])
def test_an_unknown_dependency_is_told_and_the_others_count(
    named: dict[str, Any], sentence: str, periods: list[dict[str, Any]], tmp_path: Path
) -> None:
    known = {"id": SOURCECRED, "name": "sourcecred", "periods": PERIODS}

    instance = read_with(tmp_path, DEPENDENCIES, [{**named, "periods": periods}, known])

    assert recipients(instance) == [SOURCECRED]
    assert sentence in report_text(instance, DEPENDENCIES)


def test_a_dependency_listed_twice_counts_once_and_is_told(tmp_path: Path) -> None:
    more = [{"startTime": "2022-01-16T00:00:00.000Z", "weight": 9}]
    twice = [{"id": ADA, "periods": PERIODS}, {"id": MERGED_INTO_ADA, "periods": more}]

    instance = read_with(tmp_path, DEPENDENCIES, twice)

    assert [dependency.periods[0][1] for dependency in instance.dependencies] == [0.05]
    assert "listed twice" in report_text(instance, DEPENDENCIES)


@pytest.mark.parametrize(
    ("giver", "receiver"),
    [
        ({"fromParticipantName": "ben"}, {"toParticipantName": "cleo"}),
        ({"fromParticipantId": BEN}, {"toParticipantName": "Cleo"}),
        ({"fromParticipantId": "ben"}, {"toParticipantId": "@cleo"}),
        (
            {"fromParticipantId": "", "fromParticipantName": "ben"},
            {"toParticipantId": None, "toParticipantName": "cleo"},
        ),
    ],
)
def test_an_attribution_by_names_is_as_good_as_by_ids(
    giver: dict[str, Any], receiver: dict[str, Any], tmp_path: Path
) -> None:
    entry = {**giver, "recipients": [{**receiver, "proportions": PROPORTIONS}]}

    instance = read_with(tmp_path, ATTRIBUTIONS, [entry])

    assert pairs(instance) == [(BEN, CLEO)]
    assert instance.attributions == read_instance(THREE, UTC).attributions


def test_rules_may_name_somebody_by_an_id_that_was_merged(tmp_path: Path) -> None:
    receiver = {"toParticipantId": CLEO, "proportions": PROPORTIONS}
    entry = {"fromParticipantId": MERGED_INTO_ADA, "recipients": [receiver]}

    assert pairs(read_with(tmp_path, ATTRIBUTIONS, [entry])) == [(ADA, CLEO)]


async def test_attributions_that_cannot_be_are_told_and_the_others_are_imported(
    community: Community, tmp_path: Path
) -> None:
    def to(who: str) -> dict[str, Any]:
        return {"toParticipantName": who, "proportions": PROPORTIONS}

    root = copy_instance(tmp_path)
    entries = [
        {"fromParticipantName": "ghost", "recipients": [to("ben")]},
        {"fromParticipantName": "ada", "recipients": [to("ghost"), to("ada"), to("ben")]},
        {"fromParticipantId": MERGED_INTO_ADA, "recipients": [to("ben"), to("cleo")]},
        {"fromParticipantName": "eve"},
    ]
    edit_json(root, ATTRIBUTIONS, lambda _: entries)

    instance, result = await import_from(community, root)

    assert pairs(instance) == [(ADA, BEN), (ADA, CLEO)]
    assert report_text(instance, ATTRIBUTIONS).split("; ") == [
        "from ghost to ben: ghost is not in the ledger",
        "from ada to ghost: ghost is not in the ledger",
        "from ada to ada: both are one person",
        f"from {MERGED_INTO_ADA} to ben: listed twice, and the first counts",
    ]
    numbers = [result.participants[who] for who in (ADA, BEN, CLEO)]
    set_here = {setting.key for setting in community.settings.list()}
    assert f"attributions.{numbers[0]}-{numbers[1]}" in set_here
    assert f"attributions.{numbers[0]}-{numbers[2]}" in set_here
