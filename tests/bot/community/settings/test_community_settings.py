"""Settings of a community: defaults, validation, versions, and what scoring gets of them."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.community.errors import SettingMistakeError
from bot.community.settings.community_settings import CommunitySettings
from cred.chain.parameters import Parameters
from cred.graph.weights import (
    Declaration,
    EdgeWeight,
    Factor,
    FactorTable,
    Rule,
    Weights,
)
from storage.canonical_json import Json
from storage.file.database import Database
from storage.settings import SettingsLog
from tests.bot.community.settings.declared import FORUM, catalogue_of

NOW = 1_800_000_000_000
"""15 January 2027."""


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with Database.open(tmp_path / "community.db") as opened:
        yield opened


@pytest.fixture
async def settings(database: Database) -> CommunitySettings:
    made = CommunitySettings(SettingsLog(database), catalogue_of(FORUM))
    await made.load()
    return made


async def put(settings: CommunitySettings, key: str, value: Json) -> int:
    return await settings.set({key: value}, author="ada", reason="a test", now_ms=NOW)


async def test_a_new_community_needs_no_editing(settings: CommunitySettings) -> None:
    assert settings.version == 0
    assert settings.in_force.parameters == Parameters()
    assert settings.in_force.weights == Weights(factors={"emoji": FactorTable()})
    assert settings.in_force.history_start_ms is None


async def test_weights_reach_scoring_in_its_own_terms(settings: CommunitySettings) -> None:
    await put(settings, "weights.emoji.👍", "2")
    await put(settings, "weights.emoji.default", "0.5")
    await put(settings, "weights.node.like", 3)
    await put(settings, "weights.node.x/forum/POST/17", 0)
    await put(settings, "weights.edge.authors", "1 / 0.5")
    await put(settings, "scoring.averaging", "1.5")

    assert settings.in_force.weights == Weights(
        nodes={("x", "LIKE"): 3.0, ("x", "forum", "POST", "17"): 0.0},
        edges={("x", "forum", "AUTHORS"): EdgeWeight(1.0, 0.5)},
        factors={"emoji": FactorTable(0.5, {"👍": 2.0})},
        averaging=1.5,
    )


async def test_a_factor_s_own_weights_are_shown_and_changed_like_any_other(
    database: Database,
) -> None:
    trust = Factor("trust", Rule.FIRST, "a level", FactorTable(0.0, {"1": 0.1, "2": 1.0}))
    settings = CommunitySettings(
        SettingsLog(database), catalogue_of(replace(FORUM, factors=(trust,)))
    )
    await settings.load()

    def weights() -> list[tuple[str, Json, bool]]:
        return [
            (setting.key, setting.value, setting.is_default)
            for setting in settings.list()
            if setting.key.startswith("weights.")
        ]

    declared = [("weights.trust.1", 0.1, True), ("weights.trust.2", 1.0, True)]
    assert weights() == [*declared, ("weights.trust.default", 0.0, True)]
    assert settings.in_force.weights.factors["trust"] == trust.weights
    assert (settings.get("weights.trust.1"), settings.get("weights.trust.7")) == (0.1, 0.0)

    await put(settings, "weights.trust.1", 0.5)
    await put(settings, "weights.trust.9", 2)
    await put(settings, "weights.trust.default", 0.25)

    changed = FactorTable(0.25, {"1": 0.5, "2": 1.0, "9": 2.0})
    assert settings.in_force.weights.factors["trust"] == changed
    assert ("weights.trust.1", 0.5, False) in weights()
    await settings.set({"weights.trust.1": None}, author="ada", reason="back", now_ms=NOW)
    assert settings.in_force.weights.factors["trust"].values["1"] == 0.1


async def test_a_web_site_s_address_is_one_part_of_a_node_s(
    settings: CommunitySettings,
) -> None:
    await put(settings, "weights.node.x/forum/POST/https://forum.example.org/7/", 2)
    await put(settings, "weights.node.x/forum/POST/http://forum.example.org", 3)

    assert settings.in_force.weights.nodes == {
        ("x", "forum", "POST", "https://forum.example.org", "7"): 2.0,
        ("x", "forum", "POST", "http://forum.example.org"): 3.0,
    }


async def test_every_change_is_a_version_and_survives_a_restart(
    settings: CommunitySettings, database: Database
) -> None:
    first = await put(settings, "history.start", "2026-01-31")
    second = await put(settings, "weights.node.like", 2)

    again = CommunitySettings(SettingsLog(database), catalogue_of(FORUM))
    await again.load()

    assert (first, second, again.version) == (1, 2, 2)
    assert again.get("history.start") == "2026-01-31"
    assert again.in_force.history_start_ms == 1_769_817_600_000


async def test_a_setting_goes_back_to_its_default(settings: CommunitySettings) -> None:
    await put(settings, "history.start", "2026-01-31")
    await put(settings, "history.start", None)

    assert settings.in_force.history_start_ms is None
    assert [setting.key for setting in settings.list() if not setting.is_default] == []


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("history.strat", "2026-01-01", 'did you mean "history.start"'),
        ("weights.node.liek", 1, 'did you mean "like"'),
        ("weights.emoji.👍", "nan", "must be a number from 0"),
        ("weights.emoji.👍", "-1", "must be a number from 0"),
        ("weights.emoji.👍", "many", "must be a number from 0"),
        ("weights.emoji.👍", [1], "must be a number from 0"),
        ("weights.emoji.👍", True, "must be a number from 0"),
        ("weights.edge.authors", "1", "must be two numbers"),
        ("weights.edge.authors", "1/inf", "must be two numbers"),
        ("history.start", "31.01.2026", "must be a date such as"),
        ("history.start", "2027-01-16", "must be no later than today (UTC)"),
        ("history.start", "9999-12-31", "must be no later than today (UTC)"),
        ("roles.admins", "maintainers", "roles are named by their ids"),
        ("scoring.accrual", "0.95", "the settings scoring.*: seed_return"),
        ("weights.node.x/froum/POST", 1, 'did you mean "x/forum/POST"'),
        ("weights.node.y/", 1, 'there are no nodes under "y/"'),
        ("weights.node./", 1, 'there are no nodes under "/"'),
        ("weights.emoji.", 1, "there is no setting"),
    ],
)
async def test_a_mistake_is_told_and_changes_nothing(
    settings: CommunitySettings, key: str, value: Json, says: str
) -> None:
    with pytest.raises(SettingMistakeError) as refused:
        await settings.set(
            {"history.start": "2020-01-01", key: value}, author="a", reason="", now_ms=NOW
        )

    assert says in str(refused.value)
    assert settings.version == 0
    assert settings.in_force.history_start_ms is None


async def test_today_is_a_day_from_which_on_things_count(settings: CommunitySettings) -> None:
    await put(settings, "history.start", "2027-01-15")

    assert settings.get("history.start") == "2027-01-15"


async def test_the_list_shows_defaults_and_what_was_set(settings: CommunitySettings) -> None:
    await put(settings, "weights.emoji.👍", 2)

    settings_by_key = {setting.key: setting for setting in settings.list()}

    assert settings_by_key["weights.emoji.👍"].value == 2
    assert not settings_by_key["weights.emoji.👍"].is_default
    assert settings_by_key["scoring.accrual"].is_default
    assert "weights.node.*" in {family.key for family in settings.families()}


async def test_what_is_not_set_is_told_as_it_counts(settings: CommunitySettings) -> None:
    await put(settings, "weights.emoji.default", 0.5)

    names = (
        "emoji.👍",
        "node.like",
        "edge.authors",
        "node.x/LIKE/17",
        "edge.x/forum/AUTHORS/1",
    )
    assert [settings.get(f"weights.{name}") for name in names] == [
        0.5,
        4,
        [0.25, 1],
        1,
        [1, 1],
    ]


@pytest.mark.parametrize("typed", ["x/", "/x", "//x//", "x/forum", "x/forum/POST/", "like"])
async def test_every_name_that_is_taken_is_kept_in_one_form(
    settings: CommunitySettings, typed: str
) -> None:
    """It was not: "x/" was kept as "x", which then was no name, and nothing could be listed."""
    await put(settings, f"weights.node.{typed}", 2)

    (kept,) = [setting.key for setting in settings.list() if not setting.is_default]
    assert settings.get(kept) == settings.get(f"weights.node.{typed}") == 2
    await put(settings, kept, 3)
    assert [setting.value for setting in settings.list() if not setting.is_default] == [3]
    (prefix,) = settings.in_force.weights.nodes
    assert prefix == (("x", "LIKE") if typed == "like" else tuple(typed.strip("/").split("/")))


async def test_settings_of_a_kind_that_is_no_more_are_listed(
    settings: CommunitySettings, database: Database
) -> None:
    await put(settings, "weights.node.like", 2)
    other = CommunitySettings(SettingsLog(database), catalogue_of(Declaration("other", (), ())))
    await other.load()

    assert "weights.node.like" in {setting.key for setting in other.list()}
    assert other.in_force.weights.nodes == {("like",): 2.0}
