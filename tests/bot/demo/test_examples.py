"""What README and help show works in the demo, as its visitor types it."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.chat.console.chat import ConsoleChat, Speaker
from bot.chat.line.parse import begins_with_command
from bot.cli.demo import record_sample
from bot.cli.open_communities import open_communities
from bot.commands.catalogue import build_registry
from bot.commands.kit.reply import Reply
from bot.community.communities import Community
from bot.demo.calendar import end_ms
from bot.demo.cast import MAINTAINER, PEOPLE
from bot.services import people

ROOT = Path(__file__).resolve().parents[3]
REGISTRY = build_registry()
SPANS = re.findall(r"`([^`\n]+)`", (ROOT / "README.md").read_text(encoding="utf-8"))
LAST = ("/me optout", "/me erase")
"""After these there is nobody left to ask."""
MISUNDERSTOOD = re.compile(
    r"No such|I don't follow|Who|Which (one|people|weeks|day|shares)|Too long|Yes\?|Something"
)
"""Titles of replies to what could not be read, and to names of nobody or of several."""


def lines_of_readme() -> list[str]:
    """Return what README tells to type in chat, in its order, each once."""
    typed = [
        span
        for span in SPANS
        if begins_with_command(re.sub(r"^(@credbot |[!/])", "", span), REGISTRY)
    ]
    return [*(line for line in dict.fromkeys(typed) if line not in LAST), *LAST]


def examples_of_help() -> list[str]:
    return [example for command in REGISTRY.commands for example in command.examples]


@pytest.fixture
async def community(tmp_path: Path) -> AsyncIterator[Community]:
    async with open_communities(tmp_path) as opened:
        recorded = await record_sample(opened, seed=1)
        await recorded.scoring.recompute(end_ms())
        yield recorded


async def answers(community: Community, lines: list[str]) -> dict[str, Reply]:
    """Type lines as the visitor of the demo does, and return the replies."""
    visitor = next(person for person in PEOPLE if person.name == MAINTAINER)
    chat = ConsoleChat(community, REGISTRY, Speaker(visitor.id, visitor.name), now_ms=end_ms)
    replies: dict[str, Reply] = {}
    for line in lines:
        reply = await chat.reply(line)
        assert reply is not None, line
        replies[line] = reply
        await community.scoring.recompute_if_due(end_ms())
    return replies


def test_readme_shows_every_way_to_ask() -> None:
    lines = lines_of_readme()

    assert {"!cred", "/cred board", "@credbot cred board", "cred board", *LAST} <= {*lines}
    assert len(lines) > 20


async def test_every_line_of_readme_does_what_it_says_in_the_demo(community: Community) -> None:
    replies = await answers(community, lines_of_readme())

    failed = {line: reply.title for line, reply in replies.items() if reply.is_error}
    assert failed == {
        # README names these commands; each asks for what is missing, or tells that it is done.
        "/me unlink discourse": "Nothing to undo",
        "/me link": "Which platform?",
        "!admin identity": "Which of these?",
    }
    assert replies["!thanks @ada for the tour"].title == f"{MAINTAINER} thanks Ada Okonjo"
    assert replies["!cred @ada last month"].title.startswith("Ada Okonjo: ")


async def test_every_example_of_help_is_understood_in_the_demo(community: Community) -> None:
    replies = await answers(community, examples_of_help())

    misunderstood = {
        line: f"{reply.title}: {reply.text}"
        for line, reply in replies.items()
        if MISUNDERSTOOD.match(reply.title)
    }
    assert misunderstood == {}


async def test_everybody_whom_the_examples_name_is_in_the_demo(community: Community) -> None:
    named = set(re.findall(r"@(\w+)", "\n".join([*lines_of_readme(), *examples_of_help()])))
    named.discard("credbot")

    assert {"ada", "grace"} <= named
    for name in named:
        found = people.find_by_text(community, "discord", name, asker="")
        assert isinstance(found, people.Person), name
