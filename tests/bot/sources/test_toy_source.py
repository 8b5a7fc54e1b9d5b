"""Adding a source is adding one folder: it is heard, scored, weighed and told of."""

import asyncio
import shutil
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

import bot.sources
from bot.app.app import App, running_app
from bot.commands.catalogue import build_registry
from bot.commands.kit.arguments import Argument, Mention
from bot.commands.kit.dispatch import dispatch
from bot.commands.kit.reply import Reply
from bot.commands.kit.request import Request
from bot.community.communities import Community
from bot.settings import Settings
from bot.sources import discover
from bot.web.server import serve

ROOT = Path(__file__).resolve().parents[3]
TOY = Path(__file__).parent / "toy"
NOW_MS = 1_790_000_100_000
CHANGES: list[dict[str, object]] = [
    {"id": "7", "by": "ada", "at_ms": NOW_MS - 9000, "approved": {"bob": NOW_MS - 8000}},
    {"id": "8", "by": "bob", "at_ms": NOW_MS - 7000, "approved": {}},
]
_PATIENCE_SECONDS = 20


@pytest.fixture
def added(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have the folder lie in `bot/sources`, as far as Python is concerned."""
    known = set(sys.modules)
    monkeypatch.setattr(bot.sources, "__path__", [*bot.sources.__path__, str(TOY)])
    yield
    for name in set(sys.modules) - known:
        if name.startswith("bot.sources.reviews"):
            del sys.modules[name]
    vars(bot.sources).pop("reviews", None)


@pytest.fixture
def listed() -> list[dict[str, object]]:
    """The changes that there are, to add to."""
    return [*CHANGES]


@pytest.fixture
async def address(listed: list[dict[str, object]]) -> AsyncIterator[str]:
    """Where the made-up place lists its changes."""

    async def changes(_request: web.Request) -> web.Response:
        return web.json_response(listed)

    async with serve("127.0.0.1", 0, [web.get("/changes", changes)]) as served:
        yield f"{served}/changes"


async def wait_until_scored(app: App) -> Community:
    """Return the community once everything heard is scored."""
    async with asyncio.timeout(_PATIENCE_SECONDS):
        assert await app.runners.wait_until_settled()
        (slug,) = app.communities.slugs()
        community = await app.communities.get_existing(slug)
        await community.scoring.recompute_if_due(NOW_MS)
    return community


async def ask(community: Community, app: App, line: str, **arguments: Argument) -> Reply:
    command = build_registry(app.health, app.sources).find(line)
    assert command is not None
    return await dispatch(
        command,
        Request(
            community=community,
            source="reviews",
            actor="ada",
            actor_name="ada",
            is_admin=True,
            arguments=arguments,
            now_ms=NOW_MS,
            sees=lambda *_: True,
        ),
    )


@pytest.mark.usefixtures("added")
async def test_a_folder_alone_is_heard_scored_weighed_and_told_of(
    address: str,
    listed: list[dict[str, object]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CRED_REVIEWS_URL", address)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = Settings(
        data_dir=tmp_path, recompute_debounce_seconds=0, web_port=port, _env_file=None
    )

    async with running_app(settings) as app:
        running = asyncio.create_task(app.run())
        community = await wait_until_scored(app)
        ada = await ask(community, app, "cred show")
        bob = await ask(community, app, "cred show", person=Mention("reviews", "bob"))
        sources = await ask(community, app, "admin sources")
        version = await community.settings.set(
            {"weights.change.7": 3.0}, author="operator", reason="test", now_ms=NOW_MS
        )
        await community.scoring.recompute_if_due(NOW_MS)
        dearer = await ask(community, app, "cred show")
        listed.append({"id": "9", "by": "ada", "at_ms": NOW_MS, "approved": {}})
        async with aiohttp.ClientSession() as session:
            answered = await session.post(f"http://127.0.0.1:{port}/hooks/reviews")
        await wait_until_scored(app)
        later = await ask(community, app, "admin sources")
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    assert version is not None
    assert "ada" in ada.title
    assert "1." in ada.title
    assert "bob" in bob.title
    assert any("listening; 2 changes" in row for row in sources.tables[0].rows)
    assert dearer.title != ada.title
    assert answered.status == 200
    assert any("listening; 3 changes" in row for row in later.tables[0].rows)
    assert community.slug.startswith("reviews-127-0-0-1")


@pytest.mark.usefixtures("added")
def test_a_source_without_settings_runs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CRED_REVIEWS_URL", raising=False)

    assert discover()["reviews"].runners(Settings(_env_file=None)) == ()


def test_the_folder_passes_what_every_source_passes_and_keeps_the_contracts(
    tmp_path: Path,
) -> None:
    for package in ("bot", "cred", "storage", "tests"):
        shutil.copytree(
            ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__")
        )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(TOY / "reviews", tmp_path / "bot" / "sources" / "reviews")

    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
            "tests/bot/sources/test_examples.py",
            "tests/test_architecture.py::test_every_contract_is_kept",
        ],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr
