"""Graph files: contribution graphs as JSON, and their scores as JSON.

`parse_graph_file` accepts two formats, each as the whole file or its `input` alone:

- *credref/credrank-1*: nodes, edges, prefix weights, participants, parameters;
- *credref/pipeline-1*: graphs of several plugins, ledger events about identities, weight
  overrides, budgets, dependencies, attributions; combined in SourceCred's order
  (SPEC-sourcecred.md §5).

Values in, values out: the caller opens the files.
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
from cred.graph.identities import Participants, participants_by_address
from cred.graph.structure import Structure
from cred.graph.weighting import apply_weights
from cred.graph.weights import EdgeWeight, Weights
from cred.minting.budgets import Budget, apply_budgets
from cred.minting.dependencies import Dependency, mint_dependencies

_W = TypeVar("_W")

_DIRECTIONS: Final = ("forwards", "backwards")
"""Keys of an edge's weights; a missing weight is 1."""


@dataclass(frozen=True, slots=True)
class GraphFile:
    """The contents of a graph file, ready to be ranked."""

    structure: Structure
    weights: Weights
    participants: Participants
    parameters: Parameters = field(default_factory=Parameters)
    attributions: tuple[Attribution, ...] = ()
    budgets: tuple[Budget, ...] = ()
    dependencies: tuple[Dependency, ...] = ()
    epochs: Epochs | None = None
    """None: all weeks that the graph's dates cover."""

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
    """Return the scores of a ranking as a JSON value.

    Returns
    -------
    dict
        `epochStarts` and `lastEpochEndMs` (ms), `totalMint`, `participants` in the order of
        the input (`id`, `cred`, `credPerInterval`), `nodes` that do not belong to participants
        in the order of the input, then those that dependencies added (`address`, `mint`,
        `cred`), and `solver` (`iterations`, `residual`). A cred of NaN is null.
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
    """Return the contents of a graph file.

    Parameters
    ----------
    value
        The JSON value of a file, or of its `input` alone.

    Raises
    ------
    InvalidInputError
        If it has neither format, or a value in it is invalid; the message says where.
    """
    whole = JsonReader(value, "file")
    content = whole.object("input") if "input" in whole else whole
    if "pluginGraphs" in content:
        return _parse_pipeline(content)
    if "nodes" in content:
        return _parse_credrank(content)
    raise InvalidInputError(
        "this is not a graph file: it has neither 'nodes' (credref/credrank-1) nor "
        "'pluginGraphs' (credref/pipeline-1)."
    )


def _parse_credrank(content: JsonReader) -> GraphFile:
    people = [
        (participant.text("id"), [participant.address("address")])
        for participant in content.objects("participants")
    ]
    structure = structure_from_file([content], {})
    tables = [content.object("weights")] if "weights" in content else []
    return GraphFile(
        structure=structure,
        weights=_weights(tables, [content]),
        participants=participants_by_address(structure, people),
        parameters=_parameters(content),
        attributions=_attributions(content, str),
        epochs=_epochs(content),
    )


def _parse_pipeline(content: JsonReader) -> GraphFile:
    graphs = list(content.objects("pluginGraphs"))
    ledger = LedgerIdentities(content.objects("ledgerEvents"))
    accounts = ledger.accounts()
    contract: dict[Address, Address] = {}
    for account in accounts:
        contract |= dict.fromkeys([account.address, *account.aliases], account.address)
    structure = structure_from_file(graphs, contract)
    weights = _weights([graph.object("weights") for graph in graphs], [])
    if "weightOverrides" in content:
        changed = _weights([content.object("weightOverrides")], [])
        weights = Weights(
            nodes={**weights.nodes, **changed.nodes}, edges={**weights.edges, **changed.edges}
        )
    return GraphFile(
        structure=structure,
        weights=weights,
        participants=participants_by_address(
            structure, [(account.id, [account.address]) for account in accounts]
        ),
        attributions=_attributions(content, ledger.resolve),
        budgets=_budgets(content),
        dependencies=tuple(
            Dependency(
                ledger.resolve(dependency.text("id")),
                _periods(dependency, "startTimeMs", "weight"),
            )
            for dependency in content.objects("dependencies", optional=True)
        ),
    )


def _weights(tables: Iterable[JsonReader], graphs: Iterable[JsonReader]) -> Weights:
    """Return the weights of prefixes in `tables`, and of single nodes and edges in `graphs`."""
    nodes: dict[Address, float] = {}
    edges: dict[Address, EdgeWeight] = {}

    def edge_weight(reader: JsonReader) -> EdgeWeight:
        forward, backward = (
            reader.number(key) if key in reader else 1.0 for key in _DIRECTIONS
        )
        return EdgeWeight(forward, backward)

    for table in tables:
        for entry in table.objects("nodes", optional=True):
            _put(nodes, entry.address("prefix"), entry.number("weight"))
        for entry in table.objects("edges", optional=True):
            _put(edges, entry.address("prefix"), edge_weight(entry))
    for graph in graphs:
        for node in graph.objects("nodes"):
            if "weight" in node:
                _put(nodes, node.address("address"), node.number("weight"))
        for edge in graph.objects("edges"):
            if any(key in edge for key in _DIRECTIONS):
                _put(edges, edge.address("address"), edge_weight(edge))
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
    parameters = content.object("parameters")
    return Parameters(
        seed_return=parameters.number("alpha"),
        accrual=parameters.number("beta"),
        webbing_forward=parameters.number("gammaForward"),
        webbing_backward=parameters.number("gammaBackward"),
    )


def _attributions(
    content: JsonReader, resolve: Callable[[str], str]
) -> tuple[Attribution, ...]:
    attributions = []
    givers = set()
    for entry in content.objects("personalAttributions", optional=True):
        giver = resolve(entry.text("fromParticipantId"))
        if giver in givers:
            raise InvalidInputError(f"the attributions of {giver!r} are listed twice.")
        givers.add(giver)
        attributions += [
            Attribution(
                giver,
                resolve(recipient.text("toParticipantId")),
                _periods(recipient, "timestampMs", "proportionValue", "proportions"),
            )
            for recipient in entry.objects("recipients")
        ]
    return tuple(attributions)


def _budgets(content: JsonReader) -> tuple[Budget, ...]:
    if "budget" not in content:
        return ()
    return tuple(
        Budget(entry.address("prefix"), _periods(entry, "startTimeMs", "budgetValue"))
        for entry in content.object("budget").objects("entries")
    )


def _periods(
    reader: JsonReader, time: str, value: str, key: str = "periods"
) -> tuple[tuple[int, float], ...]:
    return tuple((period.time_ms(time), period.number(value)) for period in reader.objects(key))


def _epochs(content: JsonReader) -> Epochs | None:
    if "intervals" not in content:
        return None
    starts, ends = [], []
    for interval in content.objects("intervals"):
        starts.append(interval.time_ms("startTimeMs"))
        ends.append(interval.time_ms("endTimeMs"))
        if len(ends) > 1 and starts[-1] != ends[-2]:
            raise InvalidInputError(f"{interval.where} must start where the one before ends.")
    return Epochs(np.array(starts, np.int64), ends[-1] if ends else 0)


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None
