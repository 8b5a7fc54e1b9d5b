"""Reads a plugin's configuration part by part: what cannot be read is noted, and left out.

These settings apply to what is heard from now on, and no published score depends on them. So
one odd entry costs that entry, not the import.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from bot.importers.sourcecred.errors import InstanceError
from bot.importers.sourcecred.folder.files import finite_number

_SHOWN: Final = 40


def quote(value: object) -> str:
    """Return the beginning of a JSON value, as it stands in the file."""
    return json.dumps(value, ensure_ascii=False)[:_SHOWN]


class ConfigObject:
    """An object in a configuration.

    Parameters
    ----------
    value
        The JSON value.
    where
        Its place in the file, such as "roleWeightConfig"; "" for the whole file.
    skipped
        Gets a phrase for everything that is left out. Objects inside this one share it.
    """

    def __init__(self, value: object, where: str, skipped: list[str]) -> None:
        self.where = where
        self.skipped = skipped
        self._values: Mapping[str, Any] = value if isinstance(value, Mapping) else {}
        if not isinstance(value, Mapping):
            self._note("", value, "an object")

    def __contains__(self, key: str) -> bool:
        return self._values.get(key) is not None

    def place(self, key: str) -> str:
        """Return the place of a value, as the file's author would name it."""
        return f"{self.where}.{key}" if self.where and key else self.where or key or "it"

    def raw(self, key: str) -> Any:
        """Return a value, unchecked; None if it is missing."""
        return self._values.get(key)

    def inside(self, key: str) -> "ConfigObject":
        """Return an object; an empty one if there is none."""
        return ConfigObject(self._values.get(key) or {}, self.place(key), self.skipped)

    def items(self, key: str) -> Sequence[Any]:
        """Return a list; an empty one if there is none."""
        value = self._values.get(key) or []
        if not isinstance(value, list):
            self._note(key, value, "a list")
            return []
        return value

    def text(self, key: str) -> str | None:
        """Return a text; None if there is none."""
        value = self._values.get(key)
        if value is not None and not isinstance(value, str):
            self._note(key, value, "a text")
            return None
        return value

    def number(self, key: str) -> float | None:
        """Return a finite number; None if there is none."""
        value = self._values.get(key)
        if value is None:
            return None
        try:
            return finite_number(value, key)
        except InstanceError:
            self._note(key, value, "a number")
            return None

    def is_on(self, key: str) -> bool:
        """Return whether an option is switched on; one that is missing is off."""
        value = self._values.get(key)
        if value is not None and not isinstance(value, bool):
            self._note(key, value, "true or false")
        return value is True

    def numbers(self) -> Iterator[tuple[str, float]]:
        """Yield all values, which must be numbers, each with its key."""
        for key in self._values:
            number = self.number(key)
            if number is not None:
                yield key, number

    def note_unknown(self, known: Collection[str]) -> None:
        """Note the keys that are not among the known ones."""
        for key in sorted(self._values.keys() - known):
            self.skipped.append(f"{self.place(key)} (not known)")

    def note_one_unknown(self, key: str, reason: str) -> None:
        """Note a key of a table that can name nothing, and why."""
        self.skipped.append(f"{self.place(key)} (not known: it is {reason})")

    def note(self, key: str, reason: str) -> None:
        """Note why a value is left out."""
        self.skipped.append(f"{self.place(key)}: {reason}")

    def _note(self, key: str, value: object, wanted: str) -> None:
        self.note(key, f"{quote(value)} is not {wanted}")
