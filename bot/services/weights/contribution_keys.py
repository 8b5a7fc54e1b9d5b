"""Weights of single contributions: which contribution a setting is of. Pure."""

from typing import Final

from bot.services.entries.entry_events import PlatformId
from bot.services.entries.entry_types import MANUAL

_STEMS: Final = {
    "weights.message.": ("discord", ""),
    "weights.post.": ("discourse", "post:"),
    "weights.thanks.": (MANUAL, "thanks:"),
    "weights.contribution.": (MANUAL, "contribution:"),
    "weights.initiative.": (MANUAL, "initiative:"),
}
"""Families whose keys are contributions: the source, and what stands before the id."""


def contribution_of(key: str) -> PlatformId | None:
    """Return the contribution of a weight, by its canonical key; None: it is of no single one.

    >>> contribution_of("weights.post.12"), contribution_of("weights.message.default")
    (PlatformId(source='discourse', id='post:12'), None)
    """
    for stem, (source, prefix) in _STEMS.items():
        id_ = key.removeprefix(stem)
        if id_ not in {key, "default"}:
            return PlatformId(source, id_ if ":" in id_ else f"{prefix}{id_}")
    return None
