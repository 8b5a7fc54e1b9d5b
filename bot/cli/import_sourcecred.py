"""`import sourcecred`: a SourceCred instance moves in."""

import asyncio
import gc
import math
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rich.table import Table
from rich.text import Text

from bot.cli.opening import communities
from bot.cli.output import print_json, progress, results, say
from bot.cli.status import InputError
from bot.commands.kit.wording import pluralize
from bot.community.communities import Communities, Community, community_slug
from bot.importers.sourcecred.comparison import Comparison, compare
from bot.importers.sourcecred.files import Folder
from bot.importers.sourcecred.importer import ImportResult, import_instance
from bot.importers.sourcecred.instance import read_instance
from bot.importers.sourcecred.mapping import MappedConfig, ReportLine, map_config
from bot.importers.sourcecred.report import report_lines
from bot.runtime.clock import now_ms
from bot.settings import read_settings

_SHOWN: Final = 20
_HOME: Final = "discord"


async def import_sourcecred(  # noqa: PLR0913 -- options
    folder: Path,
    *,
    community: str | None,
    as_json: bool,
    dry_run: bool,
    sourcecred_boundaries: bool,
    initiatives_by_hand: bool,
    time_zone: str,
) -> int:
    """Read an instance, compare, and move it in; return the exit status.

    Raises
    ------
    InstanceError
        If something in it is not as it must be; nothing was written then.
    InputError
        If the time zone is none, or it is not clear which community is meant.
    """
    try:
        zone = ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InputError(
            f'"{time_zone[:60]}" is no time zone: write one such as Europe/Berlin.'
        ) from None
    with progress(of_bytes=True) as bar:
        size = Folder(folder, lambda _bytes: None).size()
        task = bar.add_task("reading", total=size)
        with _uncollected():
            instance = await asyncio.to_thread(
                read_instance, folder, zone, lambda read: bar.advance(task, read)
            )
    taken = map_config(instance)
    with progress() as bar:
        bar.add_task("computing cred", total=None)
        compared = await asyncio.to_thread(
            compare, instance, sourcecred_boundaries=sourcecred_boundaries
        )
        slug = community or _slug(taken)
    with progress() as bar, tempfile.TemporaryDirectory() as nowhere:
        bar.add_task("moving in", total=None)
        # Without writing anything that stays, the whole move is tried all the same.
        data_dir = Path(nowhere) if dry_run else read_settings().data_dir
        async with communities(data_dir) as opened:
            moved = await import_instance(
                await _community(opened, slug, taken),
                instance,
                taken,
                sourcecred_boundaries=sourcecred_boundaries,
                initiatives_by_hand=initiatives_by_hand,
                now_ms=now_ms(),
            )
    told = [*report_lines(instance, taken), *moved.notes]
    if as_json:
        print_json(_json(slug, compared, moved, told, dry_run=dry_run))
    else:
        _show(slug, compared, moved, told, dry_run=dry_run)
    return 0


@contextmanager
def _uncollected() -> Iterator[None]:
    """Look for no cycles: among millions of JSON values that would take most of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _slug(taken: MappedConfig) -> str:
    if len(taken.servers) == 1:
        return community_slug(_HOME, taken.servers[0].lower())
    raise InputError(
        f"The instance has {len(taken.servers)} Discord servers: say with --community which "
        "community it becomes (small letters, digits and dashes)."
    )


async def _community(opened: Communities, slug: str, taken: MappedConfig) -> Community:
    if slug in await asyncio.to_thread(opened.slugs):
        return await opened.get_existing(slug)
    server = taken.servers[0] if len(taken.servers) == 1 else slug
    return await opened.get_or_create(
        slug, "", _HOME if taken.servers else "sourcecred", server
    )


def _scored(moved: ImportResult) -> float:
    return math.fsum(moved.scores.cred.sum(axis=1).tolist()) if moved.scores else 0.0


def _json(
    slug: str,
    compared: Comparison,
    moved: ImportResult,
    told: list[ReportLine],
    *,
    dry_run: bool,
) -> dict[str, Any]:
    worst = compared.worst
    return {
        "community": slug,
        "dryRun": dry_run,
        "parts": [asdict(note) for note in told],
        "comparison": {
            "sourcecredBoundaries": compared.sourcecred_boundaries,
            "weeks": compared.weeks,
            "totalMint": compared.total_mint,
            "ours": compared.ours,
            "published": compared.published,
            "worst": None
            if worst is None
            else {"id": worst.id, "difference": worst.difference},
            "worstWeek": compared.worst_week,
            "reasons": list(compared.reasons),
            "participants": [
                {
                    "id": row.id,
                    "name": row.name,
                    "ours": row.ours,
                    "published": row.published,
                    "worstWeek": row.worst_week,
                    "account": moved.participants[row.id],
                }
                for row in compared.rows
            ],
        },
        "moved": {
            "newEvents": moved.new_events,
            "newArchives": list(moved.new_archives),
            "changedSettings": moved.changed_settings,
            "settingsVersion": moved.settings_version,
            "cred": _scored(moved),
        },
    }


def _show(
    slug: str,
    compared: Comparison,
    moved: ImportResult,
    told: list[ReportLine],
    *,
    dry_run: bool,
) -> None:
    out = results()
    parts = Table(title="What moves in")
    for heading in ("part", "taken", "left, and why"):
        parts.add_column(heading, overflow="fold")
    for note in told:
        parts.add_row(Text(note.what), Text(note.taken or "–"), Text(note.left or "–"))
    out.print(parts)
    if compared.rows:
        out.print(_people(compared))
    for line in _lines(compared):
        out.print(Text(line))
    if dry_run:
        say(f"Nothing was kept: without --dry-run all of it moves into the community {slug}.")
        return
    if not (moved.new_events or moved.new_archives or moved.changed_settings):
        say(f"All of it was in the community {slug} before: nothing changed.")
        return
    say(
        f"Moved into the community {slug}: {pluralize(moved.new_events, 'event')}, "
        f"{pluralize(len(moved.new_archives), 'archive')}, "
        f"{pluralize(moved.changed_settings, 'setting')}."
        + (f" Its cred is {_scored(moved):,.2f}." if moved.scores else "")
    )
    if not compared.rows:
        return
    say(
        f"Its platforms are drawn from the archives as `credbot settings {slug} get "
        "sourcecred.archive` says; take one out once it was read anew."
    )


def _people(compared: Comparison) -> Table:
    with_cred = sorted(compared.rows, key=lambda row: -row.ours)
    table = Table(title=Text(f"Cred of {len(compared.rows)} people in {compared.weeks} weeks"))
    table.add_column("participant", overflow="fold")
    for heading in ("published", "ours", "difference"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in with_cred[:_SHOWN]:
        table.add_row(
            Text(row.name),
            "–" if row.published is None else f"{row.published:,.6f}",
            f"{row.ours:,.6f}",
            "–" if row.published is None else f"{row.difference:+.1e}",
        )
    if len(with_cred) > _SHOWN:
        table.caption = f"... and {len(with_cred) - _SHOWN} more; --json has all of them."
    return table


def _lines(compared: Comparison) -> list[str]:
    if not compared.rows:
        return [*compared.reasons]
    if compared.published is None or compared.worst is None:
        return [f"Our cred is {compared.ours:,.6f}; the instance has no published scores."]
    worst = compared.worst
    totals = (
        f"Published {compared.published:,.6f}, ours {compared.ours:,.6f}, minted "
        f"{compared.total_mint:,.6f}."
    )
    differences = (
        f"The worst difference is {worst.difference:+.2e} ({worst.name}); in a single week "
        f"{compared.worst_week:.2e}."
    )
    return [totals, differences, *(f"- {reason}" for reason in compared.reasons)]
