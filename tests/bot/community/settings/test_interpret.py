"""What a version's values mean for the scores: of any version, and of the values alone."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.community.errors import SettingMistakeError
from bot.community.settings.interpret import interpret
from bot.community.settings.minting_rules import MintingRules
from cred.chain.parameters import Parameters
from cred.graph.weights import Declaration, EdgeWeight, FactorTable, Weights
from cred.minting.budgets import Budget
from storage.canonical_json import Json
from tests.bot.community.settings.declared import FORUM, catalogue_of

VALUES: Final[Mapping[str, Json]] = MappingProxyType(
    {
        "attributions.3-4": [["2022-01-02", 0.25]],
        "budgets.x/forum": [["1970-01-01", 4.0]],
        "history.start": "2026-01-31",
        "scoring.accrual": 0.2,
        "scoring.averaging": 1.5,
        "scoring.sourcecred-boundaries": True,
        "sourcecred.archive": ["discord", "github"],
        "weights.edge.authors": [1.0, 0.5],
        "weights.emoji.default": 0.5,
        "weights.emoji.👍": 2.0,
        "weights.node.like": 3.0,
        "weights.node.x/forum/POST/17": 0.0,
    }
)
"""One value of every kind, as the log keeps them."""


def test_no_values_mean_the_declarations_alone() -> None:
    settings = interpret({}, catalogue_of(FORUM))

    assert settings.weights == Weights(factors={"emoji": FactorTable()})
    assert settings.parameters == Parameters()
    assert settings.minting == MintingRules()
    assert settings.source_rules == {"forum": "None"}
    assert (settings.archives, settings.history_start_ms) == ((), None)


def test_every_kind_of_value_reaches_scoring_in_its_own_terms() -> None:
    settings = interpret(VALUES, catalogue_of(FORUM))

    assert settings.weights == Weights(
        nodes={("x", "LIKE"): 3.0, ("x", "forum", "POST", "17"): 0.0},
        edges={("x", "forum", "AUTHORS"): EdgeWeight(1.0, 0.5)},
        factors={"emoji": FactorTable(0.5, {"👍": 2.0})},
        averaging=1.5,
    )
    assert settings.parameters == Parameters(accrual=0.2)
    assert settings.minting.budgets == (Budget(("x", "forum"), ((0, 4.0),)),)
    assert settings.minting.accounts == {3, 4}
    assert settings.minting.sourcecred_boundaries
    assert settings.source_rules == {"forum": "2026-01-31"}
    assert settings.archives == ("discord", "github")
    assert settings.history_start_ms == 1_769_817_600_000


@given(st.sets(st.sampled_from(sorted(VALUES))))
def test_the_same_values_mean_the_same_each_time(keys: set[str]) -> None:
    values = {key: VALUES[key] for key in keys}
    before = dict(values)

    first = interpret(values, catalogue_of(FORUM))
    again = interpret(dict(sorted(values.items(), reverse=True)), catalogue_of(FORUM))

    assert first == again
    assert values == before


@given(
    st.dictionaries(
        st.sampled_from(
            ["forum.gone", "weights.gone.7", "weights.gone.default", "gone", "weights.gone"]
        ),
        st.sampled_from([1.0, "text", [1.0, 2.0], True]),
    )
)
def test_settings_that_there_are_no_more_change_nothing(values: Mapping[str, Json]) -> None:
    catalogue = catalogue_of(FORUM)

    assert interpret({**VALUES, **values}, catalogue) == interpret(VALUES, catalogue)


def test_weights_of_a_source_that_is_no_more_name_nothing_that_there_is() -> None:
    weights = interpret(VALUES, catalogue_of(Declaration("other", (), ()))).weights

    assert set(weights.nodes) == {("like",), ("x", "forum", "POST", "17")}
    assert set(weights.edges) == {("authors",)}
    assert weights.factors == {}


def test_parameters_that_do_not_fit_together_are_refused() -> None:
    with pytest.raises(SettingMistakeError, match=r"the settings scoring\.\*: seed_return"):
        interpret({"scoring.accrual": 0.95}, catalogue_of(FORUM))
