"""JSON as canonical text: equal values give equal bytes, to be hashed and compared."""

import json
from collections.abc import Mapping, Sequence

from storage.errors import InvalidRecordError

Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]


def canonical_json(value: Json) -> str:
    """Return a JSON value as text: keys sorted, no spaces, no NaN.

    Raises
    ------
    InvalidRecordError
        If the value is not JSON, or holds text that is not Unicode.
    """
    try:
        text = json.dumps(
            value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
        )
        text.encode()
    except (TypeError, ValueError) as error:
        raise InvalidRecordError(f"Not a value that JSON can hold: {error}.") from error
    return text
