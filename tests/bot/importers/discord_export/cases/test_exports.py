"""Exports that broke an import, and what is right of each."""

import json
import os
import shutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.cli.import_discord_export import _Communities
from bot.community.communities import Communities
from bot.importers.discord_export.errors import ExportError
from bot.importers.discord_export.importer import Importer, count_attachments, files_in
from bot.importers.discord_export.summary import Summary
from bot.sources.discord import SOURCE
from storage.canonical_json import Json

INPUTS = Path(__file__).parent / "exports"
GUILD, CHANNEL, CATEGORY = "900000000000000001", "900000000000000200", "900000000000000300"
THREAD = "900000000000000250"
NOW = 1_760_000_000_000


@dataclass(frozen=True)
class Imported:
    summary: Summary
    minted: float
    places: Mapping[object, tuple[object, object]]
    """By place: what it is in, and its type."""


async def import_into(
    data_dir: Path, *paths: Path, settings: Mapping[str, Json] | None = None
) -> Imported:
    with ThreadPoolExecutor(1) as worker:
        async with Communities(data_dir, [SOURCE], worker) as communities:
            importer = Importer(_Communities(communities).target, now_ms=NOW)
            summary = await importer.run(files_in(paths), lambda _: None)
            community = communities.get_open(f"discord-{GUILD}")
            assert community is not None
            await community.directory.refresh()
            if settings:
                await community.settings.set(settings, author="o", reason="", now_ms=NOW)
            standing = await community.scoring.recompute(NOW)
            places: dict[object, tuple[object, object]] = {
                row["place"]: (row["object"], row["text"])
                async for row in community.log.export()
                if row["kind"] == "place_changed"
            }
            minted = standing.snapshot.total_mint if standing else 0.0
            return Imported(summary, minted, places)


async def test_a_channel_is_in_its_category_though_a_thread_of_it_came_first(
    tmp_path: Path,
) -> None:
    found = await import_into(
        tmp_path, INPUTS / "t01b_thread_first", settings={f"weights.channel.{CATEGORY}": 0}
    )

    assert (found.places.get(CHANNEL), found.minted) == ((CATEGORY, "text channel"), 0)


@pytest.mark.parametrize("number", ["10", "11", "12"])
async def test_a_thread_whose_type_is_a_number_is_a_thread(tmp_path: Path, number: str) -> None:
    value = json.loads((INPUTS / "t02_old_thread_type" / "2 thread.json").read_text())
    value["channel"]["type"] = number
    (tmp_path / "a.json").write_text(json.dumps(value))

    found = await import_into(tmp_path / "data", tmp_path / "a.json")

    assert "thread" in str(found.places[THREAD][1])


@pytest.mark.parametrize(
    "file", sorted((INPUTS / "t09_types").iterdir()), ids=lambda file: file.stem
)
async def test_a_channel_of_any_type_is_read(tmp_path: Path, file: Path) -> None:
    found = await import_into(tmp_path, file)

    assert (found.summary.messages, found.summary.problems) == (1, [])


async def test_a_file_name_that_is_not_utf8_stops_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "exports"
    shutil.copytree(INPUTS / "t13_among", folder)
    (folder / "mXrz.json").rename(os.fsdecode(os.fsencode(folder) + b"/m\xe4rz.json"))

    found = await import_into(tmp_path / "data", folder)

    assert (found.summary.files, found.summary.messages) == (3, 3)


async def test_an_ending_in_capitals_is_an_ending(tmp_path: Path) -> None:
    assert (await import_into(tmp_path, INPUTS / "t12_upper")).summary.files == 1


async def test_what_people_attached_is_no_export(tmp_path: Path) -> None:
    found = await import_into(tmp_path, INPUTS / "t07_media")

    assert (found.summary.messages, found.summary.problems, found.minted) == (1, [], 0)
    assert count_attachments([INPUTS / "t07_media"]) == 2


async def test_an_attachment_is_no_export_when_it_is_named_itself() -> None:
    attached = [file for file in (INPUTS / "t07_media").rglob("*") if "_Files/" in str(file)]

    assert attached
    assert files_in(attached) == []


async def test_a_link_makes_no_export_of_what_was_attached(tmp_path: Path) -> None:
    (tmp_path / "exports").mkdir()
    [folder] = (INPUTS / "t07_media").glob("*_Files")
    for number, attached in enumerate(sorted(folder.iterdir())):
        (tmp_path / "exports" / f"{number}.json").symlink_to(attached)

    with pytest.raises(ExportError, match="only what people attached"):
        files_in([tmp_path / "exports"])


@pytest.mark.parametrize("order", [1, -1])
async def test_of_two_exports_the_newer_says_what_is_there(tmp_path: Path, order: int) -> None:
    files = sorted((INPUTS / "t04_withdrawn").iterdir())[::order]

    in_one_run = await import_into(tmp_path / "one", *files)
    in_two = [await import_into(tmp_path / "two", file) for file in files]

    assert (in_one_run.minted, in_two[-1].minted) == (0, 0)


async def test_the_weight_of_an_emoji_outlives_its_name(tmp_path: Path) -> None:
    found = await import_into(
        tmp_path,
        INPUTS / "t03_renamed_emoji" / "2 after.json",
        settings={"weights.emoji.party:920000000000000001": 5},
    )

    assert found.minted == 5


async def test_a_renamed_emoji_is_the_same_in_two_exports(tmp_path: Path) -> None:
    before = await import_into(tmp_path / "a", INPUTS / "t03_renamed_emoji" / "1 before.json")
    both = await import_into(tmp_path / "b", INPUTS / "t03_renamed_emoji")

    assert both.minted == before.minted


async def test_deleted_people_are_nobody_under_their_newer_names_too(tmp_path: Path) -> None:
    summary = (await import_into(tmp_path, INPUTS / "t05_deleted")).summary

    assert (summary.nobodys, summary.nobodys_reactions) == (3, 3)


@pytest.mark.parametrize(
    "file", sorted((INPUTS / "t08_odd_parts").iterdir()), ids=lambda file: file.stem
)
async def test_an_odd_part_costs_only_itself(tmp_path: Path, file: Path) -> None:
    summary = (await import_into(tmp_path, file)).summary

    assert (summary.messages, summary.unreadable, summary.problems) == (1, 0, [])
    assert summary.odd_parts <= 1


async def test_what_is_left_out_is_not_counted_as_kept(tmp_path: Path) -> None:
    summary = (await import_into(tmp_path, INPUTS / "t16_roles")).summary

    assert (summary.messages, summary.unreadable, summary.odd_parts) == (1, 0, 1)
