"""What changes of settings can have no effect, though all that they name is known."""

from collections.abc import Iterator, Mapping
from typing import Final

from bot.community.settings.catalogue import Catalogue
from bot.community.settings.definitions import format_value
from bot.community.settings.known import Known
from cred.graph.weights import Rule
from storage.canonical_json import Json

NAMING_ADDRESSES: Final = ("weights.node.", "weights.edge.", "budgets.")
"""Beginnings of keys that may name a part of an imported graph."""


def effect_notes(
    changes: Mapping[str, Json], values: Mapping[str, Json], catalogue: Catalogue, known: Known
) -> Iterator[str]:
    """Yield a sentence about each change that can have no effect as things are.

    Parameters
    ----------
    changes
        By canonical key.
    values
        All that is set once the changes are made.
    """
    silent: dict[str, list[str]] = {}
    for key, value in changes.items():
        if value is None:
            continue
        source = _source(key, catalogue)
        if source and not known.has_recorded(source):
            silent.setdefault(source, []).append(key)
        yield from _below_default(key, value, values, catalogue)
        yield from _times_nothing(key, values, catalogue, known)
    for source, keys in silent.items():
        listed = ", ".join(keys)
        yield f"Nothing of {source} was recorded yet; until then {listed} changes nothing."


def _source(key: str, catalogue: Catalogue) -> str:
    """Return the source whose contributions a weight is about; "" if there is no one source."""
    for names in (catalogue.node_names, catalogue.edge_names):
        if key.startswith(names.stem):
            return names.sources.get(key.removeprefix(names.stem), "")
    for source in catalogue.sources:
        if any(
            key.startswith(f"weights.{factor.name}.") for factor in source.declaration.factors
        ):
            return source.name
    return ""


def _times_nothing(
    key: str, values: Mapping[str, Json], catalogue: Catalogue, known: Known
) -> Iterator[str]:
    """Yield a sentence if an address's weight multiplies what weighs nothing."""
    for names in (catalogue.node_names, catalogue.edge_names):
        name = key.removeprefix(names.stem)
        if not key.startswith(names.stem) or name in names.kinds:
            continue
        parts = names.prefix(name)
        kinds = names.kinds_at(parts)
        weights = [catalogue.value(values, f"{names.stem}{kind}") for kind in kinds]
        if (
            kinds
            and not any(map(_weighs, weights))
            and not known.is_archived(names.element, parts)
        ):
            yield (
                f"{key} multiplies what weighs 0, so it counts once {names.stem}{kinds[0]} "
                "weighs more."
            )


def _weighs(weight: Json) -> bool:
    return any(weight) if isinstance(weight, list) else bool(weight)


def _below_default(
    key: str, value: Json, values: Mapping[str, Json], catalogue: Catalogue
) -> Iterator[str]:
    """Yield a sentence if the default is larger where only the largest weight counts."""
    for factor in catalogue.factors:
        default_key = f"weights.{factor.name}.default"
        if (
            factor.rule is not Rule.LARGEST
            or not key.startswith(f"weights.{factor.name}.")
            or key == default_key
        ):
            continue
        default = catalogue.value(values, default_key)
        if isinstance(value, float) and isinstance(default, float) and value <= default:
            yield (
                f"{key}: of all weights of a {factor.name} that somebody has, and the default, "
                f"the largest counts. As {default_key} is {format_value(default)}, this "
                "changes nothing."
            )
