"""`interpret`: what any version of a community's settings means for its scores.

Pure: the values alone decide, whether they are in force, were in force once, or are only
proposed.
"""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeGuard

from bot.community.errors import SettingMistakeError
from bot.community.settings.archive_setting import ARCHIVE_SETTING
from bot.community.settings.catalogue import AVERAGING, HISTORY_START, PARAMETERS, Catalogue
from bot.community.settings.definitions import date_ms
from bot.community.settings.minting_rules import MintingRules, interpret_minting_rules
from bot.community.settings.weight_names import WeightNames
from cred.addresses import Address
from cred.chain.parameters import Parameters
from cred.errors import InvalidInputError
from cred.graph.weights import EdgeWeight, Factor, FactorTable, Weights
from storage.canonical_json import Json


@dataclass(frozen=True, slots=True)
class ScoringSettings:
    """One version of the settings, as scoring takes it."""

    weights: Weights
    """Only what differs from the sources' declarations, but every factor's whole table."""
    parameters: Parameters
    minting: MintingRules
    source_rules: Mapping[str, Hashable]
    """What shapes a source's structure (`ConfiguredSource.rules`), by the source's name."""
    archives: tuple[str, ...]
    """Plugins whose archives stand in for the sources of the same names."""
    history_start_ms: int | None
    """First moment that counts; None: everything does."""


def interpret(values: Mapping[str, Json], catalogue: Catalogue) -> ScoringSettings:
    """Return what a version's values mean.

    Parameters
    ----------
    values
        What the version sets, by canonical key, as the log keeps it. Settings that the
        catalogue has no more, such as weights of a kind that no source declares, change
        nothing.
    catalogue
        The settings that there are.

    Raises
    ------
    SettingMistakeError
        If CredRank's parameters do not fit together.
    """
    get = partial(catalogue.value, values)
    chosen = get(ARCHIVE_SETTING)
    return ScoringSettings(
        weights=_weights(values, catalogue),
        parameters=_parameters(values),
        minting=interpret_minting_rules(values),
        source_rules={source.name: source.rules(get) for source in catalogue.sources},
        archives=tuple(str(name) for name in chosen) if isinstance(chosen, list) else (),
        history_start_ms=date_ms(get(HISTORY_START)),
    )


def _weights(values: Mapping[str, Json], catalogue: Catalogue) -> Weights:
    averaging = catalogue.value(values, AVERAGING)
    return Weights(
        nodes={
            prefix: float(value)
            for prefix, value in _by_prefix(values, catalogue.node_names)
            if _is_number(value)
        },
        edges={
            prefix: _edge_weight(value)
            for prefix, value in _by_prefix(values, catalogue.edge_names)
        },
        factors={factor.name: _factor_table(values, factor) for factor in catalogue.factors},
        averaging=float(averaging) if _is_number(averaging) else None,
    )


def _by_prefix(
    values: Mapping[str, Json], names: WeightNames
) -> Iterator[tuple[Address, Json]]:
    for key, value in values.items():
        if key.startswith(names.stem):
            yield names.prefix(key.removeprefix(names.stem)), value


def _factor_table(values: Mapping[str, Json], factor: Factor) -> FactorTable:
    stem = f"weights.{factor.name}."
    listed = {
        key.removeprefix(stem): float(value)
        for key, value in values.items()
        if key.startswith(stem) and _is_number(value)
    }
    default = listed.pop("default", factor.weights.default)
    normal = {factor.normal_key(key): value for key, value in listed.items()}
    # Of one key that is written in two ways, what stands in its normal form counts.
    normal |= {key: value for key, value in listed.items() if key in normal}
    return FactorTable(default, {**factor.weights.values, **normal})


def _parameters(values: Mapping[str, Json]) -> Parameters:
    chosen = {name: values.get(f"scoring.{name}") for name in PARAMETERS}
    try:
        return Parameters(
            **{name: float(value) for name, value in chosen.items() if _is_number(value)}
        )
    except InvalidInputError as error:
        raise SettingMistakeError(f"the settings scoring.*: {error}") from error


def _edge_weight(value: Json) -> EdgeWeight:
    if not isinstance(value, list):
        raise TypeError(f"an edge weight is kept as a pair, not {value!r}")
    forward, backward = (float(item) for item in value if _is_number(item))
    return EdgeWeight(forward, backward)


def _is_number(value: Json) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
