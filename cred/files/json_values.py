"""Checked access to JSON values; errors name the place of the invalid value."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cred.addresses import Address, parse_address
from cred.errors import InvalidInputError

_SPELLED = ("NaN", "Infinity", "-Infinity")
_LATEST_MS = 8_640_000_000_000_000
"""The latest time that a JavaScript date can represent."""


class JsonReader:
    """A JSON object and its place in the file.

    Every method that returns a value raises `InvalidInputError` if the value is missing or of
    another type; the message names its place.
    """

    def __init__(self, value: object, where: str) -> None:
        if not isinstance(value, Mapping):
            raise InvalidInputError(f"{where} must be an object.")
        self._value: Mapping[str, Any] = value
        self.where = where

    def __contains__(self, key: str) -> bool:
        return self._value.get(key) is not None

    def fields(self) -> Sequence[str]:
        """Return all keys, sorted."""
        return sorted(self._value)

    def raw(self, key: str) -> Any:
        """Return a value, unchecked.

        Raises
        ------
        InvalidInputError
            If it is missing.
        """
        if key not in self._value:
            raise InvalidInputError(f"{self.where} has no {key!r}.")
        return self._value[key]

    def object(self, key: str) -> "JsonReader":
        """Return an object."""
        return JsonReader(self.raw(key), f"{self.where}.{key}")

    def objects(self, key: str, *, optional: bool = False) -> Iterator["JsonReader"]:
        """Yield the objects of a list; none if it is optional and missing or null."""
        if optional and key not in self:
            return
        for index, value in enumerate(self.list(key)):
            yield JsonReader(value, f"{self.where}.{key}[{index}]")

    def list(self, key: str) -> Sequence[Any]:
        """Return a list."""
        value = self.raw(key)
        if not isinstance(value, list):
            raise InvalidInputError(f"{self.where}.{key} must be a list.")
        return value

    def text(self, key: str) -> str:
        """Return a text."""
        value = self.raw(key)
        if not isinstance(value, str):
            raise InvalidInputError(f"{self.where}.{key} must be a text.")
        return value

    def number(self, key: str) -> float:
        """Return a number. The texts "NaN" and "Infinity" are numbers, too."""
        value = self.raw(key)
        if value in _SPELLED:
            return float(value)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise InvalidInputError(f"{self.where}.{key} must be a number.")
        try:
            return float(value)
        except OverflowError:  # integers of JSON have no upper limit
            raise InvalidInputError(f"{self.where}.{key} is too large a number.") from None

    def time_ms(self, key: str) -> int:
        """Return a time: a whole number of milliseconds."""
        value = self.number(key)
        if not abs(value) <= _LATEST_MS or value != int(value):
            raise InvalidInputError(
                f"{self.where}.{key} must be a whole number of milliseconds, not {value}."
            )
        return int(value)

    def address(self, key: str) -> Address:
        """Return an address."""
        return parse_address(self.raw(key))
