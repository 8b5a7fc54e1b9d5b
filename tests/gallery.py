"""Prints each command's reply as markdown, as Discord and the console show it.

    python -m tests.gallery FOLDER

writes FOLDER/gallery.md and the pictures. Not a test; for people who want to look.
"""

import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.chat.console.chat import ConsoleChat, Speaker
from bot.chat.console.plain_text import plain_text
from bot.chat.discord.render import render
from bot.chat.pictures.draw import draw_png
from bot.commands.catalogue import build_registry
from tests.bot.commands.garden import ADA, GUILD, NOW_MS, communities, garden
from tests.gallery_card import card

LINES = (
    "cred",
    "cred @Grace last month",
    "cred board",
    "cred board 2 last 8 weeks",
    "cred history @Ada",
    "cred explain",
    "cred explain message:800000000000010",
    "cred Sam",
    "cred bord",
    "crad",
    "cred last millennium",
    "help",
    "help cred board",
    "admin health",
)


async def gallery(folder: Path) -> Path:
    """Write the gallery into an existing folder and return its file."""
    parts = ["# What each command answers\n"]
    with TemporaryDirectory() as data:
        async with communities(Path(data)) as opened:
            community = await garden(opened, fill=20)
            chat = ConsoleChat(
                community, build_registry(), Speaker(ADA, "Ada"), now_ms=lambda: NOW_MS
            )
            for number, line in enumerate(LINES):
                reply = await chat.reply(line)
                assert reply is not None
                shown = render(reply, GUILD)
                parts.append(f"## !{line}\n\n> **{shown.title}**\n>")
                parts.append("\n".join(f"> {line}" for line in shown.description.split("\n")))
                picture = draw_png(reply.chart) if reply.chart else None
                name = f"{number:02}.png"
                (folder / name).write_bytes(card(shown, reply.buttons, picture))
                alt = reply.chart.alt if reply.chart else reply.title
                parts.append(f"\n![{alt}]({name})")
                if reply.buttons:
                    parts.append(
                        "\n" + " ".join(f"`[ {button.label} ]`" for button in reply.buttons)
                    )
                parts.append(f"\nConsole:\n\n```text\n{plain_text(reply)}\n```\n")
    file = folder / "gallery.md"
    file.write_text("\n".join(parts), encoding="utf-8")
    return file


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    sys.stdout.write(f"{asyncio.run(gallery(target))}\n")
