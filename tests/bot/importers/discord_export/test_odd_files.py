"""Files that no exporter wrote, or that were cut, bent or put together since."""

import io
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.importers.discord_export.checked_bytes import MAX_DEPTH, CheckedBytes
from bot.importers.discord_export.errors import ExportError
from bot.importers.discord_export.file import ExportFile
from tests.bot.importers.discord_export.exports import (
    export,
    message,
    message_id,
    reaction,
    user,
    write_export,
)
from tests.bot.importers.discord_export.memory_community import (
    MemoryCommunity,
    import_files,
    posts,
)


def text_of(*messages: Any) -> str:
    return json.dumps(export(messages))


async def problem_of(path: Path, community: MemoryCommunity | None = None) -> str:
    summary = await import_files(community or MemoryCommunity(), path)
    [problem] = summary.problems
    assert problem.startswith(str(path))
    assert "\n" not in problem
    return problem


@pytest.mark.parametrize("opening", ["[", '{"a":'])
async def test_nesting_without_end_is_refused_before_it_takes_memory(
    tmp_path: Path, opening: str
) -> None:
    path, community = tmp_path / "a.json", MemoryCommunity()
    deep = opening * 100_000
    path.write_text(text_of(message(0), "HERE", message(1)).replace('"HERE"', deep))

    tracemalloc.start()
    try:
        problem = await problem_of(path, community)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    at = path.read_text().index(deep)
    assert "more than 100 deep" in problem
    position = int(problem.partition("at byte ")[2].partition(":")[0].replace(",", ""))
    assert at < position < at + 1000
    assert "export it again" in problem
    assert "The 1 message before that is kept." in problem
    assert posts(community) == [message_id(0)]
    assert peak < 20_000_000


async def test_nesting_without_end_in_the_head_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"guild": ' + "[" * 100_000)

    assert "more than 100 deep" in await problem_of(path)


@pytest.mark.parametrize("content", ["[" * 5000, '\\"{' * 3000, "\\" * 999, '"' * 99])
async def test_brackets_and_quotes_in_texts_nest_nothing(tmp_path: Path, content: str) -> None:
    community = MemoryCommunity()
    path = write_export(
        tmp_path / "a.json", export(message(n, content=content) for n in range(60))
    )

    summary = await import_files(community, path)

    assert (summary.problems, len(posts(community))) == ([], 60)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64])
def test_what_is_harmless_comes_out_as_it_went_in_whatever_is_read_at_once(
    tmp_path: Path, size: int
) -> None:
    path = tmp_path / "a.json"
    content = 'a "quote", a \\ and {[{[ "\\" é🚀 \n' * 9
    path.write_text(
        json.dumps(export(message(n, content=content) for n in range(200)), ensure_ascii=False),
        "utf-8",
    )

    with path.open("rb") as file:
        checked = CheckedBytes(file, path)
        found = b"".join(iter(lambda: checked.read(size), b""))

    assert found == path.read_bytes()
    assert checked.position == len(found)


@given(
    st.recursive(
        st.text() | st.integers(-9, 9), lambda x: st.lists(x) | st.dictionaries(st.text(), x)
    ),
    st.integers(1, 9),
    st.integers(95, 105),
)
def test_exactly_what_is_too_deep_is_refused(value: object, size: int, depth: int) -> None:
    bottom = json.dumps(value, ensure_ascii=False)
    data = ("[" * depth + bottom + "]" * depth).encode("utf-8")
    checked = CheckedBytes(io.BytesIO(data), Path("a.json"))
    deepest = depth + depth_of(value)

    if deepest <= MAX_DEPTH:
        assert b"".join(iter(lambda: checked.read(size), b"")) == data
    else:
        with pytest.raises(ExportError, match="more than 100 deep"):
            b"".join(iter(lambda: checked.read(size), b""))


@pytest.mark.parametrize("size", [1, 2, 3, 5, 99])
@pytest.mark.parametrize(
    ("data", "at"),
    [
        (b'["x\xf0\x9fy"]', 4),
        (b'["x", "\xe9"]', 8),
        (b'["a \\" b", ' + b"[" * MAX_DEPTH, 11 + MAX_DEPTH),
        (b'["' + b"x" * 200 + b'", ' + b"[" * MAX_DEPTH, 205 + MAX_DEPTH),
    ],
)
def test_the_byte_that_is_told_is_the_first_bad_one(data: bytes, at: int, size: int) -> None:
    checked = CheckedBytes(io.BytesIO(data), Path("a.json"))

    with pytest.raises(ExportError, match=f"at byte {at}:"):
        b"".join(iter(lambda: checked.read(size), b""))


@pytest.mark.parametrize("size", range(1, 20))
def test_all_that_comes_before_harm_is_given_out(size: int) -> None:
    before = b"[" * (MAX_DEPTH - 1) + b'"a \\" text", ['
    checked = CheckedBytes(io.BytesIO(before + b'["and more"]'), Path("a.json"))
    found = iter(lambda: checked.read(size), b"")
    given_out = bytearray()

    with pytest.raises(ExportError, match=f"at byte {len(before) + 1}:"):  # noqa: PT012
        for piece in found:
            given_out += piece

    assert given_out == before


def depth_of(value: object) -> int:
    """Return the depth of nested lists and objects."""
    if isinstance(value, dict):
        value = list(value.values())
    return 1 + max(map(depth_of, value), default=0) if isinstance(value, list) else 0


@pytest.mark.parametrize("value", ["none", None, 7, {}, {"item": [1]}])
async def test_messages_that_are_no_list_are_refused(tmp_path: Path, value: object) -> None:
    path = write_export(tmp_path / "a.json", {**export([]), "messages": value})

    assert "no list of messages" in await problem_of(path)


async def test_an_export_without_messages_is_refused(tmp_path: Path) -> None:
    value = export([])
    del value["messages"]

    assert "no list of messages" in await problem_of(write_export(tmp_path / "a.json", value))


async def test_an_export_of_an_empty_channel_is_fine(tmp_path: Path) -> None:
    summary = await import_files(
        MemoryCommunity(), write_export(tmp_path / "a.json", export([]))
    )

    assert (summary.problems, summary.files) == ([], 1)


async def test_a_head_that_does_not_end_is_not_kept_in_memory(tmp_path: Path) -> None:
    value = export([])
    value["guild"]["more"] = ["x" * 1000] * 50_000
    path = write_export(tmp_path / "a.json", value)

    tracemalloc.start()
    try:
        problem = await problem_of(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert "no export that can be read" in problem
    assert peak < 20_000_000


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
async def test_what_is_not_utf8_is_called_that_with_its_place(
    tmp_path: Path, encoding: str
) -> None:
    path, community = tmp_path / "a.json", MemoryCommunity()
    data = text_of(message(0), message(1, content="caf#")).replace("#", "é").encode(encoding)
    path.write_bytes(data)

    problem = await problem_of(path, community)

    at = data.index(b"\xe9") + 1 if encoding == "latin-1" else 1
    assert f"is not UTF-8 at byte {at:,}" in problem
    assert "export it again" in problem
    assert posts(community) == ([message_id(0)] if encoding == "latin-1" else [])


@pytest.mark.parametrize("length", range(65_530, 65_545))
async def test_a_character_may_lie_across_what_is_read_at_once(
    tmp_path: Path, length: int
) -> None:
    path, community = tmp_path / "a.json", MemoryCommunity()
    text = json.dumps(export([message(0, content="#")]), ensure_ascii=False)
    path.write_text(text.replace("#", "x" * (length - text.index("#")) + "🚀\\\\"), "utf-8")

    summary = await import_files(community, path)

    assert (summary.problems, len(posts(community))) == ([], 1)


@pytest.mark.parametrize("cut", [30, 120, 250, 300])
async def test_a_file_cut_in_its_head_is_called_cut(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "a.json"
    path.write_text(text_of(message(0))[:cut])

    problem = await problem_of(path)

    assert "breaks off before its first message" in problem
    assert "export it again" in problem


async def test_an_empty_file_is_called_empty(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"")

    assert "is empty" in await problem_of(path)


@pytest.mark.parametrize("number", [str(1 << 70), "x", "", None, "9" * 5000])
async def test_an_id_that_is_none_is_called_that(tmp_path: Path, number: object) -> None:
    value = export([message(0)], guild={"id": number, "name": "The Guild"})

    problem = await problem_of(write_export(tmp_path / "a.json", value))

    assert "no server's id" in problem
    assert "direct" not in problem
    assert len(problem) < 400


async def test_a_channel_without_an_id_is_called_that(tmp_path: Path) -> None:
    value = export([message(0)])
    del value["channel"]["id"]

    assert "no channel's id" in await problem_of(write_export(tmp_path / "a.json", value))


@pytest.mark.parametrize("number", ["9" * 30, "1e400", "9" * 5000, "1e" + "9" * 30])
async def test_a_number_too_large_costs_at_most_its_message(
    tmp_path: Path, number: str
) -> None:
    community = MemoryCommunity()
    odd = message(1, reactions=[{**reaction("👍", user(2)), "count": "HERE"}])
    path = tmp_path / "a.json"
    path.write_text(text_of(message(0), odd, message(2)).replace('"HERE"', number))

    summary = await import_files(community, path)

    if summary.problems:
        [problem] = summary.problems
        assert "number" in problem
        assert "What follows was not read" in problem
        assert posts(community) == [message_id(0)]
    else:
        assert summary.unreadable + summary.odd_parts == 1
        assert posts(community) == [message_id(0), message_id(1), message_id(2)]
    assert len(number) > 100 or "e9" in number or not summary.problems
    assert summary.unnamed == 0


async def test_what_stands_behind_the_end_is_not_read_and_told(tmp_path: Path) -> None:
    path, community = tmp_path / "a.json", MemoryCommunity()
    path.write_text(text_of(message(0), message(1)) + "\n" + text_of(message(2)))

    problem = await problem_of(path, community)

    assert "goes on behind its end" in problem
    assert "What follows was not read" in problem
    assert "The 2 messages before that are kept." in problem
    assert posts(community) == [message_id(0), message_id(1)]


@pytest.mark.parametrize("odd", ["nul", "1 2", '"\x01"', '"\\ude00 x"', "{]"])
async def test_a_damaged_file_keeps_what_stood_before_the_damage(
    tmp_path: Path, odd: str
) -> None:
    path, community = tmp_path / "a.json", MemoryCommunity()
    messages = [message(n) for n in range(300)]
    path.write_text(text_of(*messages, "HERE", message(300)).replace('"HERE"', odd))

    problem = await problem_of(path, community)

    assert "is damaged" in problem
    assert "What follows was not read" in problem
    assert posts(community) == [message["id"] for message in messages]


async def test_a_message_that_cannot_be_stored_costs_only_itself(tmp_path: Path) -> None:
    community = MemoryCommunity()
    community.refused = frozenset({message_id(1)})
    path = write_export(tmp_path / "a.json", export([message(number) for number in range(3)]))

    summary = await import_files(community, path)
    again = await import_files(community, path)

    assert posts(community) == [message_id(0), message_id(2)]
    assert (summary.messages, summary.unreadable) == (2, 1)
    assert again.done_before == 1


def test_a_file_that_went_away_is_named(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="cannot be read"):
        ExportFile(tmp_path / "gone.json").head()
