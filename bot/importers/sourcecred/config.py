"""Reads the minting rules of an instance: dependencies, budgets and personal attributions.

Participants are named by their ids in the ledger, or by their names there. A rule about
somebody whom the ledger does not know is left out, and told: SourceCred would create them, and
an instance is not to fail for a project that nobody has added yet.
"""

from collections.abc import Iterable, Sequence
from datetime import tzinfo
from typing import Any

from bot.importers.sourcecred.dates import parse_date
from bot.importers.sourcecred.folder.files import Folder, in_file
from bot.importers.sourcecred.ledger import Ledger
from cred.chain.attributions import Attribution, check_given
from cred.errors import InvalidInputError
from cred.files.json_values import JsonReader
from cred.minting.budgets import Budget, check_budgets
from cred.minting.dependencies import Dependency

DEPENDENCIES = "config/dependencies.json"
BUDGETS = "config/pluginBudgets.json"
ATTRIBUTIONS = "config/personalAttributions.json"

_DEPENDENCY_KEYS = (
    "id",
    "name",
    "periods",
    "autoActivateOnIdentityCreation",
    "autoInjectStartingPeriodWeight",
)
_GIVER_KEYS = ("fromParticipantId", "fromParticipantName", "recipients")
_RECEIVER_KEYS = ("toParticipantId", "toParticipantName", "proportions")
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


class LeftOut:
    """Collects the rules that are left out and the keys that mean nothing, and why."""

    def __init__(self) -> None:
        self.by_file: dict[str, list[str]] = {}
        self.effective: list[str] = []
        """What SourceCred would have given cred for, with its file."""

    def add(self, file: str, sentence: str, *, effective: bool = False) -> None:
        """Note that a rule of a file is left out, which may have an effect in SourceCred."""
        self.by_file.setdefault(file, []).append(sentence)
        if effective:
            self.effective.append(f"{file}: {sentence}")

    def note_unknown(self, file: str, reader: JsonReader, *known: str) -> None:
        """Note the keys of an object that SourceCred does not know."""
        place = reader.where.removeprefix(file).removeprefix(": ").removeprefix("it")
        for key in reader.fields():
            if key not in known:
                self.add(file, f"{f'{place}.{key}'.removeprefix('.')} (not known)")


def read_dependencies(
    folder: Folder, ledger: Ledger, dates: DateReader, left_out: LeftOut
) -> tuple[Dependency, ...]:
    """Return the dependencies: participants for whom extra cred is minted.

    Raises
    ------
    InstanceError
        If the file cannot be read.
    """
    dependencies: dict[str, Dependency] = {}
    for entry in _objects(folder, DEPENDENCIES):
        with in_file(DEPENDENCIES):
            left_out.note_unknown(DEPENDENCIES, entry, *_DEPENDENCY_KEYS)
            listed = entry.objects("periods", optional=True)
            periods = _periods(listed, dates, "startTime", "weight", DEPENDENCIES, left_out)
            named = _texts(entry, "id", "name")
            recipient = ledger.find(*named)
            if not periods and "autoInjectStartingPeriodWeight" in entry:
                weight = entry.raw("autoInjectStartingPeriodWeight")
                left_out.add(
                    DEPENDENCIES,
                    f"{_in_words(named)}: SourceCred's next run would have begun to mint "
                    f"{weight!r:.20} of all for it (autoInjectStartingPeriodWeight); the "
                    "setting dependencies.PERSON does so here",
                )
            if recipient is None:
                consequence = "nothing is minted" if periods else "nothing is to be minted yet"
                left_out.add(
                    DEPENDENCIES,
                    f"{_in_words(named)} is not in the ledger: {consequence} for it",
                    effective=bool(periods),
                )
            elif recipient in dependencies:
                left_out.add(
                    DEPENDENCIES, f"{_in_words(named)} is listed twice: the first counts"
                )
            else:
                dependencies[recipient] = Dependency(recipient, periods)
    return tuple(dependencies.values())


def read_budgets(folder: Folder, dates: DateReader, left_out: LeftOut) -> tuple[Budget, ...]:
    """Return how much each plugin may mint in a week.

    Raises
    ------
    InstanceError
        If the file cannot be read, its interval is not a week, or budgets overlap.
    """
    if not folder.has(BUDGETS):
        return ()
    content = folder.reader(BUDGETS)
    left_out.note_unknown(BUDGETS, content, "intervalLength", "plugins")
    with in_file(BUDGETS):
        length = content.text("intervalLength") if "intervalLength" in content else "WEEKLY"
        if length != "WEEKLY":
            raise InvalidInputError(
                f"intervalLength must be WEEKLY, as SourceCred wants it, not {length[:40]!r}."
            )
        plugins = content.object("plugins")
        names: Any = content.raw("plugins")
        budgets = tuple(
            Budget(
                tuple(str(plugin).split("/")),
                _periods(
                    plugins.objects(plugin), dates, "startTime", "budget", BUDGETS, left_out
                ),
            )
            for plugin in names
        )
        check_budgets(budgets)
        return budgets


def read_attributions(
    folder: Folder, ledger: Ledger, dates: DateReader, left_out: LeftOut
) -> tuple[Attribution, ...]:
    """Return the personal attributions: who passes on which share of their cred to whom.

    Raises
    ------
    InstanceError
        If the file cannot be read, or somebody passes on more than all.
    """
    attributions: dict[tuple[str, str], Attribution] = {}
    for entry in _objects(folder, ATTRIBUTIONS):
        with in_file(ATTRIBUTIONS):
            left_out.note_unknown(ATTRIBUTIONS, entry, *_GIVER_KEYS)
            giver_named = _texts(entry, "fromParticipantId", "fromParticipantName")
            giver = ledger.find(*giver_named)
            for to in entry.objects("recipients", optional=True):
                left_out.note_unknown(ATTRIBUTIONS, to, *_RECEIVER_KEYS)
                changes = _periods(
                    to.objects("proportions", optional=True),
                    dates,
                    "startDate",
                    "decimalProportion",
                    ATTRIBUTIONS,
                    left_out,
                )
                named = _texts(to, "toParticipantId", "toParticipantName")
                receiver = ledger.find(*named)
                pair = f"from {_in_words(giver_named)} to {_in_words(named)}"
                if giver is None or receiver is None:
                    who = giver_named if giver is None else named
                    reason = f"{_in_words(who)} is not in the ledger"
                    left_out.add(ATTRIBUTIONS, f"{pair}: {reason}", effective=bool(changes))
                elif giver == receiver:
                    left_out.add(ATTRIBUTIONS, f"{pair}: both are one person")
                elif (giver, receiver) in attributions:
                    left_out.add(ATTRIBUTIONS, f"{pair}: listed twice, and the first counts")
                else:
                    attributions[giver, receiver] = Attribution(giver, receiver, changes)
    with in_file(ATTRIBUTIONS):
        check_given(attributions.values())
    return tuple(attributions.values())


def _texts(entry: JsonReader, *keys: str) -> list[str]:
    """Return the texts in some fields, without those that are missing or empty."""
    return [text for key in keys if key in entry and (text := str(entry.raw(key)).strip())]


def _in_words(named: Sequence[str]) -> str:
    """Return what to call somebody who is named by id, by name, or by both."""
    return named[-1][:60] if named else "nobody"


def _objects(folder: Folder, name: str) -> list[JsonReader]:
    return folder.readers(name) if folder.has(name) else []


def _periods(
    entries: Iterable[JsonReader],
    dates: DateReader,
    time: str,
    value: str,
    file: str,
    left_out: LeftOut,
) -> tuple[tuple[int, float], ...]:
    periods: list[tuple[int, float]] = []
    for entry in entries:
        left_out.note_unknown(file, entry, time, value)
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
