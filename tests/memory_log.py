"""An event log in memory, with the rules of storage's: numbers for ids, and only news.

It is the slow model that the real log is compared with, and it replaces the log in tests of
code that reads columns or records events.
"""

from collections.abc import Iterable

from cred.facts.events import FAMILY_OF, MISSING, Event, EventColumns, ObjectType

Subject = tuple[object, ...]


class NumberedTexts:
    """Texts, numbered from 1 in order of appearance; each source has its own."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.sources: list[str] = []
        self._numbers: dict[tuple[str, str], int] = {}

    def of(self, text: str | None, source: str = "") -> int:
        if text is None:
            return MISSING
        if (source, text) not in self._numbers:
            self.texts.append(text)
            self.sources.append(source)
            self._numbers[source, text] = len(self.texts)
        return self._numbers[source, text]

    def number(self, text: str, source: str = "") -> int | None:
        return self._numbers.get((source, text))


class MemoryDirectory:
    """The `cred.facts.directory.Directory` of a `MemoryLog`."""

    def __init__(self) -> None:
        self.sources = NumberedTexts()
        self.accounts = NumberedTexts()
        self.contributions = NumberedTexts()
        self.places = NumberedTexts()
        self.texts = NumberedTexts()
        self.kinds: dict[str, str] = {}

    def source(self, number: int) -> str:
        return self.sources.texts[number - 1]

    def source_number(self, name: str) -> int | None:
        return self.sources.number(name)

    def account(self, number: int) -> str:
        return self.accounts.texts[number - 1]

    def account_source(self, number: int) -> str:
        return self.accounts.sources[number - 1]

    def account_kind(self, number: int) -> str:
        return self.kinds.get(self.account(number), "user")

    def contribution(self, number: int) -> str:
        return self.contributions.texts[number - 1]

    def contribution_source(self, number: int) -> str:
        return self.contributions.sources[number - 1]

    def place(self, number: int) -> str:
        return self.places.texts[number - 1]

    def text(self, number: int) -> str:
        return self.texts.texts[number - 1]


def _source(named: str | None, event: Event) -> str:
    return named or event.source


def _with_its_source(event: Event, field: str) -> tuple[object, ...]:
    """Return a field of an event, with the source whose id it is, if it is an id."""
    sources = {
        "actor": _source(event.actor_source, event),
        "target": event.source,
        "object": _source(event.object_source, event),
        "place": event.source,
    }
    value = getattr(event, field)
    return (value,) if value is None or field not in sources else (value, sources[field])


def subject(event: Event) -> Subject:
    """Return the subject of an event, with the sources of the ids that name it."""
    family = FAMILY_OF[event.kind]
    return (family.name, *(_with_its_source(event, field) for field in family.subject))


class MemoryLog:
    def __init__(self) -> None:
        self.directory = MemoryDirectory()
        self.events: list[Event] = []
        self._states: dict[Subject, tuple[object, ...]] = {}

    def append(self, events: Iterable[Event]) -> int:
        """Append the events that are news; return how many there were."""
        before = len(self.events)
        for event in events:
            family = FAMILY_OF[event.kind]
            key = subject(event)
            state = tuple(_with_its_source(event, field) for field in family.state)
            if key not in self._states:
                plain = tuple(getattr(event, field) for field in family.state)
                is_news = plain != family.initial
            else:
                is_news = self._states[key] != state
            if is_news:
                self._states[key] = state
                self.events.append(event)
        return len(self.events) - before

    def columns(self) -> EventColumns:
        names = self.directory
        objects = {
            ObjectType.NOTHING: names.texts,  # never looked at: object is None
            ObjectType.ACCOUNT: names.accounts,
            ObjectType.CONTRIBUTION: names.contributions,
            ObjectType.PLACE: names.places,
        }
        rows = [
            (
                seq,
                event.kind,
                names.sources.of(event.source),
                names.accounts.of(event.actor, _source(event.actor_source, event)),
                names.contributions.of(event.target, event.source),
                objects[FAMILY_OF[event.kind].object_type].of(
                    event.object, _source(event.object_source, event)
                ),
                names.places.of(event.place, event.source),
                names.texts.of(event.text),
                event.value,
                event.at_ms,
            )
            for seq, event in enumerate(self.events, 1)
        ]
        return EventColumns.from_rows(rows)
