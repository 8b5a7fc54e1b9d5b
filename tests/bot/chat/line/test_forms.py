"""Forms as people type them: parts in any order, told apart by what they look like."""

from collections.abc import Mapping
from datetime import UTC, date, datetime

import pytest

from bot.chat.line.parse import parse
from bot.commands.catalogue import build_registry
from bot.commands.kit.arguments import Argument, ContributionLink, Mention, Share
from bot.commands.kit.errors import UserError

REGISTRY = build_registry()
NOW_MS = int(datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp() * 1000)
ADA, BOB = Share(Mention("discord", "17")), Share(Mention("discord", "18"))
LINK = "https://discord.com/channels/1/2/3"
MESSAGE = ContributionLink("discord", "3")
WORK = ContributionLink("manual", "contribution:7")
OTHER = ContributionLink("manual", "initiative:2")


def parse_arguments(line: str) -> Mapping[str, Argument]:
    return parse(line, REGISTRY, "discord", NOW_MS).arguments


@pytest.mark.parametrize(
    ("line", "arguments"),
    [
        ("<@17> for the tour", {"who": (ADA,), "reason": "the tour"}),
        ("<@17> the tour", {"who": (ADA,), "reason": "the tour"}),
        ("<@17> <@18> for x", {"who": (ADA, BOB), "reason": "x"}),
        ("<@17>, <@18> and @cyd: for x", {"who": (ADA, BOB, Share("cyd")), "reason": "x"}),
        ("<@17> and <@18> because of x", {"who": (ADA, BOB), "reason": "of x"}),
        ("ada for x", {"who": (Share("ada"),), "reason": "x"}),
        ("Ada L and Bob for x", {"who": (Share("Ada L"), Share("Bob")), "reason": "x"}),
        ("ada, bob for x for y", {"who": (Share("ada"), Share("bob")), "reason": "x for y"}),
        ("<@17> and Bob B for x", {"who": (ADA, Share("Bob B")), "reason": "x"}),
        ("bob and <@17> for x", {"who": (Share("bob"), ADA), "reason": "x"}),
        ('@"Ada L." for x', {"who": (Share("Ada L."),), "reason": "x"}),
        ("<@17> for “the tour” @bob gave", {"who": (ADA,), "reason": "the tour @bob gave"}),
        (LINK, {"message": MESSAGE}),
        (f"<@17> {LINK} for x", {"who": (ADA,), "message": MESSAGE, "reason": "x"}),
        (f"<@17> for {LINK}", {"who": (ADA,), "message": MESSAGE}),
        (f"<@17> for {LINK} a lot", {"who": (ADA,), "message": MESSAGE, "reason": "a lot"}),
        ("to <@17> for x", {"who": (ADA,), "reason": "x"}),
        ("so much to <@17>, @cyd! for x", {"who": (ADA, Share("cyd!")), "reason": "x"}),
        ("a lot <@17>! for x", {"who": (ADA,), "reason": "x"}),
        ("to Ada L and Bob for x", {"who": (Share("Ada L"), Share("Bob")), "reason": "x"}),
        ("for x", {"reason": "x"}),
        ("", {}),
    ],
)  # fmt: skip
def test_thanks_name_people_a_message_and_a_reason(
    line: str, arguments: Mapping[str, Argument]
) -> None:
    assert parse_arguments(f"thanks {line}") == arguments


@pytest.mark.parametrize(
    "people",
    [
        "<@17> and more",
        "<@17>, great talk",
        "@ada, great talk",
        "ada & everybody else",
        "<@17> Castellan for the tour",
        "<@17> Castellan, <@18> for the tour",
        "@ada, and the whole team",
        "<@17> + more",
    ],
)
def test_words_that_may_be_further_people_are_asked_about(people: str) -> None:
    with pytest.raises(UserError) as caught:
        parse_arguments(f"thanks {people}")

    assert caught.value.title == "Which people?"


FULL = {
    "title": "Fixed the docs",
    "people": (Share(ADA.person, 2), Share("bob", 1)),
    "date": date(2026, 10, 3),
    "kind": "docs",
    "link": "https://example.org/1",
}


@pytest.mark.parametrize(
    "line",
    [
        "Fixed the docs <@17> 2 @bob 1 on 2026-10-03 kind docs https://example.org/1",
        "kind: docs 2026-10-03 https://example.org/1 <@17> 2, @bob Fixed the docs",
        "“Fixed the docs” <@17> x2 and @bob, kind=docs link <https://example.org/1> 2026-10-03",
        "https://example.org/1 Fixed the docs date 2026-10-03 KIND docs <@17> 2x @bob 1",
    ],
)
def test_the_parts_of_work_come_in_any_order(line: str) -> None:
    assert parse_arguments(f"contrib add {line}") == FULL


@pytest.mark.parametrize(
    ("line", "arguments"),
    [
        ("Moved house yesterday @ada", {
            "title": "Moved house", "date": date(2026, 11, 19), "people": (Share("ada"),),
        }),
        ("Sorted 300 tickets @ada", {"title": "Sorted 300 tickets", "people": (Share("ada"),)}),
        ("“Tour of @bob on 2026-01-01” @ada", {
            "title": "Tour of @bob on 2026-01-01", "people": (Share("ada"),),
        }),
        ("A kind", {"title": "A kind"}),
        ("today", {"date": date(2026, 11, 20)}),
    ],
)  # fmt: skip
def test_a_title_ends_where_another_part_begins(
    line: str, arguments: Mapping[str, Argument]
) -> None:
    assert parse_arguments(f"contrib add {line}") == arguments


@pytest.mark.parametrize(
    ("line", "arguments"),
    [
        ("contrib approve 7", {"number": 7}),
        ("contrib approve #7", {"number": 7}),
        ("contrib withdraw contribution:7", {"number": 7}),
        ("contrib withdraw contribution 7", {"number": 7}),
        ("contrib reject Contribution #7 not done", {"number": 7, "reason": "not done"}),
        ("contrib reject 7 not done yet", {"number": 7, "reason": "not done yet"}),
        ("contrib reject 7 because 3 is missing", {"number": 7, "reason": "3 is missing"}),
        ("initiative add 3 contribution 7", {"number": 3, "thing": WORK}),
        ("initiative add contribution #7 to 3", {"number": 3, "thing": WORK}),
        ("initiative add 3 initiative 2 as dependency", {
            "number": 3, "thing": OTHER, "how": "dependency",
        }),
        (f"initiative add 3 {LINK}", {"number": 3, "thing": MESSAGE}),
        ("initiative add 3 post:12", {
            "number": 3, "thing": ContributionLink("discourse", "post:12"),
        }),
        ("initiative remove 3 contribution 7", {"number": 3, "thing": WORK}),
        ("initiative remove 3 <@17>", {"number": 3, "who": (ADA,)}),
        ("initiative champion 3", {"number": 3}),
        ("initiative champion 3 @ada", {"number": 3, "who": (Share("ada"),)}),
        ("initiative champion 3 ada", {"number": 3, "who": (Share("ada"),)}),
        ("initiative open New website", {"title": "New website"}),
        ("cred explain contribution:7", {"thing": WORK}),
    ],
)  # fmt: skip
def test_things_are_named_by_number_or_link(
    line: str, arguments: Mapping[str, Argument]
) -> None:
    assert parse_arguments(line) == arguments


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("contrib approve 7 8", "8"),
        ("contrib approve initiative:7", "initiative:7"),
        ("contrib approve thanks 7", "thanks"),
        ("contrib add Gate @bob ٣", "٣"),
        ("contrib approve seven", "seven"),
        ("initiative add 3 contribution seven", "contribution"),
        ("initiative show 3 please", "please"),
    ],
)
def test_a_word_that_makes_no_sense_in_a_form_is_named(line: str, word: str) -> None:
    with pytest.raises(UserError, match=f"“{word}”"):
        parse_arguments(line)


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("contrib add Gate @bob on 2026-02-30", "“2026-02-30” in .* A day is written like"),
        ("contrib add Gate @bob 3.10.2026", "“3.10.2026” in .* A day is written like"),
        ("contrib add Gate @bob -5", "“-5” in .* A share is a whole number from 1 up"),
        ("contrib add Gate @bob NaN", "“NaN” in .* A share is a whole number from 1 up"),
        ("contrib add Gate @bob 1e9", "A share is a whole number from 1 up"),
        ("contrib add Gate @bob 99999999999999", "A share is a whole number from 1 up"),
        ("contrib add Gate @Ada Lovelace", "“Lovelace” in .* a name of several words, go in"),
        ("contrib approve 7 8", "“8” in .* One number, please"),
        ("contrib approve -1", "“-1” in .* A number is whole, from 1 up"),
        ("initiative champion 3 @Ada Lovelace", "A name of several words goes in quotes"),
    ],
)
def test_what_is_no_day_share_number_or_name_is_told_how_one_is_written(
    line: str, hint: str
) -> None:
    with pytest.raises(UserError, match=hint):
        parse_arguments(line)
