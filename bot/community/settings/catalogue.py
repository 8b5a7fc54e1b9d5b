"""The catalogue of settings: which settings a community has, given its sources.

A key names one setting ("history.start") or a member of a family ("weights.emoji.👍", of
"weights.emoji.*"). Whatever is not set has its default, so a new community needs no editing.
"""

import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.community.errors import SettingMistakeError
from bot.community.settings import (
    archive_setting,
    digest_setting,
    minting_rules,
    voting_settings,
)
from bot.community.settings.configured_source import ConfiguredSource
from bot.community.settings.definitions import (
    Definition,
    check_not_in_future,
    number_parser,
    optional_parser,
    parse_date,
    parse_edge_weight,
)
from bot.community.settings.known import NOTHING_KNOWN, Known
from bot.community.settings.references import (
    Reader,
    Reference,
    read_any,
    read_list,
    read_role,
    split_list,
)
from bot.community.settings.weight_names import AddressPart, WeightNames
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

_WEIGHTS: Final = "weights."

_parse_weight: Final = number_parser(
    least=0, most=1e9, phrase="a number from 0 to 1,000,000,000"
)
_parse_share: Final = number_parser(least=0, most=1, phrase="a number from 0 to 1")


@dataclass(frozen=True, slots=True)
class CheckedChanges:
    """Changes that can be kept."""

    values: Mapping[str, Json]
    """By canonical key; None: back to the default."""
    notes: Sequence[str]
    """Sentences: what was understood otherwise than typed, and what has no effect yet."""


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
        self.node_names = WeightNames("node", declarations)
        self.edge_names = WeightNames("edge", declarations)
        readers = {
            factor.name: source.key_readers.get(factor.name, read_any)
            for source in sources
            for factor in source.declaration.factors
        }
        self.definitions = (
            *_community_definitions(),
            *_scoring_definitions(),
            *_factor_definitions(self.factors, readers),
            _kind_definition(self.node_names, "2"),
            _kind_definition(self.edge_names, "1 / 0.0625"),
            *archive_setting.DEFINITIONS,
            *voting_settings.DEFINITIONS,
            *digest_setting.DEFINITIONS,
            *minting_rules.minting_definitions(self.node_names.read_budget),
            *(definition for source in sources for definition in source.definitions),
        )

    def find(self, key: str, known: Known = NOTHING_KNOWN) -> tuple[Definition, Reference]:
        """Return a key's definition, and its canonical form with a note about what it names.

        Parameters
        ----------
        known
            What the community has heard of.

        Raises
        ------
        SettingMistakeError
            If there is no such setting; the message names the nearest one.
        """
        for definition in self.definitions:
            if definition.key == key and not definition.is_family:
                return definition, Reference(key)
        for definition in self.definitions:
            name = key.removeprefix(definition.stem)
            if definition.is_family and key.startswith(definition.stem) and name:
                try:
                    named = definition.read_name(name, known)
                except ValueError as error:
                    raise SettingMistakeError(f"the setting {key[:80]}: {error}") from error
                return definition, Reference(definition.stem + named.id, named.note)
        singles = [definition.key for definition in self.definitions]
        name = key.removeprefix(_WEIGHTS).partition(".")[2]
        if key.startswith(_WEIGHTS) and name:
            stems = [each.stem for each in self.definitions if each.is_family]
            singles = [f"{stem}{name}" for stem in stems if stem.startswith(_WEIGHTS)]
        near = difflib.get_close_matches(key, singles, 1, 0.5)
        hint = f'did you mean "{near[0]}"?' if near else "`settings … list` shows all."
        raise SettingMistakeError(f'there is no setting "{key[:80]}"; {hint}')

    def value(self, values: Mapping[str, Json], key: str, known: Known = NOTHING_KNOWN) -> Json:
        """Return the value that holds for a key: the one set, else the default.

        Parameters
        ----------
        values
            What is set, by canonical key.
        known
            What the community has heard of.

        Raises
        ------
        SettingMistakeError
            If there is no such setting.
        """
        definition, reference = self.find(key, known)
        canonical = reference.id
        if canonical in values or not definition.is_family:
            return values.get(canonical, definition.default)
        for other in self.other_spellings(values, canonical):
            return values[other]
        # An unset member of a family: a kind has its own default, a factor's key the factor's.
        for names in (self.node_names, self.edge_names):
            if definition.stem == names.stem:
                return names.default(canonical.removeprefix(definition.stem))
        if definition.stem.startswith("weights."):
            return self.value(values, f"{definition.stem}default")
        return definition.default

    def other_spellings(self, values: Mapping[str, Json], canonical: str) -> Sequence[str]:
        """Return the keys, as they were kept once, that mean the same as a canonical key."""
        for factor in self.factors:
            stem = f"weights.{factor.name}."
            if canonical.startswith(stem):
                wanted = factor.normal_key(canonical.removeprefix(stem))
                return [
                    key
                    for key in values
                    if key.startswith(stem)
                    and key != canonical
                    and factor.normal_key(key.removeprefix(stem)) == wanted
                ]
        return ()

    def parts_of_address(self, key: str) -> Sequence[AddressPart]:
        """Return what the address in a canonical key names; keys without one name nothing."""
        for names, stem in (
            (self.node_names, self.node_names.stem),
            (self.edge_names, self.edge_names.stem),
            (self.node_names, minting_rules.BUDGETS),
        ):
            if key.startswith(stem):
                return [*names.parts_of(names.prefix(key.removeprefix(stem)))]
        return ()

    def check(
        self, changes: Mapping[str, Json], *, now_ms: int, known: Known = NOTHING_KNOWN
    ) -> CheckedChanges:
        """Return changes as they would be kept, by their canonical keys.

        Raises
        ------
        SettingMistakeError
            If a key or value cannot be used; the message says which and why.
        """
        values: dict[str, Json] = {}
        notes: list[str] = []
        for key, value in changes.items():
            definition, reference = self.find(key, known)
            canonical = reference.id
            if value is None:
                values[canonical] = None
                continue
            if _differs(key, canonical):
                notes.append(f"{key} is kept as {canonical}.")
            if reference.note:
                notes.append(f"{canonical}: {reference.note}")
            try:
                parsed = definition.parse(value)
                definition.check(parsed, now_ms)
            except ValueError as error:
                raise SettingMistakeError(
                    f"the setting {canonical} must be {error}, not {str(value)[:60]!r}."
                ) from error
            if definition.read_item is not None and isinstance(parsed, list):
                parsed = _read_items(definition, definition.read_item, parsed, known, notes)
            values[canonical] = parsed
        return CheckedChanges(values, tuple(notes))


def _read_items(
    definition: Definition,
    read: Reader,
    items: Sequence[Json],
    known: Known,
    notes: list[str],
) -> Json:
    """Return what each item of a list names, sorted, and note what has no effect yet."""
    try:
        found = read_list([str(item) for item in items], read, known)
    except ValueError as error:
        raise SettingMistakeError(f"the setting {definition.key}: {error}") from error
    for typed, reference in found:
        if _differs(typed, reference.id):
            notes.append(f"{definition.key}: {typed} is kept as {reference.id}.")
        if reference.note:
            notes.append(f"{definition.key}: {reference.note}")
    ids = {reference.id for _, reference in found}
    return [*sorted(ids, key=lambda item: (len(item), item))]


def _differs(typed: str, kept: str) -> bool:
    """Tell whether somebody who reads both sees a difference."""
    return typed.replace("\ufe0f", "") != kept.replace("\ufe0f", "")


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
        split_list,
        read_item=read_role,
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


def _factor_definitions(
    factors: Iterable[Factor], readers: Mapping[str, Reader]
) -> Iterator[Definition]:
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
            read_name=readers[factor.name],
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
        read_name=names.read,
    )
