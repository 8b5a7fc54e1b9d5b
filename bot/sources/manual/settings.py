"""The settings of thanks, manual work and initiatives."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from bot.community.settings.configured_source import GetSetting
from bot.community.settings.definitions import (
    Definition,
    date_ms,
    parse_edge_weight,
    whole_number_parser,
)
from bot.community.settings.known import Known
from bot.community.settings.references import (
    Reader,
    Reference,
    contribution_reader,
    listed_reader,
)
from bot.services.entries.entry_types import (
    CONTRIBUTION_KINDS,
    INITIATIVE_WEIGHT,
    MANUAL,
    THANKS_AGAIN_DAYS,
    THANKS_PER_WEEK,
    WORK_TYPES,
    EntryType,
)
from storage.canonical_json import Json


def read_work(typed: str, known: Known) -> Reference:
    """Read work by its number, or by its type and number ("dependency:3")."""
    entry, _, number = typed.rpartition(":")
    if entry and entry not in WORK_TYPES:
        raise ValueError(f'"{typed[:80]}" is no contribution: name it by its number.')
    found = contribution_reader(MANUAL, "contribution", type_prefix=entry and f"{entry}:")(
        number, known
    )
    return replace(found, id=f"{entry}:{found.id}") if entry else found


KEY_READERS: Final[Mapping[str, Reader]] = {
    **{
        str(entry): contribution_reader(MANUAL, str(entry), type_prefix=f"{entry}:")
        for entry in (EntryType.THANKS, EntryType.INITIATIVE)
    },
    "contribution": read_work,
    "work": listed_reader("kind of work", CONTRIBUTION_KINDS),
}
"""How the keys of each factor's weights are read."""

_KIND: Final = re.compile(r"[^\W_][\w-]{0,29}")
_MOST_KINDS: Final = 50


@dataclass(frozen=True, slots=True)
class Rules:
    """The settings that shape the graph."""

    beginning_ms: int | None = None
    """Entries dated before this are not in the graph; None means that all are."""
    incomplete: float = 0.0
    """Weight of an initiative that is not complete and has no weight of its own."""
    complete: float = 1.0
    """Weight of an initiative that is complete and has no weight of its own."""


def parse_kinds(value: Json) -> Json:
    """Parse a list of words: a JSON list, or words separated by commas or spaces."""
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
        whole_number_parser(least=0, most=1000),
    ),
    Definition(
        THANKS_AGAIN_DAYS,
        7,
        "For how many days the same thanks (to the same person, for the same message or "
        "reason) are not taken again.",
        "30",
        whole_number_parser(least=0, most=3650),
    ),
    Definition(
        CONTRIBUTION_KINDS,
        ["code", "design", "docs", "event", "support", "other"],
        "Kinds of work that people can enter by hand.",
        "code, docs, event, other",
        parse_kinds,
    ),
    Definition(
        INITIATIVE_WEIGHT,
        [0.0, 1.0],
        "What an initiative is worth while it goes on / once it is complete, where it has no "
        "weights of its own.",
        "0 / 10",
        parse_edge_weight,
    ),
)


def read_rules(get: GetSetting) -> Rules:
    """Return the rules that the values of a community's settings amount to."""
    pair = get(INITIATIVE_WEIGHT)
    incomplete, complete = pair if isinstance(pair, list) else (0.0, 1.0)
    return Rules(date_ms(get("history.start")), _number(incomplete), _number(complete))


def _number(value: Json) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
