"""A file with all weights of a community at one version. Pure.

It is JSON with sorted keys and holds the SHA-256 of its weights, so that equal weights give
equal files but for their version, and a change of the file is seen:

    {"format": "credbot/weights-1", "sha256": "…", "version": 7,
     "weights": {"weights.emoji.👍": 2.0}}

Whatever is not in it has its default.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Final

from bot.community.errors import SettingMistakeError
from bot.community.settings.voting_settings import is_weight
from storage.canonical_json import Json, canonical_json

FORMAT: Final = "credbot/weights-1"


def write_weights(values: Mapping[str, Json], version: int) -> str:
    """Return the file of the weights among settings, by canonical key."""
    weights = {key: value for key, value in values.items() if is_weight(key)}
    content = {
        "format": FORMAT,
        "version": version,
        "weights": weights,
        "sha256": _digest(weights),
    }
    return json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def parse_weights(text: str) -> Mapping[str, Json]:
    """Return the weights in a file, by key.

    Raises
    ------
    SettingMistakeError
        If it is no such file, was changed, or holds what is no weight.
    """
    try:
        content = json.loads(text.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}"))
    except ValueError as error:
        raise SettingMistakeError(f"the file of weights is no JSON: {error}.") from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise SettingMistakeError(
            f'the file is none of weights: it lacks "format": "{FORMAT}", as weights export '
            "writes it."
        )
    weights = content.get("weights")
    if not isinstance(weights, dict):
        raise SettingMistakeError('the file of weights has no "weights".')
    if content.get("sha256", _digest(weights)) != _digest(weights):
        raise SettingMistakeError(
            "the weights in the file are not those that it was written with; if that is meant, "
            'remove its line "sha256".'
        )
    for key in weights:
        if not is_weight(key):
            raise SettingMistakeError(f"the file of weights holds {key[:80]}, which is none.")
    return weights


def _digest(weights: Mapping[str, Json]) -> str:
    return hashlib.sha256(canonical_json(dict(weights)).encode()).hexdigest()
