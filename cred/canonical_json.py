"""Canonical JSON: equal values give equal text, to be hashed and compared.

Keys are sorted, there are no spaces, and floats are the shortest text that gives the same
float, which all versions of Python write alike.
"""

import json
from collections.abc import Mapping, Sequence

from cred.errors import InvalidInputError

Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]


def canonical_json(value: Json) -> str:
    """Return a value as JSON text with sorted keys, without spaces and NaN.

    Raises
    ------
    InvalidInputError
        If the value is not JSON, or holds text that is not valid Unicode.
    """
    try:
        text = json.dumps(
            value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
        )
        text.encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidInputError(f"JSON cannot hold this value: {error}.") from error
    return text
