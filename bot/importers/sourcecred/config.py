"""Reads the minting rules of an instance: dependencies, budgets and personal attributions.

Participants are named by their ids in the ledger.
"""

from collections.abc import Iterable
from datetime import tzinfo
from typing import Any

from bot.importers.sourcecred.dates import parse_date
from bot.importers.sourcecred.files import Folder, in_file
from bot.importers.sourcecred.ledger import Ledger
from cred.chain.attributions import Attribution
from cred.errors import InvalidInputError
from cred.files.json_values import JsonReader
from cred.minting.budgets import Budget
from cred.minting.dependencies import Dependency

DEPENDENCIES = "config/dependencies.json"
BUDGETS = "config/pluginBudgets.json"
ATTRIBUTIONS = "config/personalAttributions.json"

_CALENDAR_MS = range(-62_135_596_800_000, 253_402_300_800_000)
"""The years 1 to 9999, in UTC: all that can be written as a date."""


class DateReader:
    """Reads dates, and remembers those that depend on the time zone.

    Parameters
    ----------
    zone
        Time zone of the machine that SourceCred ran on.
    """

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self.local: list[str] = []
        """Dates that would mean another moment in another time zone."""

    def read(self, reader: JsonReader, key: str) -> int:
        """Return the date in a field, in milliseconds since 1970 UTC.

        Raises
        ------
        InvalidInputError
            If the field does not hold a date.
        """
        value = reader.raw(key)
        if isinstance(value, int | float):
            return _in_calendar(reader.time_ms(key), reader, key)
        text = reader.text(key)
        try:
            at_ms, is_local = parse_date(text, self._zone)
        except ValueError as error:
            raise InvalidInputError(
                f"{reader.where}.{key} must be {error}, not {text[:40]!r}."
            ) from None
        if is_local:
            self.local.append(text)
        return _in_calendar(at_ms, reader, key)


def read_dependencies(
    folder: Folder, ledger: Ledger, dates: DateReader
) -> tuple[Dependency, ...]:
    """Return the dependencies: participants for whom extra cred is minted.

    Raises
    ------
    InstanceError
        If the file cannot be read, or names somebody who is not in the ledger.
    """
    dependencies = []
    for entry in _objects(folder, DEPENDENCIES):
        with in_file(DEPENDENCIES):
            periods = _periods(
                entry.objects("periods", optional=True), dates, "startTime", "weight"
            )
            dependencies.append(Dependency(_recipient(entry, ledger), periods))
    return tuple(dependencies)


def read_budgets(folder: Folder, dates: DateReader) -> tuple[Budget, ...]:
    """Return how much each plugin may mint in a week.

    Raises
    ------
    InstanceError
        If the file cannot be read, or its interval is not a week.
    """
    if not folder.has(BUDGETS):
        return ()
    content = folder.reader(BUDGETS)
    with in_file(BUDGETS):
        length = content.text("intervalLength") if "intervalLength" in content else "WEEKLY"
        if length != "WEEKLY":
            raise InvalidInputError(
                f"intervalLength must be WEEKLY, as SourceCred wants it, not {length[:40]!r}."
            )
        plugins = content.object("plugins")
        names: Any = content.raw("plugins")
        return tuple(
            Budget(
                tuple(str(plugin).split("/")),
                _periods(plugins.objects(plugin), dates, "startTime", "budget"),
            )
            for plugin in names
        )


def read_attributions(
    folder: Folder, ledger: Ledger, dates: DateReader
) -> tuple[Attribution, ...]:
    """Return the personal attributions: who passes on which share of their cred to whom.

    Raises
    ------
    InstanceError
        If the file cannot be read, or names somebody who is not in the ledger.
    """
    attributions = []
    givers: set[str] = set()
    for entry in _objects(folder, ATTRIBUTIONS):
        with in_file(ATTRIBUTIONS):
            giver = _participant_id(entry, "fromParticipantId", ledger)
            if giver in givers:
                raise InvalidInputError(f"{entry.where}: {giver!r} is listed twice.")
            givers.add(giver)
            attributions += [
                Attribution(
                    giver,
                    _participant_id(to, "toParticipantId", ledger),
                    _periods(
                        to.objects("proportions"), dates, "startDate", "decimalProportion"
                    ),
                )
                for to in entry.objects("recipients")
            ]
    return tuple(attributions)


def _objects(folder: Folder, name: str) -> list[JsonReader]:
    return folder.readers(name) if folder.has(name) else []


def _periods(
    entries: Iterable[JsonReader],
    dates: DateReader,
    time: str,
    value: str,
) -> tuple[tuple[int, float], ...]:
    periods: list[tuple[int, float]] = []
    for entry in entries:
        number = entry.number(value)
        at_ms = dates.read(entry, time)
        if periods and at_ms < periods[-1][0]:
            raise InvalidInputError(
                f"{entry.where}.{time}: it is before the one listed before it."
            )
        if not 0.0 <= number < float("inf"):
            raise InvalidInputError(f"{entry.where}.{value} must be a number of at least 0.")
        periods.append((at_ms, number))
    return tuple(periods)


def _recipient(entry: JsonReader, ledger: Ledger) -> str:
    """Return the id of a dependency's participant, who may be named instead."""
    if "id" in entry:
        return _participant_id(entry, "id", ledger)
    name = entry.text("name")
    for person in ledger.participants:
        if person.name == name:
            return person.id
    raise InvalidInputError(
        f"{entry.where}: the ledger knows nobody of the name {name[:60]!r}."
    )


def _in_calendar(at_ms: int, reader: JsonReader, key: str) -> int:
    """Return a time if it can be written as a date.

    Raises
    ------
    InvalidInputError
        If it is before the year 1 or after 9999.
    """
    if at_ms not in _CALENDAR_MS:
        raise InvalidInputError(f"{reader.where}.{key} must be within the years 1 to 9999.")
    return at_ms


def _participant_id(entry: JsonReader, key: str, ledger: Ledger) -> str:
    try:
        return ledger.identities.resolve(entry.text(key))
    except InvalidInputError as error:
        raise InvalidInputError(f"{entry.where}.{key}: {error}") from None
