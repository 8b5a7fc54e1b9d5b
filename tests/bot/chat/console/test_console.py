"""The console: lines in; panels, plain text or JSON out."""

import io
import json
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from rich.console import Console

from bot.chat.console.chat import Speaker
from bot.chat.console.run import run_console
from bot.commands.catalogue import build_registry
from bot.community.communities import Community
from tests.bot.commands.garden import ADA, NOW_MS, communities, garden


@pytest.fixture
async def community(tmp_path: Path) -> AsyncIterator[Community]:
    async with communities(tmp_path) as opened:
        yield await garden(opened, fill=20)


async def type_lines(
    community: Community, *lines: str, as_json: bool = False, terminal: bool = False
) -> tuple[str, int]:
    console = Console(
        file=io.StringIO(), force_terminal=terminal, width=100, no_color=None, highlight=False
    )
    mistakes = await run_console(
        community,
        build_registry(),
        [line + "\n" for line in lines],
        Speaker(ADA, "Ada"),
        as_json=as_json,
        now_ms=lambda: NOW_MS,
        console=console,
    )
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue(), mistakes


async def test_each_line_is_answered_until_they_end(community: Community) -> None:
    text, mistakes = await type_lines(community, "!cred", "", "cred board", "/help")

    assert text.index("Ada: 18.") < text.index("Cred board of Garden") < text.index("What you")
    assert mistakes == 0
    assert "\x1b" not in text


async def test_anybody_can_be_spoken_as(community: Community) -> None:
    text, _ = await type_lines(community, "@Grace: !cred", '@"Member 3": !cred', "!cred")

    assert text.index("Grace: 1") < text.index("Member 3: ") < text.index("Ada: 18.")


async def test_a_speaker_nobody_knows_is_a_mistake(community: Community) -> None:
    text, mistakes = await type_lines(community, "@stranger: !cred")

    assert "I know nobody called “stranger”" in text
    assert mistakes == 1


async def test_a_speaker_who_could_be_several_is_asked_for_more_of_the_name(
    community: Community,
) -> None:
    text, mistakes = await type_lines(community, "@mem: !cred")

    assert "Several people fit “mem”: Member " in text
    assert mistakes == 1


async def test_a_mention_is_no_speaker(community: Community) -> None:
    text, _ = await type_lines(community, f"cred <@{ADA}>", "cred @Grace")

    assert "Ada: 18." in text
    assert "Grace: 1" in text


async def test_quitting_ends_it(community: Community) -> None:
    text, _ = await type_lines(community, "quit", "!cred")

    assert text == ""


async def test_buttons_say_what_to_type_and_it_works(community: Community) -> None:
    text, _ = await type_lines(community, "!cred board")
    line = text.split("type: ")[1].split("\n")[0]

    turned, mistakes = await type_lines(community, line)

    assert line == "!cred board 2"
    assert "\n11  " in turned
    assert mistakes == 0


async def test_buttons_about_somebody_name_them(community: Community) -> None:
    text, _ = await type_lines(community, '!cred history "Member 3"')
    line = text.split("type: ")[1].split("  [")[0].strip()

    again, mistakes = await type_lines(community, line)

    assert line == '!cred history "Member 3" 4'
    assert "Member 3: the last 4 weeks" in again
    assert mistakes == 0


async def test_plain_text_has_no_line_longer_than_a_terminal(community: Community) -> None:
    text, _ = await type_lines(community, "!help", "!help cred", "!cred board", "!admin health")

    assert max(map(len, text.splitlines())) <= 80


async def test_a_long_title_takes_no_column_s_room_on_a_plain_console(
    community: Community,
) -> None:
    title = "A title of more words than a terminal has room for in one column of several"

    await type_lines(community, f"contrib add “{title}” @grace @linus")
    text, _ = await type_lines(community, "contrib list")

    assert f"1 · {title} (other) · Grace and Linus · " in " ".join(text.split())
    assert max(map(len, text.splitlines())) <= 80


async def test_what_reading_a_line_raises_is_raised(community: Community) -> None:
    def failing_lines() -> Iterator[str]:
        yield "!cred"
        raise OSError("the terminal is gone")

    with pytest.raises(OSError, match="the terminal is gone"):
        await run_console(community, build_registry(), failing_lines(), Speaker(ADA, "Ada"))


async def test_json_is_one_object_a_line_and_nothing_else(community: Community) -> None:
    text, _ = await type_lines(community, "!cred", "!cred history", "!crad", as_json=True)

    show, history, mistake = [json.loads(line) for line in text.splitlines()]
    expected = {"computed_ms": NOW_MS, "events": 126, "weights": 0}
    assert show["as_of"] == expected
    assert len(history["chart"]["values"]) == 11
    assert mistake["is_error"]


async def test_history_is_drawn_in_bars(community: Community) -> None:
    text, _ = await type_lines(community, "!cred history")

    assert "15 Nov  ██" in text
    assert "so far" in text


@pytest.mark.parametrize("no_color", [True, False])
async def test_a_terminal_gets_panels_unless_colours_are_not_wanted(
    community: Community, monkeypatch: pytest.MonkeyPatch, *, no_color: bool
) -> None:
    if no_color:
        monkeypatch.setenv("NO_COLOR", "1")
    else:
        monkeypatch.delenv("NO_COLOR", raising=False)

    text, _ = await type_lines(
        community, "!cred", "!cred explain", "!cred nobody", terminal=True
    )

    assert ("╭" in text) is not no_color
    assert "Ada: 18." in text


async def test_a_narrow_terminal_cuts_no_figure(community: Community) -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=24, highlight=False)

    await run_console(
        community,
        build_registry(),
        ["!cred board"],
        Speaker(ADA, "Ada"),
        now_ms=lambda: NOW_MS,
        console=console,
    )

    assert isinstance(console.file, io.StringIO)
    plain, _ = await type_lines(community, "!cred board")
    shares = re.findall(r"[\d.]+ %$", plain, re.MULTILINE)
    assert len(shares) == 10
    assert all(share in console.file.getvalue() for share in shares)


async def test_members_names_are_no_markup_on_a_terminal(community: Community) -> None:
    text, _ = await type_lines(community, "!cred [bold]x[/bold]", terminal=True)

    assert "[bold]x[/bold]" in text


@pytest.mark.parametrize("terminal", [True, False])
async def test_a_name_cannot_command_the_terminal(
    community: Community, *, terminal: bool
) -> None:
    text, _ = await type_lines(community, "!cred \x1b[2Jhello\x07\u202e", terminal=terminal)

    assert "\x1b[2J" not in text
    assert "\x07" not in text
    assert "\u202e" not in text
    assert "hello" in text
