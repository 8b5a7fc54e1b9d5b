"""A community's settings: an append-only log of versions, and what the newest one says.

Every change is a new version with its author and reason. Values are checked before they are
kept; `bot.community.settings.interpret` says what they mean for the scores.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.community.settings.catalogue import Catalogue
from bot.community.settings.definitions import Definition
from bot.community.settings.effects import NAMING_ADDRESSES, effect_notes
from bot.community.settings.interpret import ScoringSettings, interpret
from bot.community.settings.known import ASKED_FOR, Known, PlatformNames
from bot.community.settings.minting_rules import ATTRIBUTIONS, BUDGETS, check_minting_rules
from bot.community.settings.weight_names import AddressPart
from bot.community.visibility import Sees
from storage.archives import Archives
from storage.canonical_json import Json
from storage.log.event_log import EventLog
from storage.people.directory import CachedDirectory
from storage.settings import SettingsLog, SettingsVersion


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting and its value."""

    key: str
    value: Json
    is_default: bool
    help: str
    example: str


@dataclass(frozen=True, slots=True)
class Heard:
    """Where to find what a community has heard of."""

    log: EventLog
    directory: CachedDirectory
    archives: Archives


class CommunitySettings:
    """The settings of one community; the version in force is kept in memory.

    Parameters
    ----------
    log
        Where versions are kept.
    catalogue
        The settings that there are.
    heard
        Where to find what the community has heard of; None: nothing is known.

    Attributes
    ----------
    platform_names
        Returns the names that a platform tells now; set by whoever is connected to one.
    """

    def __init__(
        self,
        log: SettingsLog,
        catalogue: Catalogue,
        heard: Heard | None = None,
    ) -> None:
        self._log = log
        self._catalogue = catalogue
        self._heard = heard
        self.platform_names: PlatformNames = dict
        self._values: Mapping[str, Json] = {}
        self._in_force: ScoringSettings | None = None
        self.version = 0
        """Number of the version in force; 0: all defaults."""

    async def load(self) -> None:
        """Read the version in force."""
        self.version, self._values = await self._log.current()
        self._in_force = None

    @property
    def in_force(self) -> ScoringSettings:
        """What the version in force means for the scores.

        Raises
        ------
        SettingMistakeError
            As `interpret` does.
        """
        if self._in_force is None:
            self._in_force = interpret(self._values, self._catalogue)
        return self._in_force

    async def at_version(self, version: int) -> ScoringSettings:
        """Return what any version meant for the scores; 0 is all defaults.

        Raises
        ------
        InvalidRecordError
            If there is no such version.
        """
        return interpret(await self._log.at(version), self._catalogue)

    async def all_at(self, version: int) -> Mapping[str, Json]:
        """Return everything that was set in a version, by canonical key.

        Raises
        ------
        InvalidRecordError
            If there is no such version.
        """
        return await self._log.at(version)

    async def values_at(self, version: int) -> Callable[[str], Json]:
        """Return what tells the value of each setting in a version, by key.

        Raises
        ------
        InvalidRecordError
            If there is no such version.
        """
        values, known = await self._log.at(version), self._recall()
        return lambda key: self._catalogue.value(values, key, known)

    async def try_changes(
        self, changes: Mapping[str, Json], *, now_ms: int
    ) -> tuple[Mapping[str, Json], ScoringSettings]:
        """Return changes as they would be kept, and what would then be in force.

        Raises
        ------
        SettingMistakeError
            As `set` does.
        """
        known = await self._recall_all(changes)
        checked = {**self._catalogue.check(changes, now_ms=now_ms, known=known).values}
        for key in [*checked]:
            checked |= dict.fromkeys(self._catalogue.other_spellings(self._values, key))
        interpreted = interpret(self._with_changes(checked), self._catalogue)
        if any(key.startswith((BUDGETS, ATTRIBUTIONS)) for key in checked):
            check_minting_rules(interpreted.minting)
        return checked, interpreted

    def differing(self, changes: Mapping[str, Json]) -> Mapping[str, Json]:
        """Return the changes, by canonical key, that are not so already."""
        after = self._with_changes(changes)
        value = self._catalogue.value
        return {
            key: new
            for key, new in changes.items()
            if value(after, key) != value(self._values, key)
        }

    async def history(self) -> Sequence[SettingsVersion]:
        """Return all versions, oldest first."""
        return await self._log.history()

    def get(self, key: str) -> Json:
        """Return the value of a setting, or its default if it is not set.

        Raises
        ------
        SettingMistakeError
            If there is no such setting.
        """
        return self._catalogue.value(self._values, key, self._recall())

    def default(self, key: str) -> Json:
        """Return the default of a setting.

        Raises
        ------
        SettingMistakeError
            If there is no such setting.
        """
        return self._catalogue.value({}, key, self._recall())

    def is_set(self, key: str) -> bool:
        """Tell whether a setting, by its canonical key, is not at its default."""
        return key in self._values

    def list(self) -> Sequence[Setting]:
        """Return every single setting and each family's set members, sorted by key."""
        definitions = self._catalogue.definitions
        singles = {definition.key for definition in definitions}
        found: list[Setting] = []
        for definition in definitions:
            # Whatever is kept is shown, even for kinds that no source declares any more.
            keys = (
                [
                    key
                    for key in self._values
                    if key.startswith(definition.stem) and key not in singles
                ]
                if definition.is_family
                else [definition.key]
            )
            found += [
                Setting(
                    key,
                    self._values.get(key, definition.default),
                    key not in self._values,
                    definition.help,
                    definition.example,
                )
                for key in keys
            ]
        return sorted(found, key=lambda setting: setting.key)

    def describe(self, key: str, sees: Sees = lambda *_: True) -> Setting:
        """Return one setting, by its canonical key, with its value and what it is.

        Parameters
        ----------
        key
            As typed.
        sees
            Tells which places whoever typed it may see; others are as unknown.

        Raises
        ------
        SettingMistakeError
            If there is no such setting; the message names the nearest one.
        """
        definition, reference = self._catalogue.find(key, replace(self._recall(), sees=sees))
        canonical = reference.id
        return Setting(
            canonical,
            self.get(canonical),
            canonical not in self._values,
            definition.help,
            definition.example,
        )

    def parts_of_address(self, key: str) -> Sequence[AddressPart]:
        """Return what the address in a canonical key names, beside the kind.

        Keys without an address have none.
        """
        return self._catalogue.parts_of_address(key)

    def kinds(self) -> Sequence[Setting]:
        """Return the weight of each kind of node and edge that a source declares."""
        return [
            self.describe(f"{names.stem}{kind}")
            for names in (self._catalogue.node_names, self._catalogue.edge_names)
            for kind in names.kinds
        ]

    def families(self) -> Sequence[Definition]:
        """Return the families of settings, for help."""
        return [
            definition for definition in self._catalogue.definitions if definition.is_family
        ]

    def check(self, changes: Mapping[str, Json], *, now_ms: int) -> Mapping[str, Json]:
        """Return changes as they would be kept; see `Catalogue.check`."""
        return self._catalogue.check(changes, now_ms=now_ms, known=self._recall()).values

    async def notes(self, changes: Mapping[str, Json], *, now_ms: int) -> Sequence[str]:
        """Return what to tell whoever makes changes: what can have no effect yet, and why.

        Raises
        ------
        SettingMistakeError
            As `set` does.
        """
        checked = self._catalogue.check(
            changes, now_ms=now_ms, known=(known := await self._recall_all(changes))
        )
        after = self._with_changes(checked.values)
        return [
            *checked.notes,
            *effect_notes(checked.values, after, self._catalogue, known),
        ]

    async def set(
        self,
        changes: Mapping[str, Json],
        *,
        author: str,
        reason: str,
        now_ms: int,
        scheduled: int | None = None,
    ) -> int:
        """Check and keep changes, all or none; return the version that holds them.

        Parameters
        ----------
        changes
            Values by key, as typed or as JSON; None puts a setting back to its default.
        scheduled
            Number of the scheduled change that this is, which is forgotten at the same time.

        Raises
        ------
        SettingMistakeError
            If a key or a value, or their combination, cannot be used; the message says why.
        """
        checked, _ = await self.try_changes(changes, now_ms=now_ms)
        await self._log.append(checked, author, reason, now_ms, scheduled=scheduled)
        await self.load()
        return self.version

    def _recall(self) -> Known:
        directory = None if self._heard is None else self._heard.directory
        return Known(
            directory,
            lambda key: self._catalogue.value(self._values, key),
            self.platform_names,
        )

    async def _recall_all(self, changes: Iterable[str]) -> Known:
        """Return what is known now, with imported graphs if a change may name their parts."""
        if self._heard is None:
            return self._recall()
        await self._heard.directory.refresh()
        archives = self._heard.archives
        names_address = any(key.startswith(NAMING_ADDRESSES) for key in changes)
        return replace(
            self._recall(),
            events=await self._heard.log.texts(ASKED_FOR),
            archives={
                name: await archives.load(name) if names_address else None
                for name in await archives.digests()
            },
        )

    def _with_changes(self, changes: Mapping[str, Json]) -> Mapping[str, Json]:
        values = {**self._values, **changes}
        return {key: value for key, value in values.items() if value is not None}
