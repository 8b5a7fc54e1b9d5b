"""The fields of Discourse's JSON objects, checked one by one."""

import math
import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

from bot.sources.discourse.api.errors import MalformedPayloadError

Json: TypeAlias = Mapping[str, Any]

LARGEST: Final = 2**53 - 1
"""Largest number that JSON holds exactly."""
LONGEST_NAME: Final = 255
_LATEST_MS: Final = 253_402_300_799_999
_TRUST_LEVELS: Final = range(5)
_JOINERS: Final = "\u200c\u200d"


class Fields:
    """The fields of a JSON object, each checked when it is read.

    Parameters
    ----------
    data
        The object; anything else raises `MalformedPayloadError`, and so does every method
        that finds a field malformed.
    name
        What the object is, for messages.
    """

    def __init__(self, data: object, name: str) -> None:
        if not isinstance(data, Mapping):
            raise MalformedPayloadError(f"a {name} is an object, not {excerpt(data)}")
        self._data: Json = data
        self._name = name

    def error(self, key: str, value: object) -> MalformedPayloadError:
        """Return the error of a field with a value that is not allowed."""
        return MalformedPayloadError(f"the {key} of a {self._name} cannot be {excerpt(value)}")

    def get(self, key: str) -> object:
        """Return a field unchecked; None if it is missing."""
        return self._data.get(key)

    def optional(self, key: str, kind: type[Any]) -> Any:
        """Return a field of a type; None if it is missing."""
        value = self._data.get(key)
        if value is not None and not isinstance(value, kind):
            raise self.error(key, value)
        return value

    def number(self, key: str, least: int, most: int) -> int | None:
        """Return a whole number within limits, which may be written as text."""
        value = self._data.get(key)
        if isinstance(value, str) and re.fullmatch("-?[0-9]{1,16}", value):
            value = int(value)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise self.error(key, value)
        return value

    def required_number(self, key: str, least: int) -> int:
        """Return a whole number; it must not be missing."""
        value = self.number(key, least, LARGEST)
        if value is None:
            raise self.error(key, None)
        return value

    def name(self, key: str) -> str | None:
        """Return a name without control characters; None if it is missing."""
        value = self.optional(key, str)
        if value is None:
            return None
        clean = clean_text(value)
        if not 0 < len(clean) <= LONGEST_NAME:
            raise self.error(key, value)
        return clean

    def full_name(self) -> str | None:
        """Return a user's full name, whatever they made of it; None if it is missing."""
        value = self._data.get("name")
        return clean_text(value)[:LONGEST_NAME] if isinstance(value, str) else None

    def trust(self) -> int | None:
        """Return the trust level; None if it is missing or not one of Discourse's."""
        level = self.number("trust_level", -LARGEST, LARGEST)
        return level if level in _TRUST_LEVELS else None

    def time(self, key: str) -> int | None:
        """Return a time in milliseconds UTC; None if it is missing."""
        value = self.optional(key, str)
        if value is None:
            return None
        try:
            moment = datetime.fromisoformat(value.removesuffix(" UTC"))
            at_ms = math.floor(
                (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000
                + 0.5
            )
        except (ValueError, OverflowError):
            raise self.error(key, value) from None
        if not 0 <= at_ms <= _LATEST_MS:
            raise self.error(key, value)
        return at_ms

    def required_time(self, key: str) -> int:
        """Return a time in milliseconds UTC; it must not be missing."""
        value = self.time(key)
        if value is None:
            raise self.error(key, None)
        return value


def clean_text(text: str) -> str:
    """Return text that can be stored: without control characters and lone surrogates.

    What joins emoji, and letters of some scripts, stays; so do emoji newer than Python.
    """
    blanks = "".join(" " if character.isspace() else character for character in text)
    kept = "".join(
        character
        for character in blanks
        if character.isprintable()
        or character in _JOINERS
        or unicodedata.category(character) == "Cn"
    )
    return kept.strip(f" {_JOINERS}")


def excerpt(value: object) -> str:
    """Return the beginning of a value, for messages."""
    return "missing" if value is None else f"{value!r:.60}"
