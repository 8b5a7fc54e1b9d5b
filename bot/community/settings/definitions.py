"""Definitions of community settings: what can be set, how it is read, what it means.

A definition names one key ("discord.nsfw") or a family of keys ("weights.emoji.*", where the
rest of the key is what the weight is for). `parse` makes a value from what a person typed or
a file held, and refuses with one sentence. The services define what every community has;
each source adds its own.
"""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from storage.canonical_json import Json


@dataclass(frozen=True, slots=True)
class Definition:
    """One setting, or a family of settings whose key ends in `.*`."""

    key: str
    default: Json
    help: str
    example: str
    """A value as one would type it."""
    parse: Callable[[Json], Json]
    """Makes the value kept from text or JSON; raises `ValueError` with a phrase that goes on
    from "must be"."""
    canonical_name: Callable[[str], str] = lambda name: name
    """For a family: the canonical form of the key's last part; raises `ValueError` with a
    whole sentence."""
    check: Callable[[Json, int], None] = lambda _value, _now_ms: None
    """Given a value that `parse` made and the time (ms), which `parse` does not know; raises
    `ValueError` as `parse` does."""

    @property
    def is_family(self) -> bool:
        """Tell whether the key stands for many."""
        return self.key.endswith(".*")

    @property
    def stem(self) -> str:
        """Return what every key of a family begins with, the dot included."""
        return self.key.removesuffix("*")


def number_parser(
    *, least: float = -math.inf, most: float = math.inf, phrase: str
) -> Callable[[Json], Json]:
    """Return a reader of finite numbers in [least, most]; `phrase` follows "must be"."""

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
    """Return a reader of whole numbers in [least, most]."""
    phrase = f"a whole number from {least} to {most}"
    parse_number = number_parser(least=least, most=most, phrase=phrase)

    def parse(value: Json) -> Json:
        result = parse_number(value)
        if not isinstance(result, float) or not result.is_integer():
            raise ValueError(phrase)
        return int(result)

    return parse


def optional_parser(inner: Callable[[Json], Json]) -> Callable[[Json], Json]:
    """Return a reader that also takes "off" (or nothing) for none."""

    def parse(value: Json) -> Json:
        if value is None or (isinstance(value, str) and value.lower() in {"off", "none", ""}):
            return None
        return inner(value)

    return parse


def parse_yes_or_no(value: Json) -> Json:
    """Read a yes or no."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in {"yes", "true", "on", "1"}:
        return True
    if isinstance(value, str) and value.lower() in {"no", "false", "off", "0"}:
        return False
    raise ValueError('"yes" or "no"')


def choice_parser(*choices: str) -> Callable[[Json], Json]:
    """Return a reader of one of several words."""

    def parse(value: Json) -> Json:
        if isinstance(value, str) and value.lower() in choices:
            return value.lower()
        raise ValueError(" or ".join(f'"{choice}"' for choice in choices))

    return parse


def parse_ids(value: Json) -> Json:
    """Read a list of platform ids: JSON, or typed with commas or spaces between.

    Mentions of channels and roles as a platform writes them (<#id>, <@&id>) are read too.
    """
    items: Sequence[object]
    if isinstance(value, list):
        items = value
    else:
        items = value.replace(",", " ").split() if isinstance(value, str) else [value]
    found = [str(item).strip("<#@&>") for item in items]
    if not all(item.isdigit() for item in found):
        raise ValueError("ids (numbers) with commas between, or nothing for none")
    return [*sorted(set(found), key=lambda item: (len(item), item))]


def parse_date(value: Json) -> Json:
    """Read a date, kept as ISO text; its first moment (UTC) is meant."""
    phrase = 'a date such as 2026-01-31, or "off"'
    try:
        return datetime.strptime(str(value), "%Y-%m-%d").replace(tzinfo=UTC).date().isoformat()
    except ValueError:
        raise ValueError(phrase) from None


def date_ms(value: Json) -> int | None:
    """Return the first millisecond (UTC) of a date that `parse_date` read; None for none."""
    if not isinstance(value, str):
        return None
    return int(datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=UTC).timestamp()) * 1000


def check_not_in_future(value: Json, now_ms: int) -> None:
    """Refuse a date that `parse_date` read and that is yet to come."""
    begin_ms = date_ms(value)
    if begin_ms is not None and begin_ms > now_ms:
        raise ValueError("no later than today (UTC)")


def parse_edge_weight(value: Json) -> Json:
    """Read an edge weight: forward and backward, typed as "1 / 0.0625" or given as a pair."""
    phrase = 'two numbers of at least 0, forward / backward, such as "1 / 0.0625"'
    parts: list[Json] = (
        list(value)
        if isinstance(value, list)
        else ([*value.split("/")] if isinstance(value, str) else [])
    )
    if len(parts) != len(("forward", "backward")):
        raise ValueError(phrase)
    one = number_parser(least=0, phrase=phrase)
    return [one(part.strip() if isinstance(part, str) else part) for part in parts]


def format_value(value: Json) -> str:
    """Return a value as a person would type it."""
    if value is None:
        return "off"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, list) and value and all(map(_is_dated, value)):
        return ", ".join(f"{at}: {format_value(number)}" for at, number in value)
    if isinstance(value, list):
        both = all(isinstance(item, float) for item in value) and value
        return (" / " if both else ", ").join(format_value(item) for item in value) or "none"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _is_dated(value: Json) -> bool:
    """Tell whether a value is a date with a number."""
    return isinstance(value, list) and [type(part) for part in value] == [str, float]
