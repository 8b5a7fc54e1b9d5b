"""Budgets, minting for dependencies and attributions, as a community sets them."""

import pytest

from bot.community.errors import SettingMistakeError
from bot.community.settings.definitions import format_value
from bot.community.settings.minting_rules import (
    MintingRules,
    check_minting_rules,
    interpret_minting_rules,
    periods_json,
    periods_parser,
)
from cred.epochs import WEEK_MS
from storage.canonical_json import Json
from tests.bot.community.settings.declared import FORUM, catalogue_of

PARSE = periods_parser("a number from 0 up", 1e12)
START = 1_641_081_600_000
"""2022-01-02, a Sunday."""


def test_periods_are_kept_as_moments_with_numbers_however_they_are_typed() -> None:
    kept = PARSE("2022-01-02: 4, 2022-01-23T12:00:00Z: 3")

    assert kept == [["2022-01-02", 4.0], ["2022-01-23T12:00:00Z", 3.0]]
    assert PARSE(kept) == kept
    assert format_value(kept) == "2022-01-02: 4, 2022-01-23T12:00:00Z: 3"
    assert PARSE(format_value(kept)) == kept
    assert PARSE([["2022-01-02T05:00:00+05:00", 1]]) == [["2022-01-02", 1.0]]
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
        PARSE(typed)


@pytest.mark.parametrize(
    ("key", "value", "sentence"),
    [
        ("budgets./", "2022-01-02: 4", "say what the budget is for"),
        ("dependencies.ada", "2022-01-02: 1", "or the number of an account"),
        ("attributions.3", "2022-01-02: 1", "from whom to whom"),
        ("attributions.3-3", "2022-01-02: 1", "from whom to whom"),
        ("attributions.3-4", "2022-01-02: 1.5", "a number from 0 to 1"),
    ],
)
def test_rules_that_cannot_be_are_refused_with_the_reason(
    key: str, value: str, sentence: str
) -> None:
    with pytest.raises(SettingMistakeError, match=sentence):
        catalogue_of(FORUM).check({key: value}, now_ms=START)


def test_settings_become_rules_with_people_by_their_numbers() -> None:
    rules = interpret_minting_rules(
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
    assert interpret_minting_rules({}) == MintingRules()


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (
            {
                "budgets.sourcecred": [["2022-01-02", 4.0]],
                "budgets.sourcecred/discord": [["2022-01-02", 4.0]],
            },
            "budgets for 'sourcecred' and 'sourcecred/discord' overlap",
        ),
        (
            {
                "attributions.1-2": [["2022-01-02", 0.2], ["2022-01-23", 0.6]],
                "attributions.1-3": [["2022-01-09", 0.5]],
            },
            "attributions from '1' sum to 1.1; at most 1 can be given",
        ),
    ],
)
def test_rules_that_cannot_stand_together_are_refused(
    values: dict[str, Json], sentence: str
) -> None:
    with pytest.raises(SettingMistakeError, match=sentence):
        check_minting_rules(interpret_minting_rules(values))


def test_all_may_be_passed_on_and_a_share_may_move_on_to_somebody_else() -> None:
    third = 1 / 3
    check_minting_rules(
        interpret_minting_rules(
            {
                "attributions.1-2": [["2022-01-02", third]],
                "attributions.1-3": [["2022-01-02", third]],
                "attributions.1-4": [["2022-01-02", third], ["2022-01-09", 0.0]],
                "attributions.1-5": [["2022-01-09", third]],
                "attributions.2-1": [["2022-01-02", 1.0]],
            }
        )
    )
