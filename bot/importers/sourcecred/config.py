"""Configuration of an instance that decides how much is minted, and who passes it on.

Dependencies, plugin budgets and personal attributions, by the ids of the ledger.
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
"""What can be written as a date: the years 1 to 9999, in UTC."""


class DateReader:
    """Reads dates, and remembers those that the time zone decided.

    Parameters
    ----------
    zone
        That of the machine that SourceCred ran on.
    """

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self.local: list[str] = []
        """Dates that another time zone would have made another moment."""

    def read(self, reader: JsonReader, key: str) -> int:
        """Return a date as a moment (ms UTC).

        Raises
        ------
        InvalidInputError
            If it is none.
        """
        value = reader.raw(key)
        if isinstance(value, int | float):
            return _in_calendar(reader.time_ms(key), reader, key)
        text = reader.text(key)
        try:
            moment, is_local = parse_date(text, self._zone)
        except ValueError as error:
            raise InvalidInputError(
                f"{reader.where}.{key} must be {error}, not {text[:40]!r}."
            ) from None
        if is_local:
            self.local.append(text)
        return _in_calendar(moment, reader, key)


def read_dependencies(
    folder: Folder, ledger: Ledger, dates: DateReader
) -> tuple[Dependency, ...]:
    """Return who is minted for.

    Raises
    ------
    InstanceError
        If the file cannot be read, or names somebody whom the ledger does not know.
    """
    found = []
    for one in _objects(folder, DEPENDENCIES):
        with in_file(DEPENDENCIES):
            periods = _periods(
                one.objects("periods", optional=True), dates, "startTime", "weight"
            )
            found.append(Dependency(_recipient(one, ledger), periods))
    return tuple(found)


def read_budgets(folder: Folder, dates: DateReader) -> tuple[Budget, ...]:
    """Return what plugins may mint in a week.

    Raises
    ------
    InstanceError
        If the file cannot be read, or limits something else than weeks.
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
        listed: Any = content.raw("plugins")
        return tuple(
            Budget(
                tuple(str(plugin).split("/")),
                _periods(plugins.objects(plugin), dates, "startTime", "budget"),
            )
            for plugin in listed
        )


def read_attributions(
    folder: Folder, ledger: Ledger, dates: DateReader
) -> tuple[Attribution, ...]:
    """Return who passes on how much to whom.

    Raises
    ------
    InstanceError
        If the file cannot be read, or names somebody whom the ledger does not know.
    """
    found = []
    givers: set[str] = set()
    for one in _objects(folder, ATTRIBUTIONS):
        with in_file(ATTRIBUTIONS):
            giver = _participant_id(one, "fromParticipantId", ledger)
            if giver in givers:
                raise InvalidInputError(f"{one.where}: {giver!r} is listed twice.")
            givers.add(giver)
            found += [
                Attribution(
                    giver,
                    _participant_id(to, "toParticipantId", ledger),
                    _periods(
                        to.objects("proportions"), dates, "startDate", "decimalProportion"
                    ),
                )
                for to in one.objects("recipients")
            ]
    return tuple(found)


def _objects(folder: Folder, name: str) -> list[JsonReader]:
    return folder.readers(name) if folder.has(name) else []


def _periods(
    listed: Iterable[JsonReader],
    dates: DateReader,
    time: str,
    value: str,
) -> tuple[tuple[int, float], ...]:
    periods: list[tuple[int, float]] = []
    for one in listed:
        number = one.number(value)
        moment = dates.read(one, time)
        if periods and moment < periods[-1][0]:
            raise InvalidInputError(
                f"{one.where}.{time}: it is before the one listed before it."
            )
        if not 0.0 <= number < float("inf"):
            raise InvalidInputError(f"{one.where}.{value} must be a number from 0 up.")
        periods.append((moment, number))
    return tuple(periods)


def _recipient(one: JsonReader, ledger: Ledger) -> str:
    """Return whom a dependency is: by id, else by name."""
    if "id" in one:
        return _participant_id(one, "id", ledger)
    name = one.text("name")
    for person in ledger.people:
        if person.name == name:
            return person.id
    raise InvalidInputError(f"{one.where}: the ledger knows nobody of the name {name[:60]!r}.")


def _in_calendar(at_ms: int, reader: JsonReader, key: str) -> int:
    """Return a moment that can be written as a date.

    Raises
    ------
    InvalidInputError
        If it is before year 1 or after 9999.
    """
    if at_ms not in _CALENDAR_MS:
        raise InvalidInputError(f"{reader.where}.{key} must be within the years 1 to 9999.")
    return at_ms


def _participant_id(one: JsonReader, key: str, ledger: Ledger) -> str:
    try:
        return ledger.identities.resolve(one.text(key))
    except InvalidInputError as error:
        raise InvalidInputError(f"{one.where}.{key}: {error}") from None
