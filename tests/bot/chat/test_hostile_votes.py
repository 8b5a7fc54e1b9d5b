"""Names and reasons of strangers stay text in everything that is said of weights and votes."""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from bot.chat.discord import render as on_discord
from bot.chat.discourse import render as on_a_forum
from bot.chat.discourse.render import RenderContext
from bot.chat.line.parse import parse
from bot.commands.announcing import BUILDERS
from bot.commands.catalogue import build_registry
from bot.commands.kit.dispatch import dispatch
from bot.commands.kit.reply import Reply
from bot.commands.weights.wording import Readers
from bot.community.communities import Community
from bot.services.weights.announce import News
from bot.services.weights.close import advance
from cred.governance.rules import DAY_MS
from storage.log.batch import Account, Batch, Place
from tests.bot.chat.discord.test_safe_text import ACTIVE, ATTACKS, RAW
from tests.bot.chat.discourse.test_text import violations
from tests.bot.commands.garden import (
    ADA,
    GENERAL,
    GRACE,
    GUILD,
    LINUS,
    NOW_MS,
    communities,
    garden,
    request,
)
from tests.laws import examples

REGISTRY = build_registry()
OURS = re.compile(r"(?<=^-# as of )<t:\d+:R>", re.MULTILINE)
"""A time in a reply's small print, which is the bot's own."""
LINES = (
    "weights preview 👍=3",
    f"weights preview channel.{GENERAL}=2 over last month",
    "weights show",
    "weights show channel",
    f"weights show channel.{GENERAL}",
    "weights why",
    f"weights why channel.{GENERAL}",
    "weights proposals",
    "weights proposals 1",
    "weights second 1",
    "weights vote 1 for",
    "weights history",
    "weights diff 1",
    "weights audit",
    "weights export",
    "cred why-changed",
    f"cred why-changed <@{GRACE}> since 2 Nov",
    "admin announce",
    "admin roles",
    "settings show",
)
STORED = [attack for attack in ATTACKS if attack.isprintable() or attack.isascii()]
"""No platform tells half of a surrogate pair."""
HOSTILE = st.lists(st.sampled_from(STORED), min_size=1, max_size=4).map("".join)


@asynccontextmanager
async def hostile_community(names: list[str], reason: str) -> AsyncIterator[Community]:
    """Make a community in which everything that people choose is hostile."""
    with TemporaryDirectory() as folder:
        async with communities(Path(folder)) as opened:
            community = await garden(opened)
            await community.log.append(
                Batch(
                    accounts=tuple(
                        Account("discord", id_, "user", f"{name}{number}")
                        for number, (id_, name) in enumerate(
                            zip((ADA, GRACE, LINUS), names, strict=True)
                        )
                    ),
                    places=(Place("discord", GENERAL, f"{names[0]}x", "text channel"),),
                )
            )
            await community.settings.set(
                {"votes.electors-days": 0, f"weights.channel.{GENERAL}": 2},
                author="operator",
                reason=reason,
                now_ms=NOW_MS - DAY_MS,
            )
            await community.directory.refresh()
            await community.scoring.recompute(NOW_MS)
            for line in (
                f'weights propose channel.{GENERAL}=3 because "{reason}"',
                f'weights vote 1 for because "{reason}"',
            ):
                await answer(community, line)
            yield community


async def answer(community: Community, line: str, now_ms: int = NOW_MS) -> Reply:
    called = parse(line, REGISTRY, "discord", now_ms)
    made = replace(
        request(community, is_admin=True, is_private=True),
        arguments=called.arguments,
        now_ms=now_ms,
        place=GENERAL,
    )
    return await dispatch(called.command, made)


async def replies_of(community: Community) -> list[Reply]:
    """Return everything that is said: by commands, by announcements, and after the close."""
    found = [await answer(community, line) for line in LINES]
    readers = Readers(community, "discord", lambda *_: True)
    closed_ms = NOW_MS + 7 * DAY_MS
    await advance(community, closed_ms)
    for kind in News:
        about = "version:1" if kind is News.ACT else "proposal:1"
        if kind is News.DIGEST:
            continue  # tests/bot/services/test_digest.py
        reply = await BUILDERS[kind](readers, about, closed_ms)
        found += [reply] if reply is not None else []
    return [*found, await answer(community, "weights proposals 1", closed_ms)]


def shown_on_discord(reply: Reply) -> str:
    # Discord looks for nothing in the description of a picture.
    rendered = on_discord.render(reply, GUILD)
    return f"{rendered.title}\n{rendered.description}"


def discord_violations(shown: str) -> list[str]:
    """Return what would be a ping, a link or a mark; in a code block nothing is."""
    prose = OURS.sub("", re.sub(r"```.*?```", "", shown, flags=re.DOTALL))
    after = re.sub(r"\\[^0-9A-Za-z\s]", "", prose)
    return [
        *(pattern.pattern for pattern in RAW if pattern.search(prose)),
        # The others are marks that the bot sets itself.
        *(pattern.pattern for pattern in ACTIVE[:10] if pattern.search(after)),
    ]


def forum_violations(reply: Reply) -> list[str]:
    made = on_a_forum.render(reply, RenderContext("credbot", "https://forum.example.org"))
    return violations(made)


@settings(max_examples=examples(8), deadline=None, phases=[Phase.explicit, Phase.generate])
@given(names=st.lists(HOSTILE, min_size=3, max_size=3), reason=HOSTILE)
async def test_what_strangers_choose_is_text_in_every_reply(
    names: list[str], reason: str
) -> None:
    async with hostile_community(names, reason) as community:
        for reply in await replies_of(community):
            assert "went wrong" not in reply.title
            assert discord_violations(shown_on_discord(reply)) == [], reply.title
            assert forum_violations(reply) == [], reply.title


@pytest.mark.parametrize("module", [on_discord, on_a_forum], ids=["discord", "forum"])
async def test_the_judge_finds_what_is_not_escaped(
    module: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("safe_text", "safe_code", "safe_characters"):
        if hasattr(module, name):
            monkeypatch.setattr(module, name, lambda text, **_: text)
    judge: Callable[[Reply], list[str]] = (
        forum_violations
        if module is on_a_forum
        else lambda reply: discord_violations(shown_on_discord(reply))
    )

    async with hostile_community(["@everyone <@17> https://x.y"] * 3, "<@&17>") as community:
        found = [judge(reply) for reply in await replies_of(community)]

    assert sum(map(bool, found)) >= 8
