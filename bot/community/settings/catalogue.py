"""The catalogue of settings: which settings a community has, given its sources.

A key names one setting ("history.start") or a member of a family ("weights.emoji.👍", of
"weights.emoji.*"). Whatever is not set has its default, so a new community needs no editing.
"""

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from bot.community.errors import SettingMistakeError
from bot.community.settings import archive_setting, minting_rules
from bot.community.settings.configured_source import ConfiguredSource
from bot.community.settings.definitions import (
    Definition,
    check_not_in_future,
    number_parser,
    optional_parser,
    parse_date,
    parse_edge_weight,
    parse_ids,
)
from bot.community.settings.weight_names import WeightNames
from cred.chain.parameters import Parameters
from cred.graph.weights import Factor
from storage.canonical_json import Json

HISTORY_START: Final = "history.start"
AVERAGING: Final = "scoring.averaging"
PARAMETERS: Final = {
    "seed_return": "how much of the flow returns to the seed at each step (alpha)",
    "accrual": "how much of what reaches a person counts as their cred (beta)",
    "webbing_forward": "how much flows on to the same person's next week",
    "webbing_backward": "how much flows back to the same person's week before",
}
"""CredRank's parameters, each set by "scoring." and its name, with what it is."""

_parse_weight: Final = number_parser(
    least=0, most=1e9, phrase="a number from 0 to 1,000,000,000"
)
_parse_share: Final = number_parser(least=0, most=1, phrase="a number from 0 to 1")


class Catalogue:
    """All settings that a community can have.

    Parameters
    ----------
    sources
        The community's sources: their kinds and factors have weights, and each adds settings
        of its own.
    """

    def __init__(self, sources: Sequence[ConfiguredSource]) -> None:
        self.sources = tuple(sources)
        declarations = [source.declaration for source in sources]
        self.factors = tuple(factor for declared in declarations for factor in declared.factors)
        self.node_names = WeightNames(
            "node", [kind for declared in declarations for kind in declared.nodes]
        )
        self.edge_names = WeightNames(
            "edge", [kind for declared in declarations for kind in declared.edges]
        )
        self.definitions = (
            *_community_definitions(),
            *_scoring_definitions(),
            *_factor_definitions(self.factors),
            _kind_definition(self.node_names, "2"),
            _kind_definition(self.edge_names, "1 / 0.0625"),
            *archive_setting.DEFINITIONS,
            *minting_rules.DEFINITIONS,
            *(definition for source in sources for definition in source.definitions),
        )

    def find(self, key: str) -> tuple[Definition, str]:
        """Return a key's definition and its canonical form.

        Raises
        ------
        SettingMistakeError
            If there is no such setting; the message names the nearest one.
        """
        for definition in self.definitions:
            if definition.key == key and not definition.is_family:
                return definition, key
        for definition in self.definitions:
            name = key.removeprefix(definition.stem)
            if definition.is_family and key.startswith(definition.stem) and name:
                try:
                    return definition, definition.stem + definition.canonical_name(name)
                except ValueError as error:
                    raise SettingMistakeError(f"the setting {key[:80]}: {error}") from error
        known = [definition.key for definition in self.definitions]
        near = difflib.get_close_matches(key, known, 1, 0.5)
        hint = f'did you mean "{near[0]}"?' if near else "`settings … list` shows all."
        raise SettingMistakeError(f'there is no setting "{key[:80]}"; {hint}')

    def value(self, values: Mapping[str, Json], key: str) -> Json:
        """Return the value that holds for a key: the one set, else the default.

        Parameters
        ----------
        values
            What is set, by canonical key.

        Raises
        ------
        SettingMistakeError
            If there is no such setting.
        """
        definition, canonical = self.find(key)
        if canonical in values or not definition.is_family:
            return values.get(canonical, definition.default)
        # An unset member of a family: a kind has its own default, a factor's key the factor's.
        for names in (self.node_names, self.edge_names):
            if definition.stem == names.stem:
                return names.default(canonical.removeprefix(definition.stem))
        if definition.stem.startswith("weights."):
            return self.value(values, f"{definition.stem}default")
        return definition.default

    def check(self, changes: Mapping[str, Json], *, now_ms: int) -> Mapping[str, Json]:
        """Return changes as they would be kept, by their canonical keys.

        Raises
        ------
        SettingMistakeError
            If a key or value cannot be used; the message says which and why.
        """
        checked: dict[str, Json] = {}
        for key, value in changes.items():
            definition, canonical = self.find(key)
            if value is None:
                checked[canonical] = None
                continue
            try:
                checked[canonical] = definition.parse(value)
                definition.check(checked[canonical], now_ms)
            except ValueError as error:
                raise SettingMistakeError(
                    f"the setting {canonical} must be {error}, not {str(value)[:60]!r}."
                ) from error
        return checked


def _community_definitions() -> Iterator[Definition]:
    yield Definition(
        HISTORY_START,
        None,
        "Nothing before this date (UTC) is read or counted.",
        "2026-01-31",
        optional_parser(parse_date),
        check=check_not_in_future,
    )
    yield Definition(
        "roles.admins",
        [],
        "Roles that may use admin commands, beside those who manage the server.",
        "123456789012345678",
        parse_ids,
    )


def _scoring_definitions() -> Iterator[Definition]:
    for name, meaning in PARAMETERS.items():
        yield Definition(
            f"scoring.{name}",
            float(getattr(Parameters(), name)),
            f"CredRank: {meaning}.",
            "0.1",
            _parse_share,
        )
    yield Definition(
        AVERAGING,
        None,
        "Divide each reaction's weight by the summed role weights of all who reacted to "
        "the message, plus this number; off: don't.",
        "1",
        optional_parser(_parse_weight),
    )


def _factor_definitions(factors: Iterable[Factor]) -> Iterator[Definition]:
    """Define a factor's default, each weight that it declares, and the family of all others."""
    # Several sources may declare the same factor; the last declaration counts.
    for factor in {factor.name: factor for factor in factors}.values():
        yield Definition(
            f"weights.{factor.name}.default",
            factor.weights.default,
            f"Weight of each {factor.name} that has none of its own.",
            "1",
            _parse_weight,
        )
        for key, weight in factor.weights.values.items():
            yield Definition(
                f"weights.{factor.name}.{key}",
                weight,
                f"Weight of the {factor.name} {key}.",
                "1",
                _parse_weight,
            )
        yield Definition(
            f"weights.{factor.name}.*",
            None,
            f"Weight of one {factor.name}, named by {factor.keys_are}.",
            "2",
            _parse_weight,
            canonical_name=_canonical_factor_key,
        )


def _kind_definition(names: WeightNames, example: str) -> Definition:
    return Definition(
        key=f"{names.stem}*",
        default=None,
        help=f"Weight of a kind of {names.element} ({', '.join(names.kinds)}), or of "
        "everything whose address starts with what you write (parts joined by /). A kind's "
        "weight replaces its default; any other multiplies.",
        example=example,
        parse=_parse_weight if names.element == "node" else parse_edge_weight,
        canonical_name=names.canonical_name,
    )


def _canonical_factor_key(typed: str) -> str:
    """Return a factor's key however it was typed or pasted.

    A link stands for its last part. Platforms write a custom emoji, a channel or a role as
    <:name:id>, <#id>, <@&id>.
    """
    name = typed.rstrip("/").rpartition("/")[2] if "://" in typed else typed
    if name.startswith("<") and name.endswith(">"):
        name = name[1:-1].removeprefix("a:").strip(":#@&")
    if not name:
        raise ValueError("say what the weight is for.")
    return name
