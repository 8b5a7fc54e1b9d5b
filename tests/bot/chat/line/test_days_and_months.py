"""Days, weeks and months as people type them, wherever weeks or a day are asked for."""

from datetime import UTC, date, datetime

import pytest

from bot.chat.line.parse import Invocation, parse
from bot.commands.catalogue import build_registry
from bot.commands.kit.arguments import Mention
from bot.commands.kit.errors import UserError
from bot.commands.kit.parameters.parameter import InputContext
from bot.commands.kit.parameters.period import PERIOD
from cred.periods import parse_period

REGISTRY = build_registry()
NOW_MS = int(datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp() * 1000)
WITH_A_PERIOD = [
    command.line
    for command in REGISTRY.commands
    if any(parameter.type is PERIOD for parameter in command.parameters)
]
PERIODS = [
    "today", "Yesterday", "30 Sep", "Sep 30", "30th of September 2026", "sep. 30, 2026",
    "2026-09-30", "september", "Sept", "sep 2026", "2026 september", "last september",
    "last month", "this week", "last week", "2026/09", "8 weeks", "in september", "on 30 Sep",
    "during last week", "last month?", "september!", "in sep 2026", "2 weeks ago",
    "a month ago", "3 days ago",
]  # fmt: skip
NO_PERIODS = [
    "30 Feb", "2026-02-30", "2026-13", "32 sep", "Sep 31", "30.9.2026", "30/9/2026", "9/30",
    "2026-W40", "next june", "last monday", "tomorrow", "3 days", "last 3 days", "next week",
    "last quarter", "last summer", "since september", "from 1 Sep", "until last week", "q3",
]  # fmt: skip


def read(line: str) -> Invocation:
    return parse(line, REGISTRY, "discord", NOW_MS)


def test_three_commands_take_a_period() -> None:
    assert WITH_A_PERIOD == ["cred show", "cred board", "cred explain"]


@pytest.mark.parametrize("command", WITH_A_PERIOD)
@pytest.mark.parametrize("text", PERIODS)
def test_a_period_is_understood_everywhere(command: str, text: str) -> None:
    parameter = next(each for each in read(command).command.parameters if each.name == "period")
    expected = parse_period(text)

    picked = parameter.type.from_options(
        parameter, {"period": text}, InputContext("discord", NOW_MS)
    )

    assert read(f"{command} {text}").arguments == {"period": expected}
    assert picked == expected
    if command != "cred board":
        both = {
            "period": expected,
            read(command).command.parameters[0].name: Mention("discord", "17"),
        }
        assert read(f"{command} <@17> {text}").arguments == both
        assert read(f"{command} {text} <@17>").arguments == both


@pytest.mark.parametrize("command", WITH_A_PERIOD)
@pytest.mark.parametrize("text", NO_PERIODS)
def test_what_is_none_gets_one_sentence_with_examples_and_is_nobody_s_name(
    command: str, text: str
) -> None:
    with pytest.raises(UserError) as mistake:
        read(f"{command} {text}")

    sentence = str(mistake.value).removesuffix(" For example:")
    assert text.rsplit(" ", maxsplit=1)[-1] in sentence
    assert sentence.count(". ") == 0
    assert mistake.value.try_lines


@pytest.mark.parametrize(
    "text", ["today", "september", "30 Sep", "last month", "2026-10", "year"]
)
def test_history_which_counts_weeks_says_that_it_takes_no_period(text: str) -> None:
    for line in (f"cred history {text}", f"cred history <@17> {text}"):
        with pytest.raises(UserError, match="It takes no period") as mistake:
            read(line)

        assert "cred history @ada 26" in mistake.value.try_lines


@pytest.mark.parametrize(
    ("line", "arguments"),
    [
        ("cred april jones", {"person": "april jones"}),
        ("cred @may", {"person": "may"}),
        ('cred "June"', {"person": "June"}),
        ("cred @june june", {"person": "june", "period": parse_period("june")}),
        ("cred board 2 sep 2026", {"period": parse_period("2 sep 2026")}),
        ("cred board sep 2026 2", {"period": parse_period("2026-09"), "page": 2}),
        ("cred board page 2 september", {"period": parse_period("september"), "page": 2}),
    ],
)
def test_a_month_is_told_from_a_name_and_a_page(
    line: str, arguments: dict[str, object]
) -> None:
    assert read(line).arguments == arguments


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("on 30 Sep", date(2026, 9, 30)),
        ("on Sep 30, 2025", date(2025, 9, 30)),
        ("date: 3 december", date(2025, 12, 3)),
        ("2026-9-3", date(2026, 9, 3)),
        ("on yesterday", date(2026, 11, 19)),
    ],
)
def test_the_day_of_work_is_written_as_people_write_days(words: str, day: date) -> None:
    assert read(f"contrib add Fixed it <@17> {words} kind docs").arguments["date"] == day
    assert read(f"initiative open New website {words}").arguments == {
        "title": "New website",
        "date": day,
    }


@pytest.mark.parametrize("text", ["30 Feb", "2026-02-30", "31 September 2026"])
def test_a_day_that_does_not_exist_is_told(text: str) -> None:
    with pytest.raises(UserError, match=f"“{text}” .*“on 3 Oct” and has to exist"):
        read(f"contrib add Fixed it <@17> on {text}")
