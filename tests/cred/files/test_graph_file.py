"""Graph files: both formats, whole or input alone; errors name the place in the file."""

import copy
import json
from typing import Any

import pytest

from cred.errors import InvalidInputError, OverlapError
from cred.files.graph_file import parse_graph_file
from cred.files.json_values import JsonReader
from cred.files.ledger_identities import LedgerIdentities
from tests.cred.graphs import SUNDAY, Content, a_file, in_week
from tests.cred.vectors import pipeline, small


def test_the_whole_file_and_its_input_alone_are_the_same() -> None:
    for vector in (small("25-discord-like.json"), pipeline("09-everything.json")):
        assert parse_graph_file(vector).run() == parse_graph_file(vector["input"]).run()


def test_the_result_is_json_in_the_order_of_the_input() -> None:
    content = a_file({"m": 2, "n": 0}, [("ann", "m", 0, 0.5, 1)], ["bob", "ann"])

    result = json.loads(json.dumps(parse_graph_file(content).run()))

    assert result["epochStarts"] == [SUNDAY]
    assert result["lastEpochEndMs"] == in_week(1, day=0)
    assert result["totalMint"] == 2
    assert [participant["id"] for participant in result["participants"]] == ["bob", "ann"]
    assert result["participants"][1]["cred"] == pytest.approx(2)
    assert result["participants"][1]["credPerInterval"] == [pytest.approx(2)]
    assert [node["address"] for node in result["nodes"]] == [["c", "m"], ["c", "n"]]
    assert result["nodes"][0] == {
        "address": ["c", "m"],
        "mint": 2,
        "cred": pytest.approx(40 / 9),
    }
    assert result["solver"]["iterations"] > 0
    assert result["solver"]["residual"] < 1e-12


def test_bonus_nodes_come_last() -> None:
    result = parse_graph_file(pipeline("07-dependency-minting.json")).run()

    bonus = [node["address"][:3] == ["sourcecred", "core", "BONUS"] for node in result["nodes"]]
    assert bonus == sorted(bonus)
    assert sum(bonus) == 6


def test_boundaries_are_the_caller_s_choice() -> None:
    file = parse_graph_file(small("12-edge-on-week-boundary.json"))

    assert file.run() != file.run(sourcecred_boundaries=True)
    assert file.run() == file.run(sourcecred_boundaries=False)


def test_parameters_are_the_reference_s_defaults_where_none_are_given() -> None:
    content = small("01-minimal.json")["input"]
    without = {key: value for key, value in content.items() if key != "parameters"}

    assert parse_graph_file(without).run() == parse_graph_file(content).run()


def test_ends_may_be_addresses_and_need_not_exist() -> None:
    content = a_file({"m": 2}, [("ann", "m", 0, 0.5, 1), ("ann", "m", 0, 9, 9)])
    content["edges"][0]["src"] = ["p", "ann"]
    content["edges"][1]["dst"] = ["nowhere"]

    ranking = parse_graph_file(content).rank()

    assert ranking.graph.dangling == 1
    assert ranking.scores.node_cred[0] == pytest.approx(40 / 9)


def file_with(path: str, value: Any) -> Content:
    """Return a file in which one value is replaced or, for `...`, removed."""
    content = a_file({"m": 2, "n": 1}, [("ann", "m", 0, 0.5, 1), ("ann", "n", 0, 1, 1)])
    content["weights"] = {"nodes": [{"prefix": ["c"], "weight": 2}], "edges": []}
    content["parameters"] = {"alpha": 0.1, "beta": 0.4, "gammaForward": 0, "gammaBackward": 0}
    content["intervals"] = [{"startTimeMs": SUNDAY, "endTimeMs": in_week(1, day=0)}]
    container: Any = content
    *keys, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    for key in keys:
        container = container[key]
    if value is ...:
        del container[last]
    else:
        container[last] = value
    return content


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("nodes.0.address", "text", "list of texts"),
        ("nodes.0.address", [1], "list of texts"),
        ("nodes.0.address", ["a\0b"], "NUL"),
        ("nodes.0.address", ["c", "n"], "node c/n is there twice"),
        ("nodes.0.address", ["sourcecred", "core", "gadget", "x"], "reserved"),
        ("nodes.0.timestampMs", "soon", "nodes.0..timestampMs"),
        ("nodes.0.timestampMs", True, "nodes.0..timestampMs"),
        ("nodes.0.timestampMs", 0.5, "nodes.0..timestampMs"),
        ("nodes.0.timestampMs", 1e30, "nodes.0..timestampMs"),
        ("nodes.0.timestampMs", "NaN", "nodes.0..timestampMs"),
        ("nodes.0.weight", "NaN", "c/m"),
        ("nodes.0.weight", "Infinity", "c/m"),
        ("nodes.0.weight", -1, "c/m"),
        ("nodes.0", 7, "nodes.0. must be an object"),
        ("nodes", {}, "nodes must be a list"),
        ("edges.1.address", ["e", "0"], "edge e/0 is there twice"),
        ("edges.1.src", 9, "no node 9"),
        ("edges.1.src", -1, "no node -1"),
        ("edges.1.src", True, "list of texts"),
        ("edges.1.src", ..., "edges.1. has no 'src'"),
        ("edges.1.timestampMs", None, "edges.1..timestampMs"),
        ("edges.1.forwards", "Infinity", "e/1"),
        ("edges.1.backwards", "-Infinity", "e/1"),
        ("edges.1.backwards", 10**400, "edges.1..backwards is too large"),
        ("participants.0.id", 5, "participants.0..id must be a text"),
        ("participants", ..., "no 'participants'"),
        ("weights.nodes.0.prefix", ["c", "m"], "'c/m' is given a weight twice"),
        ("weights.nodes.0.weight", -1, "under c must"),
        ("parameters.alpha", 1.5, "seed_return"),
        ("parameters.beta", 0.95, "at most 1"),
        ("intervals", [], "at least one epoch"),
    ],
)
def test_errors_name_the_place_in_the_file(path: str, value: object, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        parse_graph_file(file_with(path, value)).rank()


def test_a_direction_without_a_weight_has_weight_one() -> None:
    content = a_file({"m": 2, "n": 1}, [("ann", "m", 0, 1, 1), ("ann", "n", 0, 3, 1)])
    expected = parse_graph_file(content).run()
    del content["edges"][0]["forwards"], content["edges"][0]["backwards"]
    del content["edges"][1]["backwards"]

    assert parse_graph_file(content).run() == expected


def test_intervals_leave_no_gap() -> None:
    content = a_file({"m": 2}, [("ann", "m", 0, 0.5, 1)])
    content["intervals"] = [
        {"startTimeMs": 0, "endTimeMs": 1},
        {"startTimeMs": 2, "endTimeMs": 3},
    ]

    with pytest.raises(InvalidInputError, match=r"intervals\[1\]"):
        parse_graph_file(content)


@pytest.mark.parametrize("value", [None, [], "text", {}, {"input": {}}, {"input": 5}])
def test_a_value_that_is_not_a_graph_file_is_refused(value: object) -> None:
    with pytest.raises(InvalidInputError):
        parse_graph_file(value)


def test_a_giver_is_listed_once() -> None:
    content = copy.deepcopy(small("11-personal-attributions.json")["input"])
    content["personalAttributions"].append(content["personalAttributions"][0])

    with pytest.raises(InvalidInputError, match="P00000000000000000001A"):
        parse_graph_file(content)


def test_a_prefix_given_twice_is_refused_even_the_empty_one() -> None:
    content = a_file({"m": 2}, [("ann", "m", 0, 0.5, 1)])
    content["weights"] = {"nodes": [{"prefix": [], "weight": 1}, {"prefix": [], "weight": 1}]}

    with pytest.raises(OverlapError, match="the empty prefix"):
        parse_graph_file(content)


def create(name: str, *address: str) -> dict[str, Any]:
    identity = {"id": name, "address": list(address)}
    return {"action": {"type": "CREATE_IDENTITY", "identity": identity}}


def alias(name: str, *address: str) -> dict[str, Any]:
    return {
        "action": {"type": "ADD_ALIAS", "identityId": name, "alias": {"address": list(address)}}
    }


def merge(base: str, target: str) -> dict[str, Any]:
    return {"action": {"type": "MERGE_IDENTITIES", "base": base, "target": target}}


def ledger(*events: dict[str, Any]) -> LedgerIdentities:
    return LedgerIdentities(JsonReader(event, f"event {at}") for at, event in enumerate(events))


A, B, C = create("a", "id", "a"), create("b", "id", "b"), create("c", "id", "c")


def test_after_a_merge_the_base_stands_in_the_older_target_s_place() -> None:
    identities = ledger(A, B, C, alias("a", "x"), alias("c", "y"), merge("c", "a"))

    assert [account.id for account in identities.accounts()] == ["c", "b"]
    assert identities.accounts()[0].aliases == [("y",), ("x",), ("id", "a")]
    assert identities.resolve("a") == identities.resolve("c") == "c"


def test_a_merged_id_goes_on_working_and_merging_again_changes_nothing() -> None:
    """Deliberate difference: SourceCred accepts it and doubles what they own."""
    identities = ledger(A, B, merge("a", "b"), merge("a", "b"), alias("b", "x"))

    assert [account.aliases for account in identities.accounts()] == [[("id", "b"), ("x",)]]


def test_events_that_do_not_change_identities_are_ignored() -> None:
    other = {"action": {"type": "TOGGLE_ACTIVATION", "identityId": "nobody"}}

    assert [account.id for account in ledger(A, other).accounts()] == ["a"]


@pytest.mark.parametrize(
    ("events", "message"),
    [
        ([A, create("a", "id", "z")], "'a' is created twice"),
        ([A, create("b", "id", "a")], "id/a twice"),
        ([A, alias("a", "x"), alias("a", "x")], "x twice"),
        ([A, alias("b", "x")], "no identity 'b'"),
        ([A, merge("a", "b")], "no identity 'b'"),
        ([{"action": {}}], "has no 'type'"),
    ],
)
def test_bad_ledgers_are_refused_by_name(events: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        ledger(*events)
