"""No reply names what is in a place that not everyone who reads it may see.

Every command that there is, in every form that names something, asked in public and in
private, by somebody who may see the places and somebody who may not.
"""

from pathlib import Path

import pytest

from tests.bot.private_places.scene import (
    BOARDROOM,
    HIDDEN,
    OPEN,
    SEEN_TOGETHER,
    scenes,
    text_of,
)
from tests.discord_server import DiscordServer


@pytest.mark.parametrize(
    ("asker", "private"), [("outsider", True), ("outsider", False), ("insider", False)]
)
async def test_no_command_names_what_is_in_a_hidden_place(
    discord_server: DiscordServer, tmp_path: Path, asker: str, *, private: bool
) -> None:
    async with scenes(discord_server, tmp_path) as scene:
        secrets, named = scene.marks(*HIDDEN, BOARDROOM), set[str]()
        for line in scene.lines():
            reply = await scene.ask(getattr(scene, asker), line, private=private)
            shown = text_of(reply)
            assert "went wrong" not in shown, (line, reply)
            told = [mark for mark in secrets if mark in shown and mark not in line]
            assert told == [], (line, reply)
            named |= {mark for mark in scene.marks(*OPEN) if mark in shown and mark not in line}

        assert named >= {f"of friend of {name}" for name in OPEN}, "what is open is told"
        assert named >= {word for name in OPEN for word in scene.entries[name]}


async def test_whoever_sees_the_places_is_told_of_them_in_private(
    discord_server: DiscordServer, tmp_path: Path
) -> None:
    async with scenes(discord_server, tmp_path) as scene:
        places, named = (*OPEN, *HIDDEN), ""
        for line in scene.lines():
            if line.startswith(("cred ", "contrib show", "contrib list", "initiative show")):
                named += text_of(await scene.ask(scene.insider, line, private=True))

        untold = {mark for mark in scene.marks(*places) if mark not in named}
        assert untold == set()
        assert "of friend of lobby" in named
        assert "of friend of boardroom" not in named, "of a forum nobody's sight is known"


@pytest.mark.parametrize("name", [*OPEN, *HIDDEN])
async def test_a_reply_in_a_place_tells_of_no_other_that_not_all_its_readers_see(
    discord_server: DiscordServer, tmp_path: Path, name: str
) -> None:
    async with scenes(discord_server, tmp_path) as scene:
        around = SEEN_TOGETHER if name in SEEN_TOGETHER else {name}
        others = scene.marks(*({*HIDDEN, BOARDROOM} - around))

        named = ""
        for line in scene.lines():
            if line.startswith(("cred explain", "contrib show", "contrib list", "thanks")):
                shown = text_of(await scene.ask(scene.insider, line, place=name))
                told = [mark for mark in others if mark in shown and mark not in line]
                assert told == [], line
                named += shown

        assert f"of friend of {name}" in named
        assert scene.places[name].name in named
        assert scene.entries[name][1] in named
