"""`credbot import sourcecred`: compares a SourceCred instance, then imports it."""

import asyncio
import gc
import math
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rich.table import Table
from rich.text import Text

from bot.chat.console.narrow import fit_table
from bot.chat.text.invisible_characters import safe_characters
from bot.cli.open_communities import open_communities
from bot.cli.output import print_json, progress_bar, results_console, say
from bot.cli.process_settings import read_process_settings
from bot.cli.status import InputError
from bot.commands.kit.wording import pluralize
from bot.community.communities import Communities, Community, community_slug
from bot.importers.sourcecred.comparison import CredComparison, compare
from bot.importers.sourcecred.folder.files import Folder
from bot.importers.sourcecred.importer import ImportResult, check_import, import_instance
from bot.importers.sourcecred.instance import Instance, read_instance
from bot.importers.sourcecred.mapping import MappedConfig, ReportLine, map_config
from bot.importers.sourcecred.report import report_lines
from bot.runtime.clock import now_ms

_SHOWN: Final = 20
_PLATFORM: Final = "discord"


async def import_sourcecred(
    folder: Path,
    *,
    community: str | None,
    as_json: bool,
    dry_run: bool,
    sourcecred_boundaries: bool,
    initiatives_by_hand: bool,
    time_zone: str,
) -> int:
    """Read an instance, compare its cred, and import it; return the exit status.

    Raises
    ------
    InstanceError
        If the instance is malformed; nothing has been written then.
    InputError
        If the time zone is unknown, or it is not clear which community is meant.
    """
    try:
        zone = ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InputError(
            f'"{time_zone[:60]}" is not a time zone: write one such as Europe/Berlin.'
        ) from None
    with progress_bar(of_bytes=True) as bar:
        size = Folder(folder, lambda _bytes: None).size()
        task = bar.add_task("reading", total=size)
        with _without_garbage_collection():
            instance = await asyncio.to_thread(
                read_instance, folder, zone, lambda read: bar.advance(task, read)
            )
    mapped = map_config(instance)
    with progress_bar() as bar:
        bar.add_task("computing cred", total=None)
        comparison = await asyncio.to_thread(
            compare, instance, sourcecred_boundaries=sourcecred_boundaries
        )
        slug = community or _slug(mapped)
    with progress_bar() as bar, tempfile.TemporaryDirectory() as scratch:
        bar.add_task("importing", total=None)
        # A dry run tries the whole import as well, in a folder that is thrown away.
        data_dir = Path(scratch) if dry_run else read_process_settings().data_dir
        async with open_communities(data_dir) as opened:
            if slug not in await asyncio.to_thread(opened.slugs):
                await _check_on_trial(slug, instance, mapped)
            imported = await import_instance(
                await _community(opened, slug, mapped),
                instance,
                mapped,
                sourcecred_boundaries=sourcecred_boundaries,
                initiatives_by_hand=initiatives_by_hand,
                now_ms=now_ms(),
            )
    report = [*report_lines(instance, mapped), *imported.report]
    if as_json:
        print_json(_json(slug, comparison, imported, report, dry_run=dry_run))
    else:
        _show(slug, comparison, imported, report, dry_run=dry_run)
    return 0


async def _check_on_trial(slug: str, instance: Instance, mapped: MappedConfig) -> None:
    """Check an import into a new community where it leaves no file if it is refused."""
    with tempfile.TemporaryDirectory() as scratch:
        async with open_communities(Path(scratch)) as opened:
            community = await _community(opened, slug, mapped)
            await check_import(community, instance, mapped, now_ms())


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Pause garbage collection, which takes most of the time among millions of JSON values."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _slug(mapped: MappedConfig) -> str:
    if len(mapped.server_ids) == 1:
        return community_slug(_PLATFORM, mapped.server_ids[0].lower())
    raise InputError(
        f"The instance has {len(mapped.server_ids)} Discord servers: say with --community "
        "which community it becomes (small letters, digits and dashes)."
    )


async def _community(opened: Communities, slug: str, mapped: MappedConfig) -> Community:
    if slug in await asyncio.to_thread(opened.slugs):
        return await opened.get_existing(slug)
    server = mapped.server_ids[0] if len(mapped.server_ids) == 1 else slug
    return await opened.get_or_create(
        slug, "", _PLATFORM if mapped.server_ids else "sourcecred", server
    )


def _total_cred(imported: ImportResult) -> float:
    return math.fsum(imported.scores.cred.sum(axis=1).tolist()) if imported.scores else 0.0


def _json(
    slug: str,
    comparison: CredComparison,
    imported: ImportResult,
    report: list[ReportLine],
    *,
    dry_run: bool,
) -> dict[str, Any]:
    worst = comparison.worst
    return {
        "community": slug,
        "dryRun": dry_run,
        "parts": [
            {"what": line.part, "taken": line.imported, "left": line.skipped} for line in report
        ],
        "comparison": {
            "sourcecredBoundaries": comparison.sourcecred_boundaries,
            "weeks": comparison.weeks,
            "totalMint": comparison.total_mint,
            "ours": comparison.ours,
            "published": comparison.published,
            "worst": None
            if worst is None
            else {"id": worst.id, "difference": worst.difference},
            "worstWeek": comparison.largest_weekly_difference,
            "reasons": list(comparison.reasons),
            "participants": [
                {
                    "id": row.id,
                    "name": row.name,
                    "ours": row.ours,
                    "published": row.published,
                    "worstWeek": row.largest_weekly_difference,
                    "account": imported.participants.get(row.id),
                    "inLedger": row.in_ledger,
                }
                for row in comparison.rows
            ],
        },
        "moved": {
            "newEvents": imported.new_events,
            "newArchives": list(imported.new_archives),
            "changedSettings": imported.changed_settings,
            "settingsVersion": imported.settings_version,
            "cred": _total_cred(imported),
        },
    }


def _show(
    slug: str,
    comparison: CredComparison,
    imported: ImportResult,
    report: list[ReportLine],
    *,
    dry_run: bool,
) -> None:
    out = results_console()
    parts = Table(title="Import")
    for heading in ("part", "imported", "not imported, and why"):
        parts.add_column(heading, overflow="fold")
    for line in report:
        parts.add_row(*(_cell(text) for text in (line.part, line.imported, line.skipped)))
    out.print(fit_table(parts, out.width))
    if comparison.rows:
        out.print(fit_table(_comparison_table(comparison), out.width))
    for sentence in _sentences(comparison):
        out.print(_cell(sentence))
    if dry_run:
        say(f"Nothing was stored: without --dry-run, all of it goes into the community {slug}.")
        return
    if not (imported.new_events or imported.new_archives or imported.changed_settings):
        say(f"The community {slug} has all of it already: nothing changed.")
        return
    say(
        f"Imported into the community {slug}: {pluralize(imported.new_events, 'event')}, "
        f"{pluralize(len(imported.new_archives), 'archive')}, "
        f"{pluralize(imported.changed_settings, 'setting')}."
        + (f" Its cred is {_total_cred(imported):,.2f}." if imported.scores else "")
    )
    if not comparison.rows:
        return
    say(
        "The graphs of its platforms come from the archives that the setting "
        "sourcecred.archive lists; remove a platform from it once its history has been read."
    )


def _cell(text: str) -> Text:
    """Return a text of an instance, in which anything may stand, as it can be shown."""
    return Text(safe_characters(text) or "–")


def _comparison_table(comparison: CredComparison) -> Table:
    with_cred = sorted(comparison.rows, key=lambda row: -max(row.ours, row.published or 0.0))
    table = Table(
        title=Text(f"Cred of {len(comparison.rows)} people in {comparison.weeks} weeks")
    )
    table.add_column("participant", overflow="fold")
    for heading in ("published", "ours", "difference"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in with_cred[:_SHOWN]:
        table.add_row(
            _cell(row.name if row.in_ledger else f"{row.name} (not in the ledger)"),
            "–" if row.published is None else f"{row.published:,.6f}",
            f"{row.ours:,.6f}" if row.in_ledger else "–",
            "–" if row.published is None else f"{row.difference:+.1e}",
        )
    if len(with_cred) > _SHOWN:
        table.caption = f"... and {len(with_cred) - _SHOWN} more; --json has all of them."
    return table


def _sentences(comparison: CredComparison) -> list[str]:
    if not comparison.rows:
        return [*comparison.reasons]
    if comparison.published is None or comparison.worst is None:
        return [f"Our cred is {comparison.ours:,.6f}; the instance has no published scores."]
    worst = comparison.worst
    totals = (
        f"Published {comparison.published:,.6f}, ours {comparison.ours:,.6f}, minted "
        f"{comparison.total_mint:,.6f}."
    )
    differences = (
        f"The worst difference is {worst.difference:+.2e} ({worst.name}); in a single week "
        f"{comparison.largest_weekly_difference:.2e}."
    )
    return [totals, differences, *(f"- {reason}" for reason in comparison.reasons)]
