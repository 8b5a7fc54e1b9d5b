"""Runs all checks and prints what they find."""

import os
import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Final

from rich.text import Text

from bot.app.runners import own_slug, separation
from bot.chat.text.widths import pad, width, wrap
from bot.cli.check.discord import check_discord
from bot.cli.check.discourse import check_discourse
from bot.cli.check.finding import Finding, Level
from bot.cli.open_communities import open_communities
from bot.cli.output import print_json, progress_bar, results_console
from bot.cli.status import FAILED
from bot.commands.kit.wording import pluralize
from bot.community.communities import Community, community_slug
from bot.community.files import CommunityFiles
from bot.settings import Settings, misspelt_variables, read_settings
from bot.sources.discord.declaration import NAME as DISCORD
from bot.sources.discourse.forums import read_forums
from bot.sources.discourse.subjects import NAME as DISCOURSE
from storage.errors import LockedError, StorageError
from storage.file.database import sqlite_advice

_LEAST_DETAIL_CELLS: Final = 30
"""Where there is less room beside the subjects, details go below them."""
_LEAST_FREE_BYTES: Final = 500 * 1024**2
_MARKS: Final = {
    Level.GOOD: Text("ok", "green"),
    Level.ADVICE: Text("note", "yellow"),
    Level.PROBLEM: Text("problem", "bold red"),
}


async def check(*, as_json: bool) -> int:
    """Check everything, print the findings, and return the exit status.

    Raises
    ------
    SettingsError
        If the settings cannot be read.
    """
    settings = read_settings()
    findings = [
        *check_variables(),
        *check_sqlite(),
        *check_folder(settings.data_dir),
        *[finding async for finding in check_files(settings.data_dir)],
        *check_forums(settings),
        *[finding async for finding in _check_discord(settings)],
        *[finding async for finding in check_discourse(settings)],
    ]
    if as_json:
        print_json([finding.to_json() for finding in findings])
    else:
        _print_findings(findings)
    return FAILED if any(finding.level is Level.PROBLEM for finding in findings) else 0


def _print_findings(findings: Sequence[Finding]) -> None:
    """Print findings below each other; a link stays whole, however narrow the screen is."""
    console = results_console()
    marks = max(mark.cell_len for mark in _MARKS.values()) + 2
    subjects = max(width(finding.subject) for finding in findings) + 2
    is_narrow = console.width - marks - subjects < _LEAST_DETAIL_CELLS
    indent = "  " if is_narrow else " " * (marks + subjects)
    for finding in findings:
        mark = _MARKS[finding.level]
        head = Text.assemble(mark, " " * (marks - mark.cell_len))
        lines = wrap(finding.detail, max(1, console.width - len(indent)))
        if is_narrow:
            head.append(f"{finding.subject}\n{indent}")
        else:
            head.append(pad(finding.subject, subjects, right=False))
        # `soft_wrap` leaves it to the terminal to break a word that is longer than a line.
        console.print(head.append(f"\n{indent}".join(lines)), soft_wrap=True)


def check_variables() -> list[Finding]:
    """Return whether every variable is one that there is."""
    misspelt = misspelt_variables()
    if not misspelt:
        return [Finding("settings", Level.GOOD, "All variables can be used.")]
    return [Finding("settings", Level.ADVICE, sentence) for sentence in misspelt]


def check_sqlite(version: tuple[int, int, int] = sqlite3.sqlite_version_info) -> list[Finding]:
    """Return whether this version of SQLite has known bugs."""
    advice = sqlite_advice(version)
    number = ".".join(map(str, version))
    if advice is None:
        return [Finding("SQLite", Level.GOOD, f"Version {number}.")]
    return [Finding("SQLite", Level.ADVICE, advice)]


def check_folder(folder: Path) -> Iterator[Finding]:
    """Yield whether the data folder can be written and has enough free space."""
    existing = next(
        (path for path in (folder, *folder.absolute().parents) if path.exists()), folder
    )
    if folder.exists() and not folder.is_dir():
        yield Finding(
            "data folder",
            Level.PROBLEM,
            f"{folder} is not a folder: set CRED_DATA_DIR to one.",
        )
        return
    if not os.access(existing, os.W_OK | os.X_OK):
        yield Finding(
            "data folder",
            Level.PROBLEM,
            f"{existing} cannot be written: give it to the user who runs credbot, or set "
            "CRED_DATA_DIR to another.",
        )
        return
    note = "" if folder.exists() else " (created when needed)"
    yield Finding("data folder", Level.GOOD, f"{folder}{note}")
    free = shutil.disk_usage(existing).free
    level = Level.GOOD if free >= _LEAST_FREE_BYTES else Level.PROBLEM
    remedy = "" if level is Level.GOOD else ": free at least 500 MB, or recording may stop"
    yield Finding("disk space", level, f"{free / 1024**3:.1f} GB free{remedy}.")


def check_forums(settings: Settings) -> Iterator[Finding]:
    """Yield which forums have a community of their own beside that of a server."""
    slugs = CommunityFiles(settings.data_dir).slugs()
    servers = [slug for slug in slugs if slug.startswith(community_slug(DISCORD, ""))]
    for forum in read_forums(settings):
        own = own_slug(DISCOURSE, forum.name)
        if forum.community is None and own in slugs and servers:
            sentence = separation(forum.name, own, servers)
            yield Finding(f"forum {forum.name}", Level.ADVICE, sentence)


async def check_files(folder: Path) -> AsyncIterator[Finding]:
    """Verify every event of each community's file, and yield the results."""
    async with open_communities(folder) as communities:
        for file in CommunityFiles(folder).empty():
            yield Finding(
                f"community {file.stem}",
                Level.PROBLEM,
                f"{file} is a file of 0 bytes, so it is no community: delete it, or put a "
                "backup in its place.",
            )
        for slug in communities.slugs():
            subject = f"community {slug}"
            try:
                community = await communities.get_existing(slug)
                await _verify(community)
                events = await community.log.length()
                gaps = len(await community.gaps.list())
            except LockedError:
                yield Finding(
                    subject,
                    Level.GOOD,
                    "In use, presumably by the running bot: not checked.",
                )
            except StorageError as error:
                yield Finding(subject, Level.PROBLEM, str(error))
            else:
                gap_note = f", {pluralize(gaps, 'gap')} in what could be seen" if gaps else ""
                yield Finding(
                    subject,
                    Level.GOOD,
                    f"{community.name}: {pluralize(events, 'event')}, unbroken chain"
                    f"{gap_note}.",
                )


async def _verify(community: Community) -> None:
    """Verify every event, and show the progress.

    Raises
    ------
    ChainBrokenError
        If an event was changed after it was appended.
    """
    with progress_bar() as bar:
        task = bar.add_task(f"verifying {community.slug}", total=None)
        await community.log.verify(
            lambda done, length: bar.update(task, completed=done, total=length)
        )


async def _check_discord(settings: Settings) -> AsyncIterator[Finding]:
    token = settings.token()
    if token is None and read_forums(settings):
        yield Finding(
            "token",
            Level.ADVICE,
            "There is none (CRED_DISCORD_TOKEN), so the bot only listens to the forum.",
        )
        return
    if token is None:
        yield Finding(
            "token",
            Level.PROBLEM,
            "There is none: set CRED_DISCORD_TOKEN in .env (README, “Connect it to your "
            "server”). `credbot demo` needs none.",
        )
        return
    async for finding in check_discord(settings, token):
        yield finding
