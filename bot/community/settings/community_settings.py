"""A community's settings: versioned, validated, and turned into what scoring needs.

Every change is a new version in an append-only log, with author and reason. What is not set
has its default, so a new community needs no editing. Unknown names are refused with the
nearest known one.
"""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeGuard

from bot.community.errors import SettingMistakeError
from bot.community.settings import archived
from bot.community.settings.definitions import (
    Definition,
    date,
    date_ms,
    flow,
    ids,
    not_to_come,
    number,
    optional,
)
from bot.community.settings.minting_rules import DEFINITIONS as MINTING_RULES
from bot.community.settings.minting_rules import Minting, minting
from bot.community.settings.weight_names import WeightNames
from cred.chain.parameters import Parameters
from cred.errors import InvalidInputError
from cred.graph.weights import Declaration, EdgeWeight, Factor, FactorTable, Weights
from storage.canonical_json import Json
from storage.settings import SettingsLog

WEIGHT = number(least=0, most=1e9, phrase="a number from 0 to 1,000,000,000")
SHARE = number(least=0, most=1, phrase="a number from 0 to 1")
PARAMETERS = {
    "seed_return": "how much of the flow returns to the seed at each step (alpha)",
    "accrual": "how much of what reaches a person counts as their cred (beta)",
    "webbing_forward": "how much flows on to the same person's next week",
    "webbing_backward": "how much flows back to the same person's week before",
}


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as it stands."""

    key: str
    value: Json
    is_default: bool
    help: str
    example: str


def common_definitions(declarations: Sequence[Declaration]) -> tuple[Definition, ...]:
    """Return the settings that every community has, whatever its sources emit."""
    factors = {factor.name: factor for declared in declarations for factor in declared.factors}
    names = weight_names(declarations)

    def of_kinds(what: str) -> Definition:
        is_node = what == "node"
        return Definition(
            key=f"weights.{what}.*",
            default=None,
            help=f"Weight of a kind of {what} ({', '.join(names[what].kinds)}), or of "
            "everything whose address starts with what you write (parts joined by /). A kind's "
            "weight replaces its default; any other multiplies.",
            example="2" if is_node else "1 / 0.0625",
            parse=WEIGHT if is_node else flow,
            kept_as=names[what].kept_as,
        )

    return (
        Definition(
            "history.start",
            None,
            "Nothing before this date (UTC) is read or counted.",
            "2026-01-31",
            optional(date),
            check=not_to_come,
        ),
        Definition(
            "roles.admins",
            [],
            "Roles that may use admin commands, beside those who manage the server.",
            "123456789012345678",
            ids,
        ),
        *(
            Definition(
                f"scoring.{name}",
                float(getattr(Parameters(), name)),
                f"CredRank: {what}.",
                "0.1",
                SHARE,
            )
            for name, what in PARAMETERS.items()
        ),
        Definition(
            "scoring.averaging",
            None,
            "Divide each reaction's weight by the summed role weights of all who reacted to "
            "the message, plus this number; off: don't.",
            "1",
            optional(WEIGHT),
        ),
        *(
            definition
            for factor in factors.values()
            for definition in (
                Definition(
                    f"weights.{factor.name}.default",
                    factor.weights.default,
                    f"Weight of each {factor.name} that has none of its own.",
                    "1",
                    WEIGHT,
                ),
                *(
                    Definition(
                        f"weights.{factor.name}.{key}",
                        weight,
                        f"Weight of the {factor.name} {key}.",
                        "1",
                        WEIGHT,
                    )
                    for key, weight in factor.weights.values.items()
                ),
                Definition(
                    f"weights.{factor.name}.*",
                    None,
                    f"Weight of one {factor.name}, named by {factor.keys_are}.",
                    "2",
                    WEIGHT,
                    kept_as=_key,
                ),
            )
        ),
        of_kinds("node"),
        of_kinds("edge"),
        *archived.DEFINITIONS,
        *MINTING_RULES,
    )


def weight_names(declarations: Sequence[Declaration]) -> Mapping[str, WeightNames]:
    """Return what weights of nodes and edges may be for, by "node" and "edge"."""
    return {
        "node": WeightNames(
            "node", [kind for declaration in declarations for kind in declaration.nodes]
        ),
        "edge": WeightNames(
            "edge", [kind for declaration in declarations for kind in declaration.edges]
        ),
    }


class CommunitySettings:
    """The settings of one community, kept in memory beside their log.

    Parameters
    ----------
    log
        Where versions are kept.
    declarations
        What the sources emit: names of kinds and factors that have weights.
    definitions
        Settings that the sources add.
    """

    def __init__(
        self,
        log: SettingsLog,
        declarations: Sequence[Declaration],
        definitions: Sequence[Definition] = (),
    ) -> None:
        self._log = log
        self._declarations = tuple(declarations)
        self._names = weight_names(declarations)
        self._definitions = (*common_definitions(declarations), *definitions)
        self._values: Mapping[str, Json] = {}
        self.version = 0
        """Number of the version in force; 0: all defaults."""

    async def load(self) -> None:
        """Read the version in force."""
        self.version, self._values = await self._log.current()

    def get(self, key: str) -> Json:
        """Return a value by its key, or what holds where it is not set.

        Raises
        ------
        SettingMistakeError
            If there is no such setting.
        """
        definition, canonical = self._find(key)
        if definition.is_family and canonical not in self._values:
            return self._unlisted(definition, canonical.removeprefix(definition.stem))
        return self._values.get(canonical, definition.default)

    def list(self) -> Sequence[Setting]:
        """Return every single setting and each family's set members, sorted by key."""
        found: list[Setting] = []
        singles = {definition.key for definition in self._definitions}
        for definition in self._definitions:
            if definition.is_family:
                # Whatever was kept is shown, also of kinds that there are no more.
                found += [
                    Setting(
                        key,
                        value,
                        is_default=False,
                        help=definition.help,
                        example=definition.example,
                    )
                    for key, value in self._values.items()
                    if key.startswith(definition.stem) and key not in singles
                ]
            else:
                value = self._values.get(definition.key, definition.default)
                is_default = definition.key not in self._values
                found.append(
                    Setting(
                        definition.key, value, is_default, definition.help, definition.example
                    )
                )
        return sorted(found, key=lambda setting: setting.key)

    def families(self) -> Sequence[Definition]:
        """Return the families of settings, for help."""
        return [definition for definition in self._definitions if definition.is_family]

    async def set(
        self, changes: Mapping[str, Json], *, author: str, reason: str, now_ms: int
    ) -> int:
        """Check and keep changes, all or none; return the version that holds them.

        Parameters
        ----------
        changes
            Values by key, as typed or as JSON; None puts a setting back to its default.

        Raises
        ------
        SettingMistakeError
            If a key or value cannot be used, or together they cannot: says which and why.
        """
        checked = self.check(changes, now_ms=now_ms)
        candidate = {**self._values, **checked}
        _parameters({key: value for key, value in candidate.items() if value is not None})
        self.version = await self._log.append(checked, author, reason, now_ms)
        self.version, self._values = await self._log.current()
        return self.version

    def check(self, changes: Mapping[str, Json], *, now_ms: int) -> Mapping[str, Json]:
        """Return changes as they would be kept, by their canonical keys.

        Raises
        ------
        SettingMistakeError
            If a key or value cannot be used: says which and why.
        """
        checked: dict[str, Json] = {}
        for key, value in changes.items():
            definition, canonical = self._find(key)
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

    def is_set(self, key: str) -> bool:
        """Tell whether a setting, by its canonical key, is not at its default."""
        return key in self._values

    @property
    def parameters(self) -> Parameters:
        """CredRank's parameters in force."""
        return _parameters(self._values)

    @property
    def minting(self) -> Minting:
        """Budgets, minting for dependencies and attributions."""
        return minting(self._values)

    @property
    def history_start_ms(self) -> int | None:
        """First moment that counts; None: everything does."""
        return date_ms(self.get("history.start"))

    @property
    def weights(self) -> Weights:
        """What the community changed, as `cred` takes it."""
        nodes: dict[tuple[str, ...], float] = {}
        edges: dict[tuple[str, ...], EdgeWeight] = {}
        for key, value in self._values.items():
            what, _, name = key.removeprefix("weights.").partition(".")
            if key.startswith("weights.node.") and _is_number(value):
                nodes[self._names[what].prefix(name)] = float(value)
            elif key.startswith("weights.edge."):
                edges[self._names[what].prefix(name)] = _pair(value)
        tables = {
            factor.name: self._table(factor)
            for declaration in self._declarations
            for factor in declaration.factors
        }
        averaging = self.get("scoring.averaging")
        return Weights(
            nodes, edges, tables, float(averaging) if _is_number(averaging) else None
        )

    def _unlisted(self, family: Definition, name: str) -> Json:
        """Return what holds for a member of a family that is not set."""
        for what, names in self._names.items():
            if family.stem == f"weights.{what}.":
                return names.default(name)
        if not family.stem.startswith("weights."):
            return family.default
        return self.get(f"{family.stem}default")

    def _table(self, factor: Factor) -> FactorTable:
        stem = f"weights.{factor.name}."
        listed = {
            key.removeprefix(stem): float(value)
            for key, value in self._values.items()
            if key.startswith(stem) and _is_number(value)
        }
        default = listed.pop("default", factor.weights.default)
        return FactorTable(default, {**factor.weights.values, **listed})

    def _find(self, key: str) -> tuple[Definition, str]:
        """Return a key's definition and its canonical form."""
        for definition in self._definitions:
            if definition.key == key and not definition.is_family:
                return definition, key
        for definition in self._definitions:
            if (
                definition.is_family
                and key.startswith(definition.stem)
                and len(key) > len(definition.stem)
            ):
                try:
                    return definition, definition.stem + definition.kept_as(
                        key.removeprefix(definition.stem)
                    )
                except ValueError as error:
                    raise SettingMistakeError(f"the setting {key[:80]}: {error}") from error
        known = [definition.key for definition in self._definitions]
        near = difflib.get_close_matches(key, known, 1, 0.5)
        hint = f'did you mean "{near[0]}"?' if near else "`settings … list` shows all."
        raise SettingMistakeError(f'there is no setting "{key[:80]}"; {hint}')


def _key(typed: str) -> str:
    """Return a factor's key however it was typed or pasted.

    A link stands for what its last part names; platforms write a custom emoji, a channel or a
    role as <:name:id>, <#id>, <@&id>.
    """
    name = typed.rstrip("/").rpartition("/")[2] if "://" in typed else typed
    if name.startswith("<") and name.endswith(">"):
        name = name[1:-1].removeprefix("a:").strip(":#@&")
    if not name:
        raise ValueError("say what the weight is for.")
    return name


def _is_number(value: Json) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _pair(value: Json) -> EdgeWeight:
    if not isinstance(value, list):
        raise TypeError(f"an edge weight is kept as a pair, not {value!r}")
    forward, backward = (float(item) for item in value if _is_number(item))
    return EdgeWeight(forward, backward)


def _parameters(values: Mapping[str, Json]) -> Parameters:
    chosen = {name: values.get(f"scoring.{name}") for name in PARAMETERS}
    try:
        return Parameters(**{name: float(v) for name, v in chosen.items() if _is_number(v)})
    except InvalidInputError as error:
        raise SettingMistakeError(f"the settings scoring.*: {error}") from error
