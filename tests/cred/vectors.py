"""Reference vectors: inputs with the outputs of SourceCred 0.11.2.

Those under tests/vectors are part of the repository. The larger ones may be beside it, in
../shared; if not, their tests are skipped by name.
"""

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent.parent / "vectors"
BESIDE = Path(__file__).parent.parent.parent.parent / "shared" / "vectors"

SMALL = sorted(path.name for path in (HERE / "small").glob("*.json"))
PIPELINE = sorted(path.name for path in (HERE / "pipeline").glob("*.json"))
SYNTH = [
    "synth-discord-1k.json.gz",
    "synth-mixed-10k.json.gz",
    "synth-discord-100k.json.gz",
]
REAL = [
    "real-01-discord.json.gz",
    "real-02-discord-github.json.gz",
    "real-03-discord-github.json.gz",
    "real-04-discord.json.gz",
    "real-05-discord.json.gz",
    "real-06-github.json.gz",
    "real-07-initiatives.json.gz",
]


def small(name: str) -> dict[str, Any]:
    return _load_cached(HERE / "small" / name)


def pipeline(name: str) -> dict[str, Any]:
    return _load_cached(HERE / "pipeline" / name)


def beside(folder: str, name: str) -> dict[str, Any]:
    """Return a large vector, or skip the test if it is missing."""
    path = BESIDE / folder / name
    if not path.exists():
        pytest.skip(f"{name} is not beside this repository")
    return _load(path)  # each is used once, so it is not cached


@cache
def _load_cached(path: Path) -> dict[str, Any]:
    return _load(path)


def _load(path: Path) -> dict[str, Any]:
    data = path.read_bytes()
    value = json.loads(gzip.decompress(data) if path.suffix == ".gz" else data)
    assert isinstance(value, dict)
    return value
