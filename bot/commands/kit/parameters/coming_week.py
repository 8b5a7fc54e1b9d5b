"""A week that is to come: "next week", "13 Dec", "2026-12-13"."""

import datetime as dt
from collections.abc import Mapping, Sequence

from bot.commands.kit.arguments import Argument
from bot.commands.kit.errors import UserError
from bot.commands.kit.parameters.date import DATE
from bot.commands.kit.parameters.parameter import (
    InputContext,
    Parameter,
    ParameterType,
    Picked,
    Reading,
    Typed,
)
from bot.commands.kit.words import split_words
from cred.epochs import WEEK_MS, week_start


class ComingWeekType(ParameterType[dt.date]):
    """A week by a day in it, or “next week”. Read as the Sunday on which a week begins.

    Of another day it is the first Sunday after it.
    """

    syntax = "Such as {}, or a day: from 2026-12-13."

    def read(self, typed: Typed) -> Sequence[Reading]:
        """Return the week that the next words name."""
        words = [word.text.casefold() for word in typed.words[:2] if not word.quoted]
        next_ms = week_start(typed.context.now_ms) + WEEK_MS
        if words == ["next", "week"]:
            return [(_day_of(next_ms), 2)]
        # With "on" before it, a day may be written in words.
        rest = Typed(typed.parameter, [*split_words("on"), *typed.words], typed.context)
        return [
            (_first_sunday(day), count - 1)
            for day, count in DATE.read(rest)
            if isinstance(day, dt.date)
        ]

    def write(self, argument: dt.date) -> str:
        """Return the Sunday in ISO 8601."""
        return argument.isoformat()

    def from_options(
        self, parameter: Parameter, picked: Mapping[str, Picked], context: InputContext
    ) -> Argument | None:
        """Return the week that was filled in."""
        text = picked.get(parameter.name)
        if not isinstance(text, str):
            return None
        words = split_words(text)
        readings = self.read(Typed(parameter, words, context)) if words else []
        if not readings:
            raise UserError(f"“{text:.40}” is no week: next week, or a day.", title="When?")
        return readings[0][0]


def _day_of(moment_ms: int) -> dt.date:
    return dt.datetime.fromtimestamp(moment_ms / 1000, dt.UTC).date()


def _first_sunday(day: dt.date) -> dt.date:
    return day + dt.timedelta(days=(6 - day.weekday()) % 7)


COMING_WEEK = ComingWeekType()
