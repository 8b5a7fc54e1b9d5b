"""Canonical JSON for what is stored: `cred.canonical_json`, with an error of this package."""

from cred import canonical_json as _canonical
from cred.canonical_json import Json
from cred.errors import InvalidInputError
from storage.errors import InvalidRecordError

__all__ = ["Json", "canonical_json"]


def canonical_json(value: Json) -> str:
    """Return a value as JSON text with sorted keys, without spaces and NaN.

    Raises
    ------
    InvalidRecordError
        If the value is not JSON, or holds text that is not valid Unicode.
    """
    try:
        return _canonical.canonical_json(value)
    except InvalidInputError as error:
        raise InvalidRecordError(str(error)) from error
