"""Lines as people type them."""

from collections.abc import Mapping
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.line.parse import is_for_us, line_of, parse
from bot.commands.all import registry
from bot.commands.kit.dispatch import UserMistake
from bot.commands.kit.model import Argument, ContributionLink, Mention, Share, Takes
from cred.periods import Period, read

REGISTRY = registry()
ADA = Mention("discord", "17")


def said(line: str) -> tuple[str, Mapping[str, Argument]]:
    called = parse(line, REGISTRY, "discord")
    return called.command.line, called.arguments


@pytest.mark.parametrize(
    ("line", "command", "arguments"),
    [
        ("cred", "cred show", {}),
        ("CRED", "cred show", {}),
        ("cred show", "cred show", {}),
        ("cred <@17>", "cred show", {"person": ADA}),
        ("cred <@!17> last month", "cred show", {"person": ADA, "period": read("last month")}),
        ("cred last month <@17>", "cred show", {"person": ADA, "period": read("last month")}),
        ("cred @ada 2026-10", "cred show", {"person": "ada", "period": read("2026-10")}),
        (
            "cred Ada Lovelace week",
            "cred show",
            {"person": "Ada Lovelace", "period": read("week")},
        ),
        ('cred "last month"', "cred show", {"person": "last month"}),
        ("cred “Ada Lovelace”", "cred show", {"person": "Ada Lovelace"}),
        ('cred @"Ada Lovelace"', "cred show", {"person": "Ada Lovelace"}),
        ('cred "Ada', "cred show", {"person": '"Ada'}),
        ("me link discourse", "me link", {"platform": "discourse"}),
        ("me link discourse @ada", "me link", {"platform": "discourse", "account": "ada"}),
        ("me link K7QX-2MPD-9RTV", "me link", {"platform": "K7QX-2MPD-9RTV"}),
        ("me confirm k7qx 2mpd 9rtv", "me confirm", {"code": "k7qx 2mpd 9rtv"}),
        ("me unlink discourse:ada", "me unlink", {"account": "discourse:ada"}),
        ("admin identity list", "admin identity list", {}),
        ("ADMIN Identity approve 3", "admin identity approve", {"number": 3}),
        (
            "admin identity propose <@17> discourse:ada said so last week",
            "admin identity propose",
            {"one": ADA, "other": "discourse:ada", "reason": "said so last week"},
        ),
        (
            'admin identity propose "Ada L" ada the same',
            "admin identity propose",
            {"one": "Ada L", "other": "ada", "reason": "the same"},
        ),
        ("cred board", "cred board", {}),
        ("cred top 2", "cred board", {"page": 2}),
        ("cred board page 2", "cred board", {"page": 2}),
        ("cred board 2026", "cred board", {"period": read("2026")}),
        ("cred board 8 weeks 2", "cred board", {"period": read("8 weeks"), "page": 2}),
        (
            "cred board 2 last 8 weeks",
            "cred board",
            {"period": read("last 8 weeks"), "page": 2},
        ),
        ("cred history 8 weeks <@17>", "cred history", {"person": ADA, "weeks": 8}),
        ("cred history 8", "cred history", {"weeks": 8}),
        ("cred history last 8 weeks", "cred history", {"weeks": 8}),
        (
            "cred explain https://discord.com/channels/1/2/3 month",
            "cred explain",
            {"thing": ContributionLink("discord", "3"), "period": read("month")},
        ),
        (
            "cred explain <https://ptb.discord.com/channels/1/2/3>",
            "cred explain",
            {"thing": ContributionLink("discord", "3")},
        ),
        ("cred why message:3", "cred explain", {"thing": ContributionLink("discord", "3")}),
        ("help cred board", "help", {"command": "cred board"}),
        ("admin health", "admin health", {}),
    ],
)
def test_a_line_calls(line: str, command: str, arguments: Mapping[str, Argument]) -> None:
    assert said(line) == (command, arguments)


@pytest.mark.parametrize(
    ("line", "suggestion"),
    [
        ("crad", "cred"),
        ("bored", "cred board"),
        ("xyzzy", "help"),
        ("admin helth", "admin health"),
        ("admin", "admin health"),
        ("", "help"),
        ("cred board last millennium", "cred board"),
        ("cred <@17> <@18>", "cred"),
    ],
)
def test_a_mistake_suggests_a_line_that_works(line: str, suggestion: str) -> None:
    with pytest.raises(UserMistake) as mistake:
        parse(line, REGISTRY, "discord")

    assert mistake.value.try_lines[0] == suggestion
    for works in mistake.value.try_lines:
        parse(works, REGISTRY, "discord")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("cred last 0 weeks", "ask for 1 to 1040 weeks"),
        ("cred ada last 0 weeks", "ask for 1 to 1040 weeks"),
        ("cred 2 months", "only weeks can be counted"),
        ("cred next month", "“next month” is no period"),
        ("cred last millennium", "“last millennium” is no period"),
        ("cred 3 days", "“3 days” is no period"),
        ("cred 2026-13", "2026-13 is no month"),
        ("cred show 2026-13-45", "“2026-13-45” is no period; try one of: all, week"),
        ("cred last month this month", "Only one period"),
        ("cred history last month", "It takes no period"),
        ("cred history -3", r"\[weeks\] is a whole number from 1 up"),
        ("cred history 0", r"\[weeks\] is a whole number from 1 up"),
        ("cred board 0", r"\[page\] is a whole number from 1 up"),
        ("cred board 1.5", r"\[page\] is a whole number from 1 up"),
    ],
)
def test_an_impossible_period_or_number_is_nobodys_name(line: str, says: str) -> None:
    with pytest.raises(UserMistake, match=says):
        parse(line, REGISTRY, "discord")


@pytest.mark.parametrize("name", ["next month", "2026-13", "0"])
def test_in_quotes_anything_is_a_name(name: str) -> None:
    assert said(f'cred history "{name}"') == ("cred history", {"person": name})


def test_text_may_be_of_anything() -> None:
    assert said("help next month") == ("help", {"command": "next month"})


def test_a_misspelt_command_that_could_be_a_name_is_kept_as_a_hint() -> None:
    called = parse("cred bord", REGISTRY, "discord")

    assert called.arguments == {"person": "bord"}
    assert called.perhaps == "cred board"


def test_a_line_too_long_to_mean_anything_is_refused() -> None:
    with pytest.raises(UserMistake, match="characters long"):
        parse("cred " + "a" * 1_000, REGISTRY, "discord")


def test_only_a_first_word_of_ours_is_for_us() -> None:
    assert is_for_us("cred", REGISTRY)
    assert is_for_us("Help me", REGISTRY)
    assert not is_for_us("creditcard", REGISTRY)
    assert not is_for_us("play cred", REGISTRY)
    assert not is_for_us("", REGISTRY)


TYPES = {
    Takes.PERSON: str | Mention,
    Takes.PERIOD: Period,
    Takes.NUMBER: int,
    Takes.THING: str | Mention | ContributionLink,
    Takes.ACCOUNT: str | Mention,
    Takes.WORD: str,
    Takes.TEXT: str,
    Takes.PEOPLE: tuple,
    Takes.SHARES: tuple,
    Takes.DATE: date,
    Takes.URL: str,
    Takes.ITEM: ContributionLink,
    Takes.REFERENCE: int,
    Takes.CHOICE: str,
    Takes.TITLE: str,
}
WORDS = st.sampled_from(
    [
        "cred", "show", "board", "history", "explain", "help", "admin", "health", "me", "last",
        "identity", "propose", "approve", "link", "unlink", "confirm", "discourse:ada",
        "month", "week", "8", "weeks", "2026-10", "<@1>", "@ada", '"', "“", "”", "page", "2",
        "message:9", "https://discord.com/channels/1/2/3", "all", "thanks", "contrib", "add",
        "initiative", "for", "and", "kind", "yesterday", "contribution:7", "https://a", ",",
    ]
)  # fmt: skip
ANY_LINE = st.text(max_size=80) | st.lists(WORDS | st.text(max_size=6), max_size=8).map(
    " ".join
)


@given(ANY_LINE)
def test_any_line_calls_something_or_is_the_askers_mistake(line: str) -> None:
    try:
        called = parse(line, REGISTRY, "discord")
    except UserMistake:
        return
    takes = {parameter.name: parameter.takes for parameter in called.command.parameters}
    for name, argument in called.arguments.items():
        assert isinstance(argument, TYPES[takes[name]])


@given(st.data())
def test_a_buttons_line_gives_back_what_it_was_made_of(data: st.DataObject) -> None:
    ids = st.integers(1, 2**63).map(str)
    people = ids.map(lambda one: Mention("discord", one))
    values: dict[Takes, st.SearchStrategy[Argument]] = {
        Takes.PERSON: ids.map(lambda one: Mention("discord", one)),
        Takes.PERIOD: st.sampled_from(["all", "last month", "2026-10", "8 weeks"]).map(read),
        Takes.NUMBER: st.integers(1, 1999),
        Takes.THING: ids.map(lambda one: ContributionLink("discord", one)),
        Takes.ACCOUNT: ids.map(lambda one: Mention("discord", one)) | st.just("forum:ada"),
        Takes.WORD: st.sampled_from(["discourse", "K7QX-2MPD-9RTV"]),
        Takes.TEXT: st.just("cred board"),
        Takes.PEOPLE: people.map(lambda mention: (Share(mention), Share("Grace H."))),
        Takes.SHARES: people.map(lambda mention: (Share(mention, 12), Share("Grace H.", 1))),
        Takes.DATE: st.dates(date(1970, 1, 1)),
        Takes.URL: st.just("https://example.org/a?b=1,2"),
        Takes.ITEM: ids.map(lambda one: ContributionLink("discord", one))
        | st.just(ContributionLink("manual", "contribution:7")),
        Takes.REFERENCE: st.integers(1, 10**9 - 1),
        Takes.CHOICE: st.sampled_from(["code", "dependency"]),
        Takes.TITLE: st.sampled_from(["Fixed it", "The 2026-10-03 meetup of @ada, for 7"]),
    }
    command = data.draw(st.sampled_from(REGISTRY.commands))
    chosen = (
        data.draw(
            st.sets(st.sampled_from([parameter.name for parameter in command.parameters]))
        )
        if (command.parameters)
        else set()
    )
    if any(parameter.takes in {Takes.ACCOUNT, Takes.WORD} for parameter in command.parameters):
        # Told apart by their order: none is left out before one that is given.
        last = max(
            (at for at, parameter in enumerate(command.parameters) if parameter.name in chosen),
            default=-1,
        )
        chosen = {parameter.name for parameter in command.parameters[: last + 1]}
    arguments = {
        parameter.name: data.draw(values[parameter.takes])
        for parameter in command.parameters
        if parameter.name in chosen
    }

    called = parse(line_of(command, arguments), REGISTRY, "discord")

    assert called.command is command
    assert dict(called.arguments) == arguments
