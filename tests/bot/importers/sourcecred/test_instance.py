"""Reading an instance: what is not whole is one sentence with file and place."""

import json
import zlib
from collections.abc import Callable
from datetime import UTC
from pathlib import Path
from typing import Any

import pytest

from bot.importers.sourcecred.errors import InstanceError
from bot.importers.sourcecred.instance import read_instance
from cred.graph.archive import structure_from_archive
from tests.bot.importers.sourcecred.instances import (
    DISCORD_GRAPH,
    THREE,
    copy_instance,
    edit_json,
    real,
)

LEDGER = "data/ledger.json"
Change = Callable[[Path], None]


def file(name: str, change: Callable[[Any], Any]) -> Change:
    return lambda root: edit_json(root, name, change)


def text(name: str, content: bytes) -> Change:
    def write(root: Path) -> None:
        (root / name).write_bytes(content)

    return write


def delete(name: str) -> Change:
    return lambda root: (root / name).unlink()


def line(number: int, change: Callable[[dict[str, Any]], object]) -> Change:
    """Change a line of the ledger, counted from 1."""

    def write(root: Path) -> None:
        lines = (root / LEDGER).read_text().split("\n")
        event = json.loads(lines[number - 1])
        change(event)
        lines[number - 1] = json.dumps(event)
        (root / LEDGER).write_text("\n".join(lines))

    return write


def graph(change: Callable[[dict[str, Any]], object]) -> Change:
    """Change the nodes and edges of Discord's graph."""

    def inner(value: Any) -> Any:
        change(value[1]["graphJSON"][1])
        return value

    return file(DISCORD_GRAPH, inner)


def put(key: str, value: object) -> Callable[[Any], Any]:
    def change(inside: Any) -> Any:
        inside[key] = value
        return inside

    return change


def over_all(value: Any) -> Any:
    """Let somebody pass on 0.9 of their cred twice."""
    recipients = value[0]["recipients"]
    recipients[0]["proportions"][0]["decimalProportion"] = 0.9
    recipients.append({**recipients[0], "toParticipantId": "eERu8JZDDjJQQn0AZKFaig"})
    return value


def cut(root: Path) -> None:
    path = root / DISCORD_GRAPH
    path.write_bytes(path.read_bytes()[:-40])


def weights(table: dict[str, Any]) -> Change:
    header = {"type": "sourcecred/weights", "version": "0.2.0"}
    inside = {"nodeWeights": {}, "edgeWeights": {}, **table}
    return text("config/weights.json", json.dumps([header, inside]).encode())


ALIAS_OF_ADA = {
    "alias": {
        "address": "N\0sourcecred\0discord\0MEMBER\0user\0" + "100000000000000011\0",
        "description": "",
    },
    "identityId": "joP8H5Et3mYQWvzxkT1NHw",
    "type": "ADD_ALIAS",
}

BROKEN = {
    "no sourcecred.json": (delete("sourcecred.json"), "there is no sourcecred.json in it"),
    "no ledger": (delete(LEDGER), "data/ledger.json is missing"),
    "no list of plugins": (text("sourcecred.json", b"{}"), "no 'bundledPlugins'"),
    "a plugin's odd name": (
        text("sourcecred.json", b'{"bundledPlugins": ["../../etc"]}'),
        'sourcecred.json: bundledPlugins[0] must be "owner/plugin"',
    ),
    "bad JSON": (
        text("config/weights.json", b"[{"),
        "config/weights.json: line 1, column 3",
    ),
    "no UTF-8": (text("config/weights.json", b'["\xff"]'), "byte 2 is not UTF-8"),
    "NaN": (weights({"nodeWeights": 0}), "config/weights.json: nodeWeights must be an object"),
    "NaN in JSON": (
        text("config/dependencies.json", b'[{"id": NaN}]'),
        "config/dependencies.json: NaN is not a number",
    ),
    "an infinite weight": (
        text(
            "config/weights.json",
            b'[{"type":"sourcecred/weights","version":"0.2.0"},'
            b'{"nodeWeights":{"N\\u0000a\\u0000":1e999},"edgeWeights":{}}]',
        ),
        "config/weights.json: the weight of 'a' must be a finite number",
    ),
    "a negative weight": (
        weights({"nodeWeights": {"N\0a\0": -1}}),
        "config/weights.json: the weight of 'a' is less than 0",
    ),
    "an edge's address among nodes": (
        weights({"nodeWeights": {"E\0a\0": 1}}),
        "is not a stored address",
    ),
    "another version": (
        file("config/weights.json", lambda value: [put("version", "9.9")(value[0]), value[1]]),
        "config/weights.json: sourcecred/weights has version '9.9'",
    ),
    "another type": (
        file(
            DISCORD_GRAPH, lambda value: [put("type", "sourcecred/graph")(value[0]), value[1]]
        ),
        "not sourcecred/weightedGraph",
    ),
    "a graph cut off": (cut, f"{DISCORD_GRAPH} ends too early"),
    "a graph damaged": (
        text(DISCORD_GRAPH, b"x\x9c" + b"\0" * 99),
        f"{DISCORD_GRAPH} is damaged",
    ),
    "a graph nested deeply": (
        text(DISCORD_GRAPH, zlib.compress(b"[" * 100_000)),
        "nested too deeply",
    ),
    "a huge number": (
        text(DISCORD_GRAPH, zlib.compress(b"[" + b"9" * 10_000 + b"]")),
        "holds a number of more than",
    ),
    "no edges": (graph(lambda inside: inside.pop("edges")), f"{DISCORD_GRAPH} has no 'edges'"),
    "an end that is no address": (
        graph(lambda inside: inside["edges"][3].update(srcIndex=5_000)),
        "edges[3].srcIndex: there is no address 5000",
    ),
    "an edge without a time": (
        graph(lambda inside: inside["edges"][3].update(timestampMs=None)),
        "edges[3].timestampMs must be a number",
    ),
    "an edge twice": (
        graph(lambda inside: inside["edges"].append(inside["edges"][0])),
        "is listed twice",
    ),
    "a node twice": (
        graph(lambda inside: inside["nodes"].append(inside["nodes"][0])),
        "is listed twice",
    ),
    "an address that is none": (
        graph(lambda inside: inside["sortedNodeAddresses"].__setitem__(0, ["a", 3])),
        "sortedNodeAddresses[0]: an address is a list of texts",
    ),
    "an odd line in the ledger": (
        lambda root: (root / LEDGER).write_text((root / LEDGER).read_text().strip() + "\n{]"),
        "data/ledger.json, line 32: line 1, column 2",
    ),
    "a ledger's unknown action": (
        line(2, lambda event: event["action"].update(type="STEAL_GRAIN")),
        "data/ledger.json, line 2: 'STEAL_GRAIN' is not a ledger action",
    ),
    "another version of the ledger": (
        line(2, lambda event: event.update(version="2")),
        "data/ledger.json, line 2: version '2' of ledger events is not known",
    ),
    "a ledger that goes back in time": (
        line(3, lambda event: event.update(ledgerTimestamp=1)),
        "data/ledger.json, line 3: it is older than the event before it",
    ),
    "an alias of nobody": (
        line(2, lambda event: event["action"].update(identityId="ghost")),
        "data/ledger.json, line 2: the ledger knows no identity 'ghost'",
    ),
    "an alias twice": (
        line(4, lambda event: event["action"].update(ALIAS_OF_ADA)),
        "data/ledger.json, line 4: the ledger binds",
    ),
    "a negative budget": (
        file(
            "config/pluginBudgets.json",
            put("plugins", {"sourcecred/discord": [{"startTime": "2022-01-02", "budget": -1}]}),
        ),
        "budget must be a number of at least 0",
    ),
    "a budget by the month": (
        file("config/pluginBudgets.json", put("intervalLength", "MONTHLY")),
        "intervalLength must be WEEKLY",
    ),
    "budgets that overlap": (
        file(
            "config/pluginBudgets.json",
            put("plugins", {"sourcecred": [], "sourcecred/discord": []}),
        ),
        "config/pluginBudgets.json: budgets for 'sourcecred' and 'sourcecred/discord' overlap",
    ),
    "more passed on than there is": (
        file("config/personalAttributions.json", over_all),
        "personalAttributions.json: attributions from 'joP8H5Et3mYQWvzxkT1NHw' sum to 1.8; at",
    ),
    "a date that is none": (
        file(
            "config/dependencies.json",
            lambda value: [put("periods", [{"startTime": "soon", "weight": 1}])(value[0])],
        ),
        "periods[0].startTime must be a date such as 2018-02-01T00:00:00.000Z",
    ),
    "a date in no calendar": (
        file(
            "config/dependencies.json",
            lambda value: [
                put("periods", [{"startTime": 253402300800000, "weight": 1}])(value[0])
            ],
        ),
        "periods[0].startTime must be within the years 1 to 9999",
    ),
    "a date before the first": (
        file(
            "config/dependencies.json",
            lambda value: [
                put("periods", [{"startTime": "0001-01-01T00:00:00+14:00", "weight": 1}])(
                    value[0]
                )
            ],
        ),
        "periods[0].startTime must be within the years 1 to 9999",
    ),
    "an initiative without a date": (
        file(
            "config/plugins/sourcecred/initiatives/initiatives/guide.json",
            lambda value: [value[0], put("timestampIso", "one day")(value[1])],
        ),
        "initiatives/guide.json: it.timestampIso must be a date such as",
    ),
    "an initiative of another version": (
        file(
            "config/plugins/sourcecred/initiatives/initiatives/guide.json",
            lambda value: [put("version", "7")(value[0]), value[1]],
        ),
        "initiatives/guide.json: sourcecred/initiativeFile has version '7'",
    ),
    "an initiative's negative weight": (
        file(
            "config/plugins/sourcecred/initiatives/initiatives/guide.json",
            lambda value: [
                value[0],
                put("weight", {"incomplete": -1, "complete": 1})(value[1]),
            ],
        ),
        "it.weight.incomplete must be a number of at least 0",
    ),
    "half a character in the ledger": (
        line(1, lambda event: event["action"]["identity"].update(name="\ud800")),
        "data/ledger.json, line 1: it holds half a character (\\ud800)",
    ),
    "half a character in the configuration": (
        file(
            "config/plugins/sourcecred/discord/config.json",
            lambda value: [put("guildId", "1\udfff")(value[0])],
        ),
        "config.json: it holds half a character (\\udfff)",
    ),
    "published scores of other weeks": (
        file("output/credGrainView", put("intervals", [])),
        "output/credGrainView",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_broken_is_told_with_file_and_place(case: str, tmp_path: Path) -> None:
    root = copy_instance(tmp_path)
    breaking, sentence = BROKEN[case]
    breaking(root)

    with pytest.raises(InstanceError) as told:
        read_instance(root, UTC)

    assert sentence in str(told.value)
    assert "\n" not in str(told.value)


def test_a_file_that_unpacks_to_more_than_is_read_is_refused(tmp_path: Path) -> None:
    root = copy_instance(tmp_path)
    (root / DISCORD_GRAPH).write_bytes(zlib.compress(b"[" + b" " * 2_000_000 + b"]"))

    with pytest.raises(InstanceError, match="holds more than 1,000,000 bytes"):
        read_instance(root, UTC, max_bytes=1_000_000)


def test_files_may_be_packed_or_plain_and_progress_is_told(tmp_path: Path) -> None:
    root, counted = copy_instance(tmp_path), [0]
    path = root / DISCORD_GRAPH
    path.write_bytes(zlib.decompress(path.read_bytes()))

    def count(read: int) -> None:
        counted[0] += read

    plain, packed = read_instance(root, UTC, count), read_instance(THREE, UTC)

    assert [len(archive.edges) for archive in plain.archives] == [
        len(a.edges) for a in packed.archives
    ]
    assert counted[0] > path.stat().st_size


def test_a_ledger_may_be_a_list_as_older_ones_are(tmp_path: Path) -> None:
    root = copy_instance(tmp_path)
    lines = (root / LEDGER).read_text().strip().split("\n")
    (root / LEDGER).write_text("[\n" + ",\n".join(lines) + "\n]")

    assert (
        read_instance(root, UTC).ledger.participants
        == read_instance(THREE, UTC).ledger.participants
    )


def test_people_are_the_ledger_s_in_its_order_with_all_their_addresses() -> None:
    people = read_instance(THREE, UTC).ledger.participants

    assert [(person.name, person.subtype, len(person.addresses)) for person in people][:6] == [
        ("ada", "USER", 4),  # Discord, Discourse, and the identity that was merged
        ("ben", "USER", 2),
        ("cleo", "USER", 2),
        ("eve", "USER", 2),
        ("helper-bot", "BOT", 2),
        ("system", "BOT", 2),
    ]


def test_every_address_of_the_ledger_is_a_node_once() -> None:
    instance = read_instance(THREE, UTC)

    accounts = [n for archive in instance.archives for n in archive.account.tolist() if n > 0]

    assert sorted(accounts) == list(range(1, len(instance.addresses) + 1))
    for archive in instance.archives:
        for address, number in zip(
            archive.node_addresses(), archive.account.tolist(), strict=True
        ):
            assert number < 0 or instance.addresses[number - 1] == address


def test_a_real_community_is_read() -> None:
    instance = read_instance(real(), UTC)

    sizes = {
        archive.name: (len(archive.nodes), len(archive.edges)) for archive in instance.archives
    }
    assert sizes["github"] == (2753, 5239)
    assert sizes["discord"][1] == 496
    assert len(instance.ledger.participants) == 38
    assert instance.ledger.actions["DISTRIBUTE_GRAIN"] == 18
    left = instance.unused_files["config/plugins/sourcecred/discourse/config.json"]
    assert left == "of a plugin that is not in use"


def test_an_archive_drawn_has_every_address_and_kinds_by_type() -> None:
    discord = read_instance(THREE, UTC).archives[0]

    drawn = structure_from_archive(discord)

    assert [drawn.labels.node(row) for row in range(len(discord.nodes))] == [
        *discord.node_addresses()
    ]
    assert {kind.name: kind.weight for kind in drawn.node_kinds} == {
        "discord member": 0.0,
        "discord message": 0.0,
        "discord reaction": 1.0,
    }


def test_texts_of_graphs_may_hold_half_a_character(tmp_path: Path) -> None:
    """SourceCred cuts descriptions anywhere."""
    root = copy_instance(tmp_path)
    graph(lambda inside: inside["nodes"][0].update(description="\ud83d"))(root)

    assert len(read_instance(root, UTC).archives) == 4
