"""Lines as people type them."""

from collections.abc import Mapping
from datetime import date
from types import UnionType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat.line.parse import begins_with_command, parse
from bot.commands.catalogue import build_registry
from bot.commands.kit.arguments import Argument, ContributionLink, Mention, Share
from bot.commands.kit.errors import UserError
from bot.commands.kit.parameters.changes import ChangesType
from bot.commands.kit.parameters.coming_week import ComingWeekType
from bot.commands.kit.parameters.contribution import ContributionType
from bot.commands.kit.parameters.date import DateType
from bot.commands.kit.parameters.introduced import Introduced
from bot.commands.kit.parameters.number import EntryNumber, NumberType
from bot.commands.kit.parameters.parameter import Parameter
from bot.commands.kit.parameters.people import PeopleType, SharesType
from bot.commands.kit.parameters.period import PeriodType, SinceType
from bot.commands.kit.parameters.person import AccountType, PersonOrContributionType, PersonType
from bot.commands.kit.parameters.text import (
    Alternative,
    Choice,
    ReasonType,
    TextType,
    TitleType,
    UrlType,
    WordType,
)
from cred.periods import Period, parse_period

REGISTRY = build_registry()
ADA = Mention("discord", "17")


def parse_line(line: str) -> tuple[str, Mapping[str, Argument]]:
    invocation = parse(line, REGISTRY, "discord")
    return invocation.command.line, invocation.arguments


@pytest.mark.parametrize(
    ("line", "command", "arguments"),
    [
        ("cred", "cred show", {}),
        ("CRED", "cred show", {}),
        ("cred show", "cred show", {}),
        ("cred <@17>", "cred show", {"person": ADA}),
        (
            "cred <@!17> last month",
            "cred show",
            {"person": ADA, "period": parse_period("last month")},
        ),
        (
            "cred last month <@17>",
            "cred show",
            {"person": ADA, "period": parse_period("last month")},
        ),
        (
            "cred @ada 2026-10",
            "cred show",
            {"person": "ada", "period": parse_period("2026-10")},
        ),
        (
            "cred Ada Lovelace week",
            "cred show",
            {"person": "Ada Lovelace", "period": parse_period("week")},
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
        ("cred board 2026", "cred board", {"period": parse_period("2026")}),
        ("cred board 8 weeks 2", "cred board", {"period": parse_period("8 weeks"), "page": 2}),
        (
            "cred board 2 last 8 weeks",
            "cred board",
            {"period": parse_period("last 8 weeks"), "page": 2},
        ),
        ("cred history 8 weeks <@17>", "cred history", {"person": ADA, "weeks": 8}),
        ("cred history 8", "cred history", {"weeks": 8}),
        ("cred history last 8 weeks", "cred history", {"weeks": 8}),
        (
            "cred explain https://discord.com/channels/1/2/3 month",
            "cred explain",
            {"thing": ContributionLink("discord", "3"), "period": parse_period("month")},
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
    assert parse_line(line) == (command, arguments)


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
    with pytest.raises(UserError) as mistake:
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
        ("cred next month", "“next month” is not a period"),
        ("cred last millennium", "“last millennium” is not a period"),
        ("cred 3 days", "“3 days” is not a period"),
        ("cred 2026-13", "2026-13 is not a month"),
        ("cred show 2026-13-45", "“2026-13-45” is not a period; try one of: all, week"),
        ("cred last month this month", "Only one period"),
        ("cred history last month", "It takes no period"),
        ("cred history -3", r"\[weeks\] is a whole number from 1 up"),
        ("cred history 0", r"\[weeks\] is a whole number from 1 up"),
        ("cred board 0", r"\[page\] is a whole number from 1 up"),
        ("cred board 1.5", r"\[page\] is a whole number from 1 up"),
    ],
)
def test_an_impossible_period_or_number_is_nobodys_name(line: str, says: str) -> None:
    with pytest.raises(UserError, match=says):
        parse(line, REGISTRY, "discord")


@pytest.mark.parametrize("name", ["next month", "2026-13", "0"])
def test_in_quotes_anything_is_a_name(name: str) -> None:
    assert parse_line(f'cred history "{name}"') == ("cred history", {"person": name})


def test_text_may_be_of_anything() -> None:
    assert parse_line("help next month") == ("help", {"command": "next month"})


def test_a_misspelt_command_that_could_be_a_name_is_kept_as_a_hint() -> None:
    invocation = parse("cred bord", REGISTRY, "discord")

    assert invocation.arguments == {"person": "bord"}
    assert invocation.suggestion == "cred board"


def test_a_line_too_long_to_mean_anything_is_refused() -> None:
    with pytest.raises(UserError, match="characters long"):
        parse("cred " + "a" * 1_000, REGISTRY, "discord")


def test_only_a_first_word_of_ours_is_for_us() -> None:
    assert begins_with_command("cred", REGISTRY)
    assert begins_with_command("Help me", REGISTRY)
    assert not begins_with_command("creditcard", REGISTRY)
    assert not begins_with_command("play cred", REGISTRY)
    assert not begins_with_command("", REGISTRY)


IDS = st.integers(1, 2**63).map(str)
MENTIONS = IDS.map(lambda account: Mention("discord", account))
LINKS = IDS.map(lambda message: ContributionLink("discord", message))
ARGUMENTS: dict[type, tuple[st.SearchStrategy[Argument], type | UnionType]] = {
    PersonType: (MENTIONS, str | Mention),
    AccountType: (MENTIONS | st.just("forum:ada"), str | Mention),
    PersonOrContributionType: (LINKS, str | Mention | ContributionLink),
    SinceType: (st.sampled_from(["last month", "8 weeks"]).map(parse_period), Period),
    PeriodType: (
        st.sampled_from(["all", "last month", "2026-10", "8 weeks"]).map(parse_period),
        Period,
    ),
    NumberType: (st.integers(1, 1999), int),
    WordType: (st.sampled_from(["discourse", "K7QX-2MPD-9RTV"]), str),
    TextType: (st.just("cred board"), str),
    PeopleType: (MENTIONS.map(lambda mention: (Share(mention), Share("Grace H."))), tuple),
    SharesType: (
        MENTIONS.map(lambda mention: (Share(mention, 12), Share("Grace H.", 1))),
        tuple,
    ),
    ComingWeekType: (st.sampled_from([date(2026, 12, 13), date(2027, 1, 3)]), date),
    DateType: (st.dates(date(1970, 1, 1)), date),
    UrlType: (st.just("https://example.org/a?b=1,2"), str),
    ContributionType: (
        LINKS | st.just(ContributionLink("manual", "contribution:7")),
        ContributionLink,
    ),
    EntryNumber: (st.integers(1, 10**9 - 1), int),
    Choice: (st.sampled_from(["code", "dependency"]), str),
    TitleType: (st.sampled_from(["Fixed it", "The 2026-10-03 meetup of @ada, for 7"]), str),
    ReasonType: (st.just("cred board"), str),
    ChangesType: (st.sampled_from(["👍=3", "channel.a=1 edge.b=1 / 0.5"]), str),
    Alternative: (st.sampled_from(["for", "against"]), str),
}
"""Of each type of parameter: some arguments, and what arguments are instances of."""
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


def arguments_of(parameter: Parameter) -> st.SearchStrategy[Argument]:
    kind = parameter.type
    if isinstance(kind, Alternative):
        return st.sampled_from(kind.choices)
    return ARGUMENTS[type_of(parameter)][0]


def type_of(parameter: Parameter) -> type:
    """Return the class of a parameter's type, or of the one that words introduce."""
    kind = parameter.type
    return type(kind.inner if isinstance(kind, Introduced) else kind)


def test_every_type_of_parameter_has_arguments_to_try() -> None:
    types = {
        type_of(parameter) for command in REGISTRY.commands for parameter in command.parameters
    }

    missing = sorted(kind.__name__ for kind in types - ARGUMENTS.keys())
    assert missing == [], "add a row to ARGUMENTS for each"


@given(ANY_LINE)
def test_any_line_calls_something_or_is_the_askers_mistake(line: str) -> None:
    try:
        invocation = parse(line, REGISTRY, "discord")
    except UserError:
        return
    types = {parameter.name: type_of(parameter) for parameter in invocation.command.parameters}
    for name, argument in invocation.arguments.items():
        _, values = ARGUMENTS[types[name]]
        assert isinstance(argument, values)


@given(st.data())
def test_a_buttons_line_gives_back_what_it_was_made_of(data: st.DataObject) -> None:
    command = data.draw(st.sampled_from(REGISTRY.commands))
    chosen = (
        data.draw(
            st.sets(st.sampled_from([parameter.name for parameter in command.parameters]))
        )
        if (command.parameters)
        else set()
    )
    if any(parameter.type.is_positional for parameter in command.parameters):
        # These are told apart by their order, so none may be left out before a later one.
        last = max(
            (at for at, parameter in enumerate(command.parameters) if parameter.name in chosen),
            default=-1,
        )
        chosen = {parameter.name for parameter in command.parameters[: last + 1]}
    arguments = {
        parameter.name: data.draw(arguments_of(parameter))
        for parameter in command.parameters
        if parameter.name in chosen
    }

    invocation = parse(command.format_line(arguments), REGISTRY, "discord")

    assert invocation.command is command
    assert dict(invocation.arguments) == arguments


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("rank", "cred show"),
        ("Level @ada last month", "cred show"),
        ("karma", "cred show"),
        ("score <@17>", "cred show"),
        ("top", "cred board"),
        ("lb last month", "cred board"),
        ("leaderboard 2", "cred board"),
        ("thanks! @ada for the review", "thanks"),
        ("help?", "help"),
        ("cred!", "cred show"),
    ],
)
def test_what_people_call_a_command_at_other_bots_is_understood(
    line: str, command: str
) -> None:
    assert parse_line(line)[0] == command


def test_nicknames_are_no_words_of_help_and_begin_no_sentence_without_a_prefix() -> None:
    assert not {"rank", "top", "level"} & set(REGISTRY.first_words)
    assert not begins_with_command("top of the morning to you", REGISTRY)
