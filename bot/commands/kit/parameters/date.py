"""Days: "2026-10-03", "on 3 Oct", "today", "yesterday"."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from itertools import takewhile
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
from cred.calendar_words import MOST_WORDS, parse_calendar_words

PREPOSITIONS: Final = frozenset({"on", "date", "date:"})
"""What may stand before a day."""
_DAYS_AGO: Final = {"today": 0, "yesterday": 1}
_LIKE_A_DATE: Final = re.compile(r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}", re.ASCII)


class DateType(ParameterType[dt.date]):
    """A day in UTC. Read as a `datetime.date`."""

    syntax = "A day (UTC), such as {}, yesterday, or on 3 Oct."
    is_part = True

    def read(self, typed: Typed) -> Sequence[Reading]:
        """Return the day that the next word names; after "on" also "3 Oct" and the like.

        Without "on", the name of a month may be of the title.
        """
        words = list(takewhile(lambda word: not word.quoted, typed.words[: MOST_WORDS + 1]))
        if not words:
            return []
        skipped = int(len(words) > 1 and words[0].text.casefold() in PREPOSITIONS)
        for end in range(len(words) if skipped else 1, skipped, -1):
            text = " ".join(word.text for word in words[skipped:end])
            day = parse_day(text, typed.context.now_ms)
            if day is not None:
                return [(day, end)]
        return []

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
                f"“{text:.40}” is no day; write it as 2026-10-03 or 3 Oct.", title="Which day?"
            )
        return day

    def hint(self, parameter: Parameter, text: str) -> str:
        """Return how a day is written, for a text that looks like one."""
        del parameter
        if not resembles_date(text):
            return ""
        return "A day is written like 2026-10-03 or “on 3 Oct” and has to exist."


def resembles_date(text: str) -> bool:
    """Tell whether a text must be meant as a day, even if it is none."""
    words = parse_calendar_words(text)
    return _LIKE_A_DATE.fullmatch(text) is not None or bool(words and words.day is not None)


def parse_day(text: str, now_ms: int) -> dt.date | None:
    """Return the day in UTC that a text names; None if it names none.

    Without a year it is the latest such day that is not to come.
    """
    tidy = text.strip().casefold()
    today = dt.datetime.fromtimestamp(now_ms / 1000, dt.UTC).date()
    if tidy in _DAYS_AGO:
        return today - dt.timedelta(days=_DAYS_AGO[tidy])
    words = parse_calendar_words(tidy)
    return None if words is None or words.day is None else words.latest_day(today)


DATE = DateType()
