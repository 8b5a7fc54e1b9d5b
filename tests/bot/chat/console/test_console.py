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
    community: Community,
    *lines: str,
    as_json: bool = False,
    terminal: bool = False,
    width: int = 100,
    no_color: bool | None = None,
) -> tuple[str, int]:
    console = Console(
        file=io.StringIO(),
        force_terminal=terminal,
        width=width,
        no_color=no_color,
        highlight=False,
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


async def test_names_of_several_words_need_no_quotes(community: Community) -> None:
    text, mistakes = await type_lines(
        community,
        "!thanks @Member 3, Member 4 and Grace for the harvest",
        "!thanks undo",
        "!cred @Member 5 all time",
        "!cred @Membre 5",
        "@Gracie: !cred",
    )

    assert "Ada thanks Member 3, Member 4 and Grace" in text
    assert "Ada takes back thanks to Member 3, Member 4 and Grace" in text
    assert "Member 5: " in text
    assert "I know nobody called “Membre 5” here. Did you mean Member 5 (" in " ".join(
        text.split()
    )
    assert "I know nobody called “Gracie” here. Did you mean Grace (" in " ".join(text.split())
    assert mistakes == 2


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
    line = text.split("type: ")[1].split("[")[0].strip()

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


async def test_without_colours_a_terminal_still_shows_panels(
    community: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: dict[str, str] = {}
    for setting in ("", "1"):
        monkeypatch.setenv("NO_COLOR", setting)
        text, _ = await type_lines(
            community, "!cred", "!cred explain", "!cred nobody", terminal=True
        )
        shown[setting] = text

    coloured = re.compile(r"\x1b\[[0-9;]*3[0-9][0-9;]*m")
    assert coloured.search(shown[""])
    assert not coloured.search(shown["1"])
    plain = {re.sub(r"\x1b\[[0-9;]*m", "", text) for text in shown.values()}
    assert len(plain) == 1
    assert "╭" in plain.pop()


async def test_a_terminal_that_knows_no_commands_gets_plain_text(
    community: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "dumb")

    text, _ = await type_lines(community, "!cred", terminal=True)

    assert "Ada: 18." in text
    assert "╭" not in text


@pytest.mark.parametrize("width", [20, 24, 40, 60, 100])
async def test_no_terminal_is_too_narrow_for_a_figure(community: Community, width: int) -> None:
    lines = ("!cred board", "!cred", "!cred explain", "!cred history")
    shown, _ = await type_lines(community, *lines, terminal=True, width=width)
    plain, _ = await type_lines(community, *lines)

    figures = re.findall(r"(?<![\w#:])[\d,]*\d\.\d(?: %)?", plain)
    assert len(figures) > 40
    assert [figure for figure in figures if figure not in shown] == []
    bars = [line for line in shown.splitlines() if re.search("  █", line)]
    assert bars
    assert all(re.search(r"█.* \d", line) for line in bars)


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


@pytest.mark.parametrize(
    "line", ["@credbot cred board", "@Credbot, cred board", "@credbot: !cred board"]
)
async def test_the_bot_can_be_addressed_by_its_mention(community: Community, line: str) -> None:
    text, mistakes = await type_lines(community, line)

    assert "Cred board of Garden" in text
    assert mistakes == 0
