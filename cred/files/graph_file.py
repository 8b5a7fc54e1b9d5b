"""Graph files: contribution graphs as JSON, from anywhere, and the scores of them as JSON.

Two forms are read (`parse_graph_file`), each as the whole file or its `input` alone:

- *credref/credrank-1*: nodes, edges, prefix weights, participants, parameters;
- *credref/pipeline-1*: graphs of several plugins, ledger events that say who is who, weight
  overrides, budgets, dependencies, attributions; put together in SourceCred's order
  (SPEC-sourcecred.md §5).

Values in, values out: who calls this opens the files.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

import numpy as np

from cred.addresses import Address, format_address
from cred.chain.attributions import Attribution
from cred.chain.parameters import Parameters
from cred.credrank import Engine, Ranking, credrank
from cred.epochs import Epochs, epochs_covering
from cred.errors import InvalidInputError, OverlapError
from cred.files.json_values import JsonReader
from cred.files.ledger_identities import LedgerIdentities
from cred.files.structure_from_file import structure_from_file
from cred.graph.contribution_graph import ContributionGraph
from cred.graph.identities import Participants, by_address
from cred.graph.structure import Structure
from cred.graph.weighting import apply_weights
from cred.graph.weights import EdgeWeight, Weights
from cred.minting.budgets import Budget, apply_budgets
from cred.minting.dependencies import Dependency, mint_dependencies

_W = TypeVar("_W")

_WAYS: Final = ("forwards", "backwards")
"""Weights of an edge; one that is missing is 1."""


@dataclass(frozen=True, slots=True)
class GraphFile:
    """Everything a graph file says, ready to be ranked."""

    structure: Structure
    weights: Weights
    participants: Participants
    parameters: Parameters = field(default_factory=Parameters)
    attributions: tuple[Attribution, ...] = ()
    budgets: tuple[Budget, ...] = ()
    dependencies: tuple[Dependency, ...] = ()
    epochs: Epochs | None = None
    """None: all weeks that the graph covers."""

    def graph(self) -> ContributionGraph:
        """Return the weighted graph, with budgets and dependencies applied."""
        graph = apply_weights(self.structure, self.weights, self.participants)
        if self.budgets or self.dependencies:
            epochs = self.epochs or epochs_covering(graph.times_ms())
            graph = apply_budgets(graph, self.budgets, epochs)
            graph = mint_dependencies(graph, self.dependencies, epochs)
        return graph

    def rank(
        self, *, sourcecred_boundaries: bool = False, engine: Engine = Engine.REDUCED
    ) -> Ranking:
        """Return the ranking; see `cred.credrank.credrank`."""
        return credrank(
            self.graph(),
            parameters=self.parameters,
            attributions=self.attributions,
            epochs=self.epochs,
            sourcecred_boundaries=sourcecred_boundaries,
            engine=engine,
        )

    def run(self, *, sourcecred_boundaries: bool = False) -> dict[str, Any]:
        """Return the scores as a JSON value; `ranking_as_json` describes it."""
        return ranking_as_json(self.rank(sourcecred_boundaries=sourcecred_boundaries))


def ranking_as_json(ranking: Ranking) -> dict[str, Any]:
    """Return a ranking as a JSON value.

    Returns
    -------
    dict
        `epochStarts` and `lastEpochEndMs` (ms), `totalMint`, `participants` in the order of
        the input (`id`, `cred`, `credPerInterval`), `nodes` that are no participants in the
        order of the input, then those that dependencies added (`address`, `mint`, `cred`), and
        `solver` (`iterations`, `residual`). A cred that is no number is null.
    """
    graph, scores = ranking.graph, ranking.scores
    rows = np.flatnonzero(graph.present & (graph.participant < 0)).tolist()
    return {
        "epochStarts": ranking.epochs.starts_ms.tolist(),
        "lastEpochEndMs": ranking.epochs.end_ms,
        "totalMint": scores.total_mint,
        "participants": [
            {"id": name, "cred": math.fsum(cred), "credPerInterval": cred}
            for name, cred in zip(scores.participants, scores.cred.tolist(), strict=True)
        ],
        "nodes": [
            {
                "address": list(graph.node_address(row)),
                "mint": float(graph.mint[row]),
                "cred": _finite(float(scores.node_cred[row])),
            }
            for row in rows
        ],
        "solver": {
            "iterations": ranking.stationary.steps,
            "residual": ranking.stationary.residual,
        },
    }


def parse_graph_file(value: object) -> GraphFile:
    """Return what a graph file says.

    Parameters
    ----------
    value
        The JSON value of a file, or of its `input` alone.

    Raises
    ------
    InvalidInputError
        If it is neither form, or something in it is not as it must be; the message says where.
    """
    whole = JsonReader(value, "file")
    content = whole.object("input") if "input" in whole else whole
    if "pluginGraphs" in content:
        return _read_pipeline(content)
    if "nodes" in content:
        return _read_credrank(content)
    raise InvalidInputError(
        "this is no graph file: it has neither 'nodes' (credref/credrank-1) nor "
        "'pluginGraphs' (credref/pipeline-1)."
    )


def _read_credrank(content: JsonReader) -> GraphFile:
    people = [
        (one.text("id"), [one.address("address")]) for one in content.objects("participants")
    ]
    structure = structure_from_file([content], {})
    tables = [content.object("weights")] if "weights" in content else []
    return GraphFile(
        structure=structure,
        weights=_weights(tables, [content]),
        participants=by_address(structure, people),
        parameters=_parameters(content),
        attributions=_attributions(content, str),
        epochs=_epochs(content),
    )


def _read_pipeline(content: JsonReader) -> GraphFile:
    graphs = list(content.objects("pluginGraphs"))
    ledger = LedgerIdentities(content.objects("ledgerEvents"))
    accounts = ledger.accounts()
    home: dict[Address, Address] = {}
    for account in accounts:
        home |= dict.fromkeys([account.address, *account.aliases], account.address)
    structure = structure_from_file(graphs, home)
    weights = _weights([one.object("weights") for one in graphs], [])
    if "weightOverrides" in content:
        changed = _weights([content.object("weightOverrides")], [])
        weights = Weights(
            nodes={**weights.nodes, **changed.nodes}, edges={**weights.edges, **changed.edges}
        )
    return GraphFile(
        structure=structure,
        weights=weights,
        participants=by_address(structure, [(one.id, [one.address]) for one in accounts]),
        attributions=_attributions(content, ledger.resolve),
        budgets=_budgets(content),
        dependencies=tuple(
            Dependency(ledger.resolve(one.text("id")), _periods(one, "startTimeMs", "weight"))
            for one in content.objects("dependencies", optional=True)
        ),
    )


def _weights(tables: Iterable[JsonReader], graphs: Iterable[JsonReader]) -> Weights:
    """Return prefix weights, and those that nodes and edges carry themselves."""
    nodes: dict[Address, float] = {}
    edges: dict[Address, EdgeWeight] = {}

    def both(reader: JsonReader) -> EdgeWeight:
        ways = [reader.number(key) if key in reader else 1.0 for key in _WAYS]
        return EdgeWeight(ways[0], ways[1])

    for table in tables:
        for one in table.objects("nodes", optional=True):
            _put(nodes, one.address("prefix"), one.number("weight"))
        for one in table.objects("edges", optional=True):
            _put(edges, one.address("prefix"), both(one))
    for graph in graphs:
        for one in graph.objects("nodes"):
            if "weight" in one:
                _put(nodes, one.address("address"), one.number("weight"))
        for one in graph.objects("edges"):
            if any(key in one for key in _WAYS):
                _put(edges, one.address("address"), both(one))
    return Weights(nodes=nodes, edges=edges)


def _put(table: dict[Address, _W], prefix: Address, weight: _W) -> None:
    if prefix in table:
        raise OverlapError(
            f"{format_address(prefix) or 'the empty prefix'!r} is given a weight twice."
        )
    table[prefix] = weight


def _parameters(content: JsonReader) -> Parameters:
    if "parameters" not in content:
        return Parameters()
    given = content.object("parameters")
    return Parameters(
        seed_return=given.number("alpha"),
        accrual=given.number("beta"),
        webbing_forward=given.number("gammaForward"),
        webbing_backward=given.number("gammaBackward"),
    )


def _attributions(
    content: JsonReader, resolve: Callable[[str], str]
) -> tuple[Attribution, ...]:
    attributions = []
    givers = set()
    for one in content.objects("personalAttributions", optional=True):
        giver = resolve(one.text("fromParticipantId"))
        if giver in givers:
            raise InvalidInputError(f"the attributions of {giver!r} are listed twice.")
        givers.add(giver)
        attributions += [
            Attribution(
                giver,
                resolve(to.text("toParticipantId")),
                _periods(to, "timestampMs", "proportionValue", "proportions"),
            )
            for to in one.objects("recipients")
        ]
    return tuple(attributions)


def _budgets(content: JsonReader) -> tuple[Budget, ...]:
    if "budget" not in content:
        return ()
    return tuple(
        Budget(one.address("prefix"), _periods(one, "startTimeMs", "budgetValue"))
        for one in content.object("budget").objects("entries")
    )


def _periods(
    reader: JsonReader, time: str, value: str, key: str = "periods"
) -> tuple[tuple[int, float], ...]:
    return tuple((one.time_ms(time), one.number(value)) for one in reader.objects(key))


def _epochs(content: JsonReader) -> Epochs | None:
    if "intervals" not in content:
        return None
    starts, ends = [], []
    for one in content.objects("intervals"):
        starts.append(one.time_ms("startTimeMs"))
        ends.append(one.time_ms("endTimeMs"))
        if len(ends) > 1 and starts[-1] != ends[-2]:
            raise InvalidInputError(f"{one.where} must start where the one before ends.")
    return Epochs(np.array(starts, np.int64), ends[-1] if ends else 0)


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None
