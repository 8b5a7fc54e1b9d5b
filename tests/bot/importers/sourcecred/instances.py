"""Instances of SourceCred: a small invented one, and a real one beside the repository."""

import json
import shutil
import zlib
from collections.abc import Callable
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest

from bot.community.communities import Community
from bot.importers.sourcecred.importer import ImportResult, import_instance
from bot.importers.sourcecred.instance import Instance, read_instance
from bot.importers.sourcecred.mapping import map_config
from bot.importers.sourcecred.report import report_lines
from tests.cred.vectors import BESIDE, HERE

THREE: Path = HERE / "instances" / "three-plugins"
"""Discord, Discourse and initiatives; with budgets, a dependency and an attribution."""

NOW = 1_780_000_000_000

DISCORD_GRAPH = "output/graphs/sourcecred/discord/graph"


def real() -> Path:
    """Return a real community's instance (Discord and GitHub); skip the test without one."""
    path = BESIDE / "instances" / "community-anon"
    if not path.exists():
        pytest.skip("instances/community-anon is not beside this repository")
    return path


def copy_instance(tmp_path: Path, source: Path = THREE) -> Path:
    """Copy an instance, so that it can be changed."""
    target = tmp_path / "instance"
    shutil.copytree(source, target, copy_function=shutil.copyfile)
    return target


def edit_json(root: Path, name: str, change: Callable[[Any], Any]) -> None:
    """Change the value of one of an instance's JSON files, compressed or not."""
    path = root / name
    data = path.read_bytes()
    is_compressed = data.startswith(b"x")
    value = json.loads(zlib.decompress(data) if is_compressed else data)
    text = json.dumps(change(value)).encode()
    path.write_bytes(zlib.compress(text) if is_compressed else text)


async def import_from(
    community: Community, where: Path, *, initiatives_by_hand: bool = False
) -> tuple[Instance, ImportResult]:
    instance = read_instance(where, UTC)
    result = await import_instance(
        community,
        instance,
        map_config(instance),
        sourcecred_boundaries=True,
        initiatives_by_hand=initiatives_by_hand,
        now_ms=NOW,
    )
    return instance, result


def reasons_by_part(instance: Instance) -> dict[str, str]:
    """Return why something of each part of an instance was left out, as the report says."""
    return {line.part: line.skipped for line in report_lines(instance, map_config(instance))}
