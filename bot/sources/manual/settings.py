"""What a community can choose about thanks, manual work and initiatives."""

import re
from dataclasses import dataclass
from typing import Final

from bot.community.scoring.graph_source import GetSetting
from bot.community.settings.definitions import Definition, date_ms, flow, whole
from bot.services.entries.entry_types import (
    CONTRIBUTION_KINDS,
    INITIATIVE_WEIGHT,
    THANKS_AGAIN_DAYS,
    THANKS_PER_WEEK,
)
from storage.canonical_json import Json

_KIND: Final = re.compile(r"[^\W_][\w-]{0,29}")
_MOST_KINDS: Final = 50


@dataclass(frozen=True, slots=True)
class Rules:
    """What shapes the graph."""

    beginning_ms: int | None = None
    """What was done before is left out; None: nothing is."""
    incomplete: float = 0.0
    """Own weight of an initiative that goes on, where it has none given."""
    complete: float = 1.0


def kinds(value: Json) -> Json:
    """Read a list of words: JSON, or typed with commas or spaces between."""
    phrase = (
        "words of letters, digits and dashes with commas between, such as code, docs, event"
    )
    items = value if isinstance(value, list) else str(value).replace(",", " ").split()
    words = [str(item).casefold() for item in items]
    if not 0 < len(words) <= _MOST_KINDS or not all(map(_KIND.fullmatch, words)):
        raise ValueError(phrase)
    return [*dict.fromkeys(words)]


DEFINITIONS: Final = (
    Definition(
        THANKS_PER_WEEK,
        5,
        "How many thanks one person may give in a week (from Sunday 00:00 UTC); 0: none.",
        "10",
        whole(least=0, most=1000),
    ),
    Definition(
        THANKS_AGAIN_DAYS,
        7,
        "For how many days the same thanks (to the same person, for the same message or "
        "reason) are not taken again.",
        "30",
        whole(least=0, most=3650),
    ),
    Definition(
        CONTRIBUTION_KINDS,
        ["code", "design", "docs", "event", "support", "other"],
        "Kinds of work that people can enter by hand.",
        "code, docs, event, other",
        kinds,
    ),
    Definition(
        INITIATIVE_WEIGHT,
        [0.0, 1.0],
        "What an initiative is worth while it goes on / once it is complete, where it has no "
        "weights of its own.",
        "0 / 10",
        flow,
    ),
)


def rules(read: GetSetting) -> Rules:
    """Return a community's choices as the rules its graph is drawn by."""
    pair = read(INITIATIVE_WEIGHT)
    incomplete, complete = pair if isinstance(pair, list) else (0.0, 1.0)
    return Rules(date_ms(read("history.start")), _number(incomplete), _number(complete))


def _number(value: Json) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
