"""Changes of weights as typed: any text gives changes, or one clear sentence."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.chat.line.parse import parse
from bot.commands.catalogue import build_registry
from bot.commands.kit.errors import UserError
from bot.commands.kit.parameters.changes import full_key, parse_changes, short_key
from bot.commands.weights.keys import read_changes
from bot.services.weights.preview import preview
from storage.canonical_json import Json
from tests.bot.commands.garden import NOW_MS, communities, garden, request
from tests.laws import examples

REGISTRY = build_registry()
PIECES = st.sampled_from(
    [
        *(
            "👍",
            "emoji.👍",
            "weights.emoji.👍",
            "channel.general",
            "role.1",
            "edge.authors",
            "x",
        ),
        *("node.sourcecred/discord/MESSAGE", "message.800000000000001", "scoring.accrual"),
        *(
            "=",
            " = ",
            "==",
            "3",
            "1 / 0.5",
            "-1",
            "1e400",
            "nan",
            "default",
            "off",
            "0",
            "1e-320",
        ),
        *(
            " ",
            ",",
            ";",
            "\n",
            "“",
            "”",
            '"',
            "over",
            "last month",
            "because",
            "\u202e",
            "\x00",
        ),
        *(
            "budgets.sourcecred=1",
            "dependencies.1",
            "attributions.1/2",
            "..",
            "weights.",
            "<:a:1>",
        ),
    ]
)
TEXTS = st.one_of(st.text(max_size=40), st.lists(PIECES, max_size=8).map("".join))
KEYS = st.sampled_from(["emoji.👍", "channel.12", "edge.authors", "scoring.accrual", "tag.a-b"])
VALUES = st.sampled_from(["3", "0.5", "1 / 0.5", "1e3", None])


@given(TEXTS)
@example("=")
@example("a=b=c")
@example("👍=3 last month")
@example("👍=")
def test_any_text_is_changes_or_one_sentence(text: str) -> None:
    problem, changes = None, None
    try:
        changes = parse_changes(text)
    except UserError as error:
        problem = error

    assert (problem is None) != (changes is None)
    if problem is not None:
        assert (problem.title, bool(str(problem).strip())) == ("Which change?", True)
    for key, value in (changes or {}).items():
        assert key == key.strip()
        assert value is None or value.strip()


@given(st.dictionaries(KEYS, VALUES, min_size=1), st.sampled_from([" ", ", ", "; ", "  "]))
def test_changes_are_read_as_they_were_written(
    changes: Mapping[str, str | None], between: str
) -> None:
    text = between.join(f"{key}={value or 'default'}" for key, value in changes.items())

    assert parse_changes(text) == {full_key(key): value for key, value in changes.items()}


@given(st.dictionaries(KEYS, VALUES, min_size=1))
def test_a_line_that_was_written_is_read_again(changes: Mapping[str, str | None]) -> None:
    text = " ".join(f"{key}={value or 'default'}" for key, value in changes.items())
    line = f"weights preview {text} over last month"

    found = parse(line, REGISTRY, "discord", NOW_MS)

    assert found.arguments["changes"] == text
    again = found.command.format_line(found.arguments)
    assert parse(again, REGISTRY, "discord", NOW_MS).arguments == found.arguments


@given(st.text(max_size=20).filter(lambda name: not name.startswith("weights.")))
def test_a_short_key_means_the_same_as_the_full_one(name: str) -> None:
    assert full_key(short_key(full_key(name))) in {full_key(name), full_key(full_key(name))}


@pytest.mark.filterwarnings("error")
def test_whatever_is_asked_is_previewed_or_refused_in_a_sentence(tmp_path: Path) -> None:
    """Of one community, as making one for each text would take minutes."""

    async def try_all() -> None:
        async with communities(tmp_path) as opened:
            community = await garden(opened)

            async def read_and_preview(text: str) -> Mapping[str, Json] | str:
                try:
                    changes = await read_changes(request(community), text)
                except UserError as error:
                    return str(error)
                await preview(community, changes, now_ms=NOW_MS)
                return changes

            loop = asyncio.get_running_loop()

            @settings(max_examples=examples(100))
            @given(TEXTS)
            @example("👍=1e9 🎉=0")
            @example("scoring.accrual=0")
            @example("node.member=1e9")
            @example("weights.edge.authors=0 / 0")
            def law(text: str) -> None:
                work = asyncio.run_coroutine_threadsafe(read_and_preview(text), loop)
                assert work.result(60)

            await asyncio.to_thread(law)

    asyncio.run(try_all())
