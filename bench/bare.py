"""Score generated columns directly, for sizes that take too long through a database.

There are three processes, so that the memory of each is measured alone:

python -m bench.bare events FOLDER EDGES    draws a community and saves its events as columns
python -m bench.bare whole FOLDER EDGES     events → fold → build → weigh → compile → … →
scores;
                                            saves the graph
python -m bench.bare solver FOLDER EDGES    graph → compile → … → scores

Each prints one JSON object.
"""

import json
import sys
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from time import perf_counter
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bench.community import Columns, account_id, channel_id, community, emoji, message_id
from bench.measuring import peak_bytes, resident_bytes
from bot.sources import discover
from bot.sources.discord.settings import Rules
from cred.chain.attributions import attributions_by_epoch
from cred.chain.parameters import Parameters
from cred.chain.scores import scores
from cred.chain.stationary import certify
from cred.chain.transition_matrix import chain_rows
from cred.epochs import epochs_covering
from cred.facts.events import MISSING, EventColumns, Kind
from cred.facts.folding import fold
from cred.graph.builder import StructureBuilder
from cred.graph.contribution_graph import ContributionGraph
from cred.graph.identities import participants_by_account
from cred.graph.merging import merge_structures
from cred.graph.structure import ABSENT
from cred.graph.weighting import apply_weights
from cred.graph.weights import Weights
from cred.solver.compiled_graph import compile_graph
from cred.solver.reduced_system import ReducedSystem

STAGES: Final = ("fold", "build", "weigh", "compile", "reduce", "solve", "certify", "scores")
_GRAPH: Final = (
    *("mint", "node_ms", "present", "participant"),
    *("source", "target", "edge_ms", "forward", "backward", "row"),
)


class NumberDirectory:
    """The `cred.facts.directory.Directory` of a generated community: its ids are numbers."""

    def source(self, number: int) -> str:
        """Return the only source."""
        del number
        return "discord"

    def source_number(self, name: str) -> int | None:
        """Return 1."""
        return 1 if name == "discord" else None

    def account(self, number: int) -> str:
        """Return the id of person `number` - 1."""
        return account_id(number - 1)

    def account_source(self, number: int) -> str:
        """Return the only source."""
        return self.source(number)

    def contribution_source(self, number: int) -> str:
        """Return the only source."""
        return self.source(number)

    def account_kind(self, number: int) -> str:
        """Return "user"."""
        del number
        return "user"

    def contribution(self, number: int) -> str:
        """Return the id of message `number` - 1."""
        return message_id(number - 1)

    def place(self, number: int) -> str:
        """Return the id of channel `number` - 1."""
        return channel_id(number - 1)

    def text(self, number: int) -> str:
        """Return emoji `number` - 1."""
        return emoji(number - 1)


def event_columns(table: Columns) -> EventColumns:
    """Return the columns that the log would have."""

    def numbers(column: NDArray[np.int64], *kinds: Kind) -> NDArray[np.int32]:
        return np.where(np.isin(table.kind, kinds), column + 1, MISSING).astype(np.int32)

    return EventColumns(
        seq=np.arange(1, len(table) + 1),
        kind=table.kind.astype(np.int8),
        source=np.ones(len(table), np.int16),
        actor=(table.actor + 1).astype(np.int32),
        target=(table.target + 1).astype(np.int32),
        object=numbers(table.object, Kind.MENTIONED, Kind.REPLIED),
        place=numbers(table.detail, Kind.POSTED),
        text=numbers(table.detail, Kind.REACTED),
        value=(table.kind == Kind.MENTIONED).astype(np.int64),
        at_ms=table.at_ms,
    )


class _Stages:
    """The seconds of one run, stage by stage."""

    def __init__(self) -> None:
        self.figures: dict[str, Any] = {}
        self._before = resident_bytes()

    def time(self, name: str, work: Callable[[], Any]) -> Any:
        began = perf_counter()
        result = work()
        self.figures[f"{name}_s"] = perf_counter() - began
        return result

    def score(self, graph: ContributionGraph) -> None:
        """Score a graph and note the figures of its stages."""
        parameters, epochs = Parameters(), epochs_covering(graph.times_ms())
        attributions = attributions_by_epoch((), graph.participants, epochs)
        solver = self.time(
            "compile",
            lambda: compile_graph(
                graph, epochs.indices(graph.edge_ms), attributions, weeks=len(epochs)
            ),
        )
        reduced = self.time("reduce", lambda: ReducedSystem(solver, graph, parameters))
        flow = self.time("solve", lambda: reduced.solve(graph.mint))
        rows = chain_rows(graph, epochs, parameters, attributions)

        def certify_flow() -> Any:
            step, returning = reduced.step(flow)
            before, after = flow.by_row(rows.nodes), step.by_row(rows.nodes)
            return certify(rows, before, after, returning, steps=flow.steps, error=flow.error)

        solution = self.time("certify", certify_flow)
        self.time("scores", lambda: scores(rows, solution))
        self.figures |= {
            "edges": len(graph.source),
            "steps": flow.steps,
            "residual": solution.residual,
            "peak_bytes": peak_bytes() - self._before,
        }


def draw_events(folder: Path, edges: int) -> dict[str, Any]:
    """Draw a community and save its events."""
    events = event_columns(community(edges))
    for field in fields(events):
        np.save(folder / f"{edges}-{field.name}.npy", getattr(events, field.name))
    return {"events": len(events)}


def score_events(folder: Path, edges: int) -> dict[str, Any]:
    """Measure all stages from events to scores; save the graph."""
    stages = _Stages()
    events = EventColumns(
        *(np.load(folder / f"{edges}-{field.name}.npy") for field in fields(EventColumns))
    )
    graph = _build_graph(events, stages)
    stages.score(graph)
    for name in _GRAPH:
        np.save(folder / f"{edges}-graph-{name}.npy", getattr(graph, name))
    (folder / f"{edges}-people.json").write_text(json.dumps(graph.participants))
    return stages.figures


def _build_graph(events: EventColumns, stages: _Stages) -> ContributionGraph:
    source = discover()["discord"]
    folded = [stages.time("fold", lambda: fold(events))]  # popped below to free it early
    structure = stages.time(
        "build",
        lambda: merge_structures(
            [source.build_structure(folded.pop(), NumberDirectory(), Rules())]
        ),
    )
    accounts = structure.nodes.account
    people = {n: str(n) for n in np.unique(accounts[accounts != ABSENT]).tolist()}
    participants = participants_by_account(structure, people)
    graph: ContributionGraph = stages.time(
        "weigh", lambda: apply_weights(structure, Weights(), participants)
    )
    return graph


def score_graph(folder: Path, edges: int) -> dict[str, Any]:
    """Measure the stages from the graph to scores."""
    source = discover()["discord"]
    empty = StructureBuilder(source.declaration, NumberDirectory()).build()
    stages = _Stages()
    columns: dict[str, Any] = {
        name: np.load(folder / f"{edges}-graph-{name}.npy") for name in _GRAPH
    }
    people = json.loads((folder / f"{edges}-people.json").read_text())
    stages.score(
        ContributionGraph(**columns, participants=tuple(people), dangling=0, structure=empty)
    )
    return stages.figures


_PROCESSES: Final = {"events": draw_events, "whole": score_events, "solver": score_graph}


def main(arguments: list[str]) -> None:
    """Run one of the three processes; print its figures."""
    process, folder, edges = arguments
    print(json.dumps(_PROCESSES[process](Path(folder), int(edges))))


if __name__ == "__main__":
    main(sys.argv[1:])
