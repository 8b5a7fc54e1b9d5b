"""A community's settings: an append-only log of versions, and what the newest one says.

Every change is a new version with its author and reason. Values are checked before they are
kept; `bot.community.settings.interpret` says what they mean for the scores.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.community.settings.catalogue import Catalogue
from bot.community.settings.definitions import Definition
from bot.community.settings.interpret import ScoringSettings, interpret
from storage.canonical_json import Json
from storage.settings import SettingsLog


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting and its value."""

    key: str
    value: Json
    is_default: bool
    help: str
    example: str


class CommunitySettings:
    """The settings of one community; the version in force is kept in memory.

    Parameters
    ----------
    log
        Where versions are kept.
    catalogue
        The settings that there are.
    """

    def __init__(self, log: SettingsLog, catalogue: Catalogue) -> None:
        self._log = log
        self._catalogue = catalogue
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

    def get(self, key: str) -> Json:
        """Return the value of a setting, or its default if it is not set.

        Raises
        ------
        SettingMistakeError
            If there is no such setting.
        """
        return self._catalogue.value(self._values, key)

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

    def families(self) -> Sequence[Definition]:
        """Return the families of settings, for help."""
        return [
            definition for definition in self._catalogue.definitions if definition.is_family
        ]

    def check(self, changes: Mapping[str, Json], *, now_ms: int) -> Mapping[str, Json]:
        """Return changes as they would be kept; see `Catalogue.check`."""
        return self._catalogue.check(changes, now_ms=now_ms)

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
            If a key or a value, or their combination, cannot be used; the message says why.
        """
        checked = self.check(changes, now_ms=now_ms)
        interpret(self._with_changes(checked), self._catalogue)
        await self._log.append(checked, author, reason, now_ms)
        await self.load()
        return self.version

    def _with_changes(self, changes: Mapping[str, Json]) -> Mapping[str, Json]:
        values = {**self._values, **changes}
        return {key: value for key, value in values.items() if value is not None}
