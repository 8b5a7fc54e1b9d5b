"""Measure every stage from the log to scores, in a process of its own.

python -m bench.scoring FOLDER SLUG REPEATS → one JSON object on standard output
"""

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from bench.comparing import compare_solvers, solve_with_nodes
from bench.measuring import median_of, peak_bytes, resident_bytes, system_seconds
from bot.cli.open_communities import open_communities
from bot.community.communities import Community
from bot.sources import discover
from cred.chain.attributions import attributions_by_epoch
from cred.chain.parameters import Parameters
from cred.chain.scores import scores
from cred.chain.stationary import Stationary, certify
from cred.chain.transition_matrix import ChainRows, chain_rows, transition_matrix
from cred.credrank import credrank
from cred.epochs import epochs_covering
from cred.facts.activity import Activity
from cred.facts.folding import fold
from cred.graph.identities import Participants, participants_by_account
from cred.graph.merging import merge_structures
from cred.graph.structure import ABSENT, Structure
from cred.graph.weighting import apply_weights
from cred.graph.weights import FactorTable, Weights
from cred.solver.compiled_graph import compile_graph
from cred.solver.reduced_system import Flow, ReducedSystem

_NOW_MS = 1_800_000_000_000


async def measure(folder: Path, slug: str, repeats: int) -> dict[str, Any]:
    """Return the figures of one community; its peak memory is that before the comparison."""
    before = resident_bytes()
    began = perf_counter()
    async with open_communities(folder) as opened:
        community = await opened.get_existing(slug)
        opening = perf_counter() - began
        # At first, while all memory is new: from the column store to scores, once.
        began, system = perf_counter(), system_seconds()
        columns = await community.log.columns()
        structure = _build_structure(community, fold(columns))
        ranking = credrank(apply_weights(structure, Weights(), _all_participants(structure)))
        figures: dict[str, Any] = {
            "cold_s": perf_counter() - began,
            "cold_system_s": system_seconds() - system,
            "edges": len(ranking.graph.source),
            "people": len(ranking.graph.participants),
            "weeks": len(ranking.epochs),
            "events": await community.log.length(),
            "open_s": opening,
            "peak_bytes": peak_bytes() - before,
        }
        del columns, structure, ranking
        # The same as the scheduler does it, with the directory read and the snapshot saved.
        began = perf_counter()
        if await community.scoring.recompute(_NOW_MS) is None:
            raise RuntimeError("the community mints nothing")
        figures["recompute_s"] = perf_counter() - began
        figures |= await _stages(community, repeats)
    return figures


def _build_structure(community: Community, activity: Activity) -> Structure:
    source = discover()["discord"]
    rules = source.rules(community.settings.get)
    return merge_structures([source.build_structure(activity, community.directory, rules)])


def _all_participants(structure: Structure) -> Participants:
    accounts = structure.nodes.account
    people = {n: str(n) for n in np.unique(accounts[accounts != ABSENT]).tolist()}
    return participants_by_account(structure, people)


async def _stages(community: Community, repeats: int) -> dict[str, Any]:
    figures: dict[str, Any] = {}

    def time(name: str, work: Callable[[], Any]) -> Any:
        figures[f"{name}_s"], result = median_of(repeats, work)
        return result

    seconds = []
    for _ in range(repeats):
        began = perf_counter()
        columns = await community.log.columns()
        seconds.append(perf_counter() - began)
    figures["columns_s"] = float(np.median(seconds))
    activity = time("fold", lambda: fold(columns))
    structure = time("build", lambda: _build_structure(community, activity))
    graph = time(
        "weigh", lambda: apply_weights(structure, Weights(), _all_participants(structure))
    )
    epochs, parameters = epochs_covering(graph.times_ms()), Parameters()
    attributions = attributions_by_epoch((), graph.participants, epochs)
    rows = chain_rows(graph, epochs, parameters, attributions)
    week = epochs.indices(graph.edge_ms)
    solver = time(
        "compile", lambda: compile_graph(graph, week, attributions, weeks=len(epochs))
    )
    reduced = time("reduce", lambda: ReducedSystem(solver, graph, parameters))
    flow = time("solve", lambda: solve_with_nodes(reduced, graph.mint))
    solution = time("certify", lambda: _certify(rows, reduced, flow))
    time("scores", lambda: scores(rows, solution))
    chain = time("chain", lambda: transition_matrix(graph, epochs, parameters, attributions))

    changed = Weights(factors={"emoji": FactorTable(1.0, {"emoji3:3": 2.0})})

    def rescore() -> object:
        other = apply_weights(structure, changed, _all_participants(structure))
        return credrank(other, reuse=solver)

    time("resolve", rescore)
    figures["compared"] = compare_solvers(chain, reduced, repeats)
    return figures


def _certify(rows: ChainRows, reduced: ReducedSystem, flow: Flow) -> Stationary:
    arriving, returning = reduced.step(flow)
    return certify(
        rows,
        flow.by_row(rows.nodes),
        arriving.by_row(rows.nodes),
        returning,
        steps=flow.steps,
        error=flow.error,
    )


def main(folder: str, slug: str, repeats: str) -> None:
    """Measure, and print the figures."""
    print(json.dumps(asyncio.run(measure(Path(folder), slug, int(repeats)))))


if __name__ == "__main__":
    main(*sys.argv[1:])
