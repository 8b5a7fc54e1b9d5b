"""Definitions of community settings, and parsers for their values.

A definition has one key ("discord.nsfw") or a family of keys ("weights.emoji.*", where the rest
of the key is what the weight is for). Its `parse` makes a value from what a person typed or a
file held. `bot.community.settings.catalogue` defines what every community has; each source adds
its own.
"""

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.community.settings.references import Reader, read_any
from storage.canonical_json import Json


@dataclass(frozen=True, slots=True)
class Definition:
    """One setting, or a family of settings whose key ends in `.*`."""

    key: str
    default: Json
    help: str
    example: str
    """A value as a person would type it."""
    parse: Callable[[Json], Json]
    """Makes the value to keep from text or JSON. Raises `ValueError` with a phrase that can
    follow "must be"."""
    read_name: Reader = read_any
    """For a family: reads the rest of the key, which names something."""
    read_item: Reader | None = None
    """For a list of things that are named: reads each item of what `parse` made."""
    check: Callable[[Json, int], None] = lambda _value, _now_ms: None
    """Checks a value that `parse` made against the time (ms). Raises `ValueError` as `parse`
    does."""

    @property
    def is_family(self) -> bool:
        """Whether the key stands for many."""
        return self.key.endswith(".*")

    @property
    def stem(self) -> str:
        """What every key of a family begins with, up to the last dot."""
        return self.key.removesuffix("*")


def number_parser(
    *, least: float = -math.inf, most: float = math.inf, phrase: str
) -> Callable[[Json], Json]:
    """Return a parser of finite numbers in [least, most]; `phrase` follows "must be"."""

    def parse(value: Json) -> Json:
        try:
            result = math.nan if isinstance(value, bool) else float(value)  # type: ignore[arg-type] # whatever float refuses is refused
        except (TypeError, ValueError):
            raise ValueError(phrase) from None
        if not math.isfinite(result) or not least <= result <= most:
            raise ValueError(phrase)
        return result

    return parse


def whole_number_parser(*, least: int, most: int) -> Callable[[Json], Json]:
    """Return a parser of whole numbers in [least, most]."""
    phrase = f"a whole number from {least} to {most}"
    parse_number = number_parser(least=least, most=most, phrase=phrase)

    def parse(value: Json) -> Json:
        result = parse_number(value)
        if not isinstance(result, float) or not result.is_integer():
            raise ValueError(phrase)
        return int(result)

    return parse


def optional_parser(inner: Callable[[Json], Json]) -> Callable[[Json], Json]:
    """Return a parser that takes "off", or nothing, for None."""

    def parse(value: Json) -> Json:
        if value is None or (isinstance(value, str) and value.lower() in {"off", "none", ""}):
            return None
        return inner(value)

    return parse


def parse_yes_or_no(value: Json) -> Json:
    """Parse a yes or no."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in {"yes", "true", "on", "1"}:
        return True
    if isinstance(value, str) and value.lower() in {"no", "false", "off", "0"}:
        return False
    raise ValueError('"yes" or "no"')


def choice_parser(*choices: str) -> Callable[[Json], Json]:
    """Return a parser of one of several words."""

    def parse(value: Json) -> Json:
        if isinstance(value, str) and value.lower() in choices:
            return value.lower()
        raise ValueError(" or ".join(f'"{choice}"' for choice in choices))

    return parse


def parse_date(value: Json) -> Json:
    """Parse a date, kept as ISO text, which stands for its first moment (UTC)."""
    phrase = 'a date such as 2026-01-31, or "off"'
    try:
        return datetime.strptime(str(value), "%Y-%m-%d").replace(tzinfo=UTC).date().isoformat()
    except ValueError:
        raise ValueError(phrase) from None


def date_ms(value: Json) -> int | None:
    """Return the first millisecond (UTC) of a date that `parse_date` made; None for None."""
    if not isinstance(value, str):
        return None
    return int(datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=UTC).timestamp()) * 1000


def check_not_in_future(value: Json, now_ms: int) -> None:
    """Refuse a date in the future; the value is one that `parse_date` made."""
    start_ms = date_ms(value)
    if start_ms is not None and start_ms > now_ms:
        raise ValueError("no later than today (UTC)")


def parse_edge_weight(value: Json) -> Json:
    """Parse an edge weight, forward and backward: typed as "1 / 0.0625", or a pair."""
    phrase = 'two numbers of at least 0, forward / backward, such as "1 / 0.0625"'
    parts: list[Json] = (
        list(value)
        if isinstance(value, list)
        else ([*value.split("/")] if isinstance(value, str) else [])
    )
    if len(parts) != len(("forward", "backward")):
        raise ValueError(phrase)
    parse_part = number_parser(least=0, phrase=phrase)
    return [parse_part(part.strip() if isinstance(part, str) else part) for part in parts]


def format_value(value: Json) -> str:
    """Return a value as text that a person could type."""
    if value is None:
        return "off"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, list) and value and all(map(_is_dated_number, value)):
        return ", ".join(f"{date}: {format_value(number)}" for date, number in value)
    if isinstance(value, list):
        is_edge_weight = bool(value) and all(isinstance(item, float) for item in value)
        return (" / " if is_edge_weight else ", ").join(
            format_value(item) for item in value
        ) or "none"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _is_dated_number(value: Json) -> bool:
    """Tell whether a value is a pair of a date and a number."""
    return isinstance(value, list) and [type(part) for part in value] == [str, float]
