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
    NOW,
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
        ({"id": 7}, "7 is not in the ledger"),
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


def test_what_sourcecred_would_begin_to_mint_at_its_next_run_is_told(tmp_path: Path) -> None:
    entry = {"name": "sourcecred", "autoInjectStartingPeriodWeight": 0.05}

    instance = read_with(tmp_path, DEPENDENCIES, [entry])

    assert recipients(instance) == [SOURCECRED]
    assert "begun to mint 0.05 of all for it" in report_text(instance, DEPENDENCIES)


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


@pytest.mark.parametrize("who", [BEN, CLEO, SOURCECRED])
async def test_rules_about_somebody_erased_stay_and_the_import_goes_through_again(
    community: Community, who: str
) -> None:
    def rules() -> dict[str, object]:
        stems = ("dependencies.", "attributions.")
        return {
            setting.key: setting.value
            for setting in community.settings.list()
            if setting.key.startswith(stems)
        }

    _, first = await import_from(community, THREE)
    before = rules()
    await community.identities.refresh()
    await community.identities.erase_person(first.participants[who], NOW)

    _, again = await import_from(community, THREE)

    assert len(before) == 2
    assert rules() == before
    assert who not in again.participants
    (line,) = (line for line in again.report if line.part == "people erased here")
    assert line.skipped.startswith("1 person was erased here")


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


def test_keys_of_rules_that_are_not_known_are_told_at_any_depth(tmp_path: Path) -> None:
    root = copy_instance(tmp_path)

    def misspell(value: Any) -> Any:
        """Add a key of another spelling to every object."""
        if isinstance(value, list):
            return [misspell(item) for item in value]
        if isinstance(value, dict):
            return {key: misspell(item) for key, item in value.items()} | {"wieght": 1}
        return value

    def misspell_periods(value: Any) -> Any:
        plugins = {name: misspell(periods) for name, periods in value["plugins"].items()}
        return {**value, "plugins": plugins, "x": 1}

    edit_json(root, DEPENDENCIES, misspell)
    edit_json(root, ATTRIBUTIONS, misspell)
    edit_json(root, "config/pluginBudgets.json", misspell_periods)
    instance = read_instance(root, UTC)

    assert report_text(instance, DEPENDENCIES) == (
        "[0].wieght (not known); [0].periods[0].wieght (not known)"
    )
    assert report_text(instance, ATTRIBUTIONS) == (
        "[0].wieght (not known); [0].recipients[0].wieght (not known); "
        "[0].recipients[0].proportions[0].wieght (not known)"
    )
    assert report_text(instance, "config/pluginBudgets.json") == (
        "x (not known); plugins.sourcecred/discord[0].wieght (not known); "
        "plugins.sourcecred/discord[1].wieght (not known)"
    )
    assert len(instance.budgets) == len(instance.dependencies) == len(pairs(instance)) == 1
