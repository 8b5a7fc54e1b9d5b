"""Days: "2026-10-03", "today", "yesterday"."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Final

from bot.commands.kit.arguments import Argument
from bot.commands.kit.errors import UserError
from bot.commands.kit.parameters.parameter import (
    InputContext,
    Parameter,
    ParameterType,
    Picked,
    Reading,
    Typed,
)

PREPOSITIONS: Final = frozenset({"on", "date", "date:"})
"""What may stand before a day."""
_DAYS_AGO: Final = {"today": 0, "yesterday": 1}
_ISO: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_LIKE_A_DATE: Final = re.compile(r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}", re.ASCII)


class DateType(ParameterType[dt.date]):
    """A day in UTC. Read as a `datetime.date`."""

    syntax = "A day (UTC), such as {}, or yesterday."
    is_part = True

    def read(self, typed: Typed) -> Sequence[Reading]:
        """Return the day that the next word names, also after "on"."""
        words = typed.words
        if words[0].quoted:
            return []
        skipped = int(len(words) > 1 and words[0].text.casefold() in PREPOSITIONS)
        day = parse_day(words[skipped].text, typed.context.now_ms)
        return [] if day is None else [(day, 1 + skipped)]

    def write(self, argument: dt.date) -> str:
        """Return the day in ISO 8601."""
        return argument.isoformat()

    def from_options(
        self, parameter: Parameter, picked: Mapping[str, Picked], context: InputContext
    ) -> Argument | None:
        """Return the day that was filled in."""
        text = picked.get(parameter.name)
        if not isinstance(text, str):
            return None
        day = parse_day(text, context.now_ms)
        if day is None:
            raise UserError(
                f"“{text:.40}” is no day; write it as 2026-10-03.", title="Which day?"
            )
        return day

    def hint(self, parameter: Parameter, text: str) -> str:
        """Return how a day is written, for a text that looks like one."""
        del parameter
        if not resembles_date(text):
            return ""
        return "A day is written like 2026-10-03 and has to exist."


def resembles_date(text: str) -> bool:
    """Tell whether a text must be meant as a day, even if it is none."""
    return _LIKE_A_DATE.fullmatch(text) is not None


def parse_day(text: str, now_ms: int) -> dt.date | None:
    """Return the day in UTC that a text names; None if it names none."""
    tidy = text.strip().casefold()
    if tidy in _DAYS_AGO:
        today = dt.datetime.fromtimestamp(now_ms / 1000, dt.UTC).date()
        return today - dt.timedelta(days=_DAYS_AGO[tidy])
    if not _ISO.fullmatch(tidy):
        return None
    try:
        return dt.date.fromisoformat(tidy)
    except ValueError:
        return None


DATE = DateType()
