"""Every source's examples: a payload as its platform sends it, and the events that it gives.

Every folder under `bot/sources` is discovered with its examples; one without any fails.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import pytest

import bot.sources
from bot.sources import discover
from cred.facts.events import Event
from storage.file.database import Database
from storage.log.batch import Batch
from storage.log.event_log import EventLog

SOURCES = discover()
FOLDER = Path(bot.sources.__file__).parent


def examples() -> Iterator[Any]:
    for name in SOURCES:
        for file in sorted((FOLDER / name / "examples").glob("*.json")):
            for load in json.loads(file.read_text(encoding="utf-8")):
                yield pytest.param(name, load, id=f"{name}: {load['says']}")


EXAMPLES = list(examples())
_ENUMS = frozenset({"kind", "provenance"})
_JSON_KEYS = {"provenance": "how"}
"""Fields that examples, as exports of the log, call otherwise."""


def as_example(events: Iterable[Event]) -> list[dict[str, object]]:
    """Return events as an example has them: without their source and without defaults."""
    defaults = {field.name: field.default for field in fields(Event)}
    return [
        {
            _JSON_KEYS.get(name, name): value.name.lower() if name in _ENUMS else value
            for name, value in asdict(event).items()
            if name != "source" and value != defaults[name]
        }
        for event in events
    ]


@pytest.mark.parametrize("name", SOURCES)
def test_every_source_has_a_readme_and_examples(name: str) -> None:
    assert (FOLDER / name / "README.md").is_file()
    assert name in {example.values[0] for example in EXAMPLES}


@pytest.mark.parametrize(("name", "example"), EXAMPLES)
def test_a_payload_gives_the_events_of_its_example(name: str, example: dict[str, Any]) -> None:
    events = list(SOURCES[name].parse(example["payload"]))

    assert as_example(events) == example["events"]
    assert {event.source for event in events} <= {name}


@pytest.mark.parametrize(("name", "example"), EXAMPLES)
async def test_recording_an_example_twice_adds_nothing(
    tmp_path: Path, name: str, example: dict[str, Any]
) -> None:
    batch = Batch(events=tuple(SOURCES[name].parse(example["payload"])))

    async with Database.open(tmp_path / "c.db") as database, EventLog(database) as log:
        await log.append(batch)
        again = await log.append(batch)

    assert again.new == 0
