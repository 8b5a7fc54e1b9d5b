"""Lists of people as many as can be typed: whoever is meant is thanked, or it is asked."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random

from bot.chat.line.parse import parse
from bot.commands.kit import resolve
from bot.commands.kit.errors import UserError
from bot.services.known_names import read_known_names
from storage.log.batch import Account, Batch
from tests.bot.commands.entries.lines import REGISTRY
from tests.bot.commands.garden import ADA, NOW_MS, communities, garden, request

NAMES = (
    "Eda", "Eda Lovelace", "Eda L", "Bruno", "Bruno Castellan", "Salt and Pepper", "Salt",
    "Smith, John", "John", "山田 太郎", "山田", "Max 2", "Max", "Will", "May", "O'Brien",
    "Dr. Strange", "Bob “B” Brown", "\N{SEEDLING} Fern", "a b", "Tuna for two", "Tuna",
)  # fmt: skip
ELSEWHERE = ("Eda Lovelace", "Castellan", "bruno")
REASONS = ("the tour", "help with Bruno", "x, y and z", "it", "Eda's talk", "2 talks")
COUNT = 1_500
DRAWN = Random(5)


@dataclass(frozen=True)
class TypedList:
    """A line, and what it means."""

    line: str
    people: frozenset[str]
    rest: str


def write_person(number: int) -> str:
    name = DRAWN.choice((NAMES[number],) * 4 + (NAMES[number].upper(), NAMES[number].lower()))
    forms = (f"@{name}", f"@{name}", name, f"<@{1_000 + number}>", f"@“{name}”")
    return DRAWN.choice(forms if "“" not in name else forms[:3])


def thanks_lists() -> Iterator[TypedList]:
    for _ in range(COUNT):
        numbers = DRAWN.sample(range(len(NAMES)), DRAWN.randint(1, 3))
        text = write_person(numbers[0])
        for number in numbers[1:]:
            text += DRAWN.choice((", ", " and ", " & ", ", and ", " ")) + write_person(number)
        reason = DRAWN.choice(REASONS)
        line = f"thanks {text}{DRAWN.choice((' for ', ', for '))}{reason}"
        yield TypedList(line, frozenset(str(1_000 + number) for number in numbers), reason)


def work_lists() -> Iterator[TypedList]:
    for _ in range(COUNT):
        numbers = DRAWN.sample(range(len(NAMES)), DRAWN.randint(1, 3))
        text = f"@{NAMES[numbers[0]]}"
        for number in numbers[1:]:
            text += DRAWN.choice((" ", " 2 ", ", ", " and ")) + f"@{NAMES[number]}"
        title = DRAWN.choice(("“Dug for two, and more”", "“Max 2”"))
        line = DRAWN.choice((f"contrib add {title} {text}", f"contrib add {text} {title}"))
        people = frozenset(str(1_000 + number) for number in numbers)
        yield TypedList(line, people, title.strip("“”"))


async def test_nobody_is_taken_for_somebody_else_in_any_list(tmp_path: Path) -> None:
    known = [Account("discord", str(1_000 + at), name=name) for at, name in enumerate(NAMES)]
    known += [Account("discourse", str(at), name=name) for at, name in enumerate(ELSEWHERE)]
    async with communities(tmp_path) as opened:
        community = await garden(opened)
        await community.log.append(Batch(accounts=tuple(known)))
        names = await read_known_names(community, "discord", ADA)
        read = 0
        for part, other, lists in (
            ("who", "reason", thanks_lists()),
            ("people", "title", work_lists()),
        ):
            for typed in lists:
                try:
                    given = parse(typed.line, REGISTRY, "discord", NOW_MS, names).arguments
                    asked = replace(request(community), arguments=given)
                    found = resolve.shares(asked, part)
                except UserError:
                    continue
                read += 1
                ids = frozenset(map(community.directory.account, found))
                assert (ids, given.get(other)) == (typed.people, typed.rest), typed.line

    assert read > 2 * COUNT * 0.75
