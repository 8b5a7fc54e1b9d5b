"""The graph of entries made by hand: kinds, weights, dates, and whose cred it is."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.services.entries.entry_events import (
    EventStamp,
    PlatformId,
    champion_event,
    reference_event,
)
from bot.services.entries.entry_types import ReferenceKind
from bot.sources.manual import SOURCE
from bot.sources.manual.settings import Rules
from cred.credrank import Ranking, credrank
from cred.epochs import WEEK_MS
from cred.facts.events import Event, Kind, Provenance
from cred.facts.folding import fold
from cred.graph.contribution_graph import ContributionGraph
from cred.graph.identities import participants_by_account
from cred.graph.merging import merge_structures
from cred.graph.structure import ABSENT, Structure
from cred.graph.weighting import apply_weights
from cred.graph.weights import EdgeWeight, FactorTable, Weights
from tests.bot.commands.garden import DiscordGraph
from tests.memory_log import MemoryLog

DAY = 10 * WEEK_MS
DISCORD = DiscordGraph()
NO_WEIGHTS = Weights()


def entry(**payload: Any) -> Iterable[Event]:
    moment = {"at_ms": DAY, "seen_ms": DAY, "how": "manual", "by": ["discord", "giver"]}
    return SOURCE.parse({**moment, **payload})


def thanks(number: int = 1, *to: str, **more: Any) -> Iterable[Event]:
    return entry(
        thanks=f"thanks:{number}", to=[["discord", receiver] for receiver in to], **more
    )


def work(number: int, shares: dict[str, int], sort: str = "contribution docs") -> list[Event]:
    return [
        *entry(
            work=f"contribution:{number}",
            sort=sort,
            shares=[[["discord", who], share] for who, share in shares.items()],
        ),
    ]


def becomes(of: str, status: str) -> Iterable[Event]:
    return entry(of=of, becomes=status, by=["discord", "judge"])


def message_events(message: str, author: str, *reactors: str) -> list[Event]:
    def event(kind: Kind, actor: str, text: str | None = None) -> Event:
        return Event(
            source="discord",
            kind=kind,
            at_ms=DAY,
            seen_ms=DAY,
            provenance=Provenance.LIVE,
            actor=actor,
            target=message,
            place="c",
            text=text,
        )

    return [
        event(Kind.POSTED, author),
        *(event(Kind.REACTED, reactor, "👍") for reactor in reactors),
    ]


def log_of(*events: Iterable[Event]) -> MemoryLog:
    log = MemoryLog()
    log.append(event for group in events for event in group)
    return log


def build_graph(log: MemoryLog, rules: Rules | None = None) -> Structure:
    activity = fold(log.columns())
    sources = (
        DISCORD.build_structure(activity, log.directory, DISCORD.rules(defaults)),
        SOURCE.build_structure(activity, log.directory, rules or Rules()),
    )
    return merge_structures(sources)


def defaults(key: str) -> Any:
    found = {
        definition.key: definition for definition in (*DISCORD.definitions, *SOURCE.definitions)
    }
    return found[key].default if key in found else None


def graph_of(
    log: MemoryLog, weights: Weights = NO_WEIGHTS, rules: Rules | None = None
) -> ContributionGraph:
    structure = build_graph(log, rules)
    accounts = {int(account) for account in structure.nodes.account if account != ABSENT}
    people = {number: log.directory.account(number) for number in sorted(accounts)}
    return apply_weights(structure, weights, participants_by_account(structure, people))


def cred_by_participant(
    log: MemoryLog, weights: Weights = NO_WEIGHTS, rules: Rules | None = None
) -> dict[str, float]:
    ranking: Ranking = credrank(graph_of(log, weights, rules))
    totals = ranking.scores.cred.sum(axis=1)
    return dict(zip(ranking.scores.participants, totals.tolist(), strict=True))


def edges(graph: ContributionGraph) -> dict[str, list[tuple[str, str, float, float]]]:
    """Return the edges of a graph by kind, each as (from, to, forward, backward)."""
    names = [graph.node_address(row)[-1] for row in range(len(graph.mint))]
    found: dict[str, list[tuple[str, str, float, float]]] = {}
    for at, row in enumerate(graph.row.tolist()):
        kind = graph.structure.edge_kinds[graph.structure.edges.kind[row]].name
        ends = names[graph.source[at]], names[graph.target[at]]
        weights = float(graph.forward[at]), float(graph.backward[at])
        found.setdefault(kind, []).append((*ends, *weights))
    return {kind: sorted(some) for kind, some in found.items()}


def mints(graph: ContributionGraph) -> dict[str, float]:
    return {
        graph.node_address(row)[-1]: float(graph.mint[row])
        for row in np.flatnonzero(graph.present & (graph.participant < 0)).tolist()
    }


def test_what_thanks_mint_goes_to_whom_they_thank_and_nothing_to_the_giver() -> None:
    scores = cred_by_participant(log_of(thanks(1, "ann", "bob"), thanks(2, "ann")))

    assert scores == {"giver": 0.0, "ann": pytest.approx(1.5), "bob": pytest.approx(0.5)}


def test_the_giver_s_own_cred_flows_to_whom_they_thank_but_is_not_less_for_it() -> None:
    before = cred_by_participant(log_of(message_events("m1", "giver", "eve")))
    after = cred_by_participant(log_of(message_events("m1", "giver", "eve"), thanks(1, "ann")))

    assert sum(after.values()) == pytest.approx(sum(before.values()) + 1)
    assert after["ann"] > 1


def test_thanks_mint_by_kind_and_by_number() -> None:
    log = log_of(thanks(1, "ann"), thanks(2, "bob"), thanks(3, "cat"))
    weights = Weights(
        nodes={("credbot", "manual", "THANKS"): 3.0},
        factors={"thanks": FactorTable(1.0, {"2": 0.5, "thanks:3": 0.0})},
    )

    assert mints(graph_of(log, weights)) == {"thanks:1": 3, "thanks:2": 1.5}
    assert cred_by_participant(log, weights) == {
        "giver": 0.0,
        "ann": pytest.approx(3),
        "bob": pytest.approx(1.5),
        "cat": 0.0,
    }


def test_thanks_lead_to_the_message_they_are_for_once_a_community_weighs_that() -> None:
    log = log_of(
        message_events("m1", "ann", "eve"), thanks(1, "ann", **{"for": ["discord", "m1"]})
    )
    weights = Weights(edges={("credbot", "manual", "FOR"): EdgeWeight(2, 1)})

    assert edges(graph_of(log))["thanks for"] == [("thanks:1", "m1", 0, 0)]
    assert edges(graph_of(log, weights))["thanks for"] == [("thanks:1", "m1", 2, 1)]


def test_work_is_nothing_until_it_is_approved_and_then_its_people_share_it() -> None:
    log = log_of(work(1, {"ann": 2, "bob": 1}))
    waiting = mints(graph_of(log))
    log.append(becomes("contribution:1", "approved"))

    scores = cred_by_participant(log)
    assert waiting == {}
    assert scores == {"ann": pytest.approx(2 / 3), "bob": pytest.approx(1 / 3)}
    assert edges(graph_of(log))["contributes"] == [
        ("ann", "contribution:1", 0.0625, 2),
        ("bob", "contribution:1", 0.0625, 1),
    ]


def test_what_somebody_posted_by_hand_gives_them_nothing_if_they_are_not_credited() -> None:
    log = log_of(work(1, {"ann": 1}), becomes("contribution:1", "approved"))

    assert "giver" not in cred_by_participant(log)
    assert "judge" not in cred_by_participant(log)


def test_work_mints_by_its_kind_its_own_weight_and_its_number() -> None:
    log = log_of(
        work(1, {"ann": 1}),
        work(2, {"ann": 1}, "contribution code 1.5"),
        work(3, {"ann": 1}, "contribution"),
        *(becomes(f"contribution:{number}", "approved") for number in (1, 2, 3)),
    )
    weights = Weights(
        nodes={("sourcecred", "initiatives", "CONTRIBUTION"): 10.0},
        factors={
            "work": FactorTable(1.0, {"code": 3.0, "docs": 0.5}),
            "contribution": FactorTable(1.0, {"3": 7.0}),
        },
    )

    assert mints(graph_of(log)) == {
        "contribution:1": 1,
        "contribution:2": 1.5,
        "contribution:3": 1,
    }
    assert mints(graph_of(log, weights)) == {
        "contribution:1": 5,
        "contribution:2": 45,
        "contribution:3": 70,
    }


@pytest.mark.parametrize("status", ["rejected", "withdrawn"])
def test_rejected_and_withdrawn_work_changes_no_number(status: str) -> None:
    some = (message_events("m1", "ann", "eve"), thanks(1, "bob"))
    log = log_of(*some)
    before = credrank(graph_of(log)).scores
    log.append(work(1, {"ann": 2, "zoe": 1}))
    log.append(becomes("contribution:1", "approved"))
    approved = credrank(graph_of(log)).scores
    log.append(becomes("contribution:1", status))

    after = credrank(graph_of(log)).scores

    assert approved.total_mint == before.total_mint + 1
    assert after.participants == before.participants
    assert after.cred.tobytes() == before.cred.tobytes()


GUIDE, IMPORTER = "initiative:1", "initiative:2"


def instance(*, completed: bool = True) -> MemoryLog:
    """The two initiatives of `three-plugins` (vectors/instances), a synthetic instance."""
    guide_ms, importer_ms, entry_ms = 1642924800000, 1641729600000, 1642399200000
    log = log_of(
        message_events("302", "ann", "eve"),
        message_events("1", "bob", "eve"),
        entry(
            at_ms=guide_ms,
            initiative=GUIDE,
            sort="initiative 2/5",
            champions=[["discord", "ada"]],
            gathers=[
                ["depends on", ["manual", IMPORTER]],
                ["contributes", ["discord", "302"]],
            ],
        ),
        entry(
            at_ms=importer_ms,
            initiative=IMPORTER,
            sort="initiative 2/5",
            champions=[["discord", "ben"]],
            gathers=[
                ["contributes", ["discord", "1"]],
                ["contributes", ["manual", "contribution:1"]],
                ["refers to", ["manual", GUIDE]],
            ],
        ),
        entry(
            at_ms=entry_ms,
            work="contribution:1",
            sort="contribution - 1.5",
            shares=[[["discord", "finn"], 1], [["discord", "cleo"], 1]],
        ),
        becomes("contribution:1", "approved"),
    )
    if completed:
        log.append([*becomes(GUIDE, "complete"), *becomes(IMPORTER, "complete")])
    return log


def test_initiatives_are_the_graph_that_sourcecred_makes_of_the_same_files() -> None:
    graph = graph_of(instance())

    found = {kind: some for kind, some in edges(graph).items() if kind in CREATED}
    assert found == CREATED
    assert {name: mint for name, mint in mints(graph).items() if ":" in name} == {
        GUIDE: 5,
        IMPORTER: 5,
        "contribution:1": 1.5,
    }
    kinds = graph.structure.edge_kinds
    dated = {
        (kinds[graph.structure.edges.kind[row]].name, int(at))
        for row, at in zip(graph.row.tolist(), graph.edge_ms, strict=True)
    }
    assert {(kind, at_ms) for kind, at_ms in dated if kind in CREATED} == {
        ("champions", 1642924800000),
        ("champions", 1641729600000),
        ("contributes to", 1642924800000),
        ("contributes to", 1641729600000),
        ("contributes", 1642399200000),
        ("depends on", 1642924800000),
        ("refers to", 1641729600000),
    }


CREATED = {
    "champions": [("ada", GUIDE, 1, 4), ("ben", IMPORTER, 1, 4)],
    "contributes to": [
        ("1", IMPORTER, 1, 1),
        ("302", GUIDE, 1, 1),
        ("contribution:1", IMPORTER, 1, 1),
    ],
    "contributes": [
        ("cleo", "contribution:1", 0.0625, 1),
        ("finn", "contribution:1", 0.0625, 1),
    ],
    "depends on": [(GUIDE, IMPORTER, 1, 0.0625)],
    "refers to": [(IMPORTER, GUIDE, 0.5, 0.0625)],
}
"""What the published tool wrote for the instance, with our numbers for its addresses."""


def test_an_initiative_that_goes_on_mints_its_weight_before_and_still_passes_cred_on() -> None:
    graph = graph_of(instance(completed=False))

    assert mints(graph)[GUIDE] == 2
    assert edges(graph)["depends on"] == [(GUIDE, IMPORTER, 1, 0.0625)]


def test_an_initiative_without_weights_mints_once_complete_as_the_community_says() -> None:
    log = log_of(entry(initiative=GUIDE, sort="initiative", champions=[["discord", "ada"]]))
    open_ = mints(graph_of(log)), mints(graph_of(log, rules=Rules(None, 0.25, 8.0)))
    log.append(becomes(GUIDE, "complete"))

    complete = mints(graph_of(log)), mints(graph_of(log, rules=Rules(None, 0.25, 8.0)))
    assert open_ == ({GUIDE: 0}, {GUIDE: 0.25})
    assert complete == ({GUIDE: 1}, {GUIDE: 8})
    assert mints(
        graph_of(log, Weights(factors={"initiative": FactorTable(1.0, {"1": 3.0})}))
    ) == {GUIDE: 3}


def test_a_gathered_message_that_nobody_reacted_to_or_that_is_gone_is_left_out() -> None:
    log = log_of(
        message_events("m1", "ann"),
        entry(
            initiative=GUIDE,
            sort="initiative",
            gathers=[["contributes", ["discord", "m1"]], ["contributes", ["discord", "no"]]],
        ),
    )
    before = edges(graph_of(log))
    log.append(message_events("m1", "ann", "eve"))

    assert "contributes to" not in before
    assert edges(graph_of(log))["contributes to"] == [("m1", GUIDE, 1, 1)]


def test_what_was_done_before_history_begins_is_left_out() -> None:
    log = log_of(thanks(1, "ann"), thanks(2, "ann", at_ms=DAY + 1))

    assert mints(graph_of(log, rules=Rules(beginning_ms=DAY + 1))) == {"thanks:2": 1}


def test_accounts_of_the_same_id_on_two_platforms_are_two_people() -> None:
    log = log_of(
        entry(thanks="thanks:1", to=[["discord", "1"]]),
        entry(thanks="thanks:2", to=[["discourse", "1"]]),
    )
    addresses = {
        build_graph(log).labels.node(row)
        for row in np.flatnonzero(build_graph(log).nodes.account != ABSENT).tolist()
    }

    assert len(addresses) == len({"giver", "1", "another 1"})


def link_event(actor: str, other: str, kind: Kind = Kind.LINKED) -> Event:
    return Event(
        source="discord",
        kind=kind,
        at_ms=DAY,
        seen_ms=DAY,
        provenance=Provenance.LIVE,
        actor=actor,
        object=other,
        text="code",
    )


def test_thanks_to_what_turns_out_to_be_oneself_count_for_nothing_until_unlinked() -> None:
    log = log_of(thanks(1, "alt"), thanks(2, "alt", "ann"))
    before = mints(graph_of(log)), edges(graph_of(log))["thanks"]
    log.append([link_event("giver", "alt")])
    linked = mints(graph_of(log)), edges(graph_of(log))["thanks"]
    log.append([link_event("giver", "alt", Kind.UNLINKED)])

    assert linked == ({"thanks:2": 1}, [("thanks:2", "ann", 1, 0)])
    assert (mints(graph_of(log)), edges(graph_of(log))["thanks"]) == before


@pytest.mark.parametrize("account", ["giver", "ann", "bob"])
def test_work_that_turns_out_to_be_approved_by_its_own_people_counts_for_nothing(
    account: str,
) -> None:
    log = log_of(
        thanks(1, "zoe"),
        work(1, {"ann": 1, "bob": 1}),
        becomes("contribution:1", "approved"),
    )
    before = mints(graph_of(log))
    log.append([link_event(account, "judge")])

    assert before == {"thanks:1": 1, "contribution:1": 1}
    assert mints(graph_of(log)) == {"thanks:1": 1}


@pytest.mark.parametrize("account", ["giver", "ada", "ben"])
def test_an_initiative_that_turns_out_to_be_completed_by_its_own_people_goes_on(
    account: str,
) -> None:
    champions = [["discord", "ada"], ["discord", "ben"]]
    log = log_of(
        entry(initiative=GUIDE, sort="initiative 2/5", champions=champions),
        becomes(GUIDE, "complete"),
    )
    before = mints(graph_of(log))
    log.append([link_event(account, "judge")])
    after = mints(graph_of(log))
    log.append([link_event(account, "judge", Kind.UNLINKED)])

    assert (before, after) == ({GUIDE: 5}, {GUIDE: 2})
    assert mints(graph_of(log)) == before


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["ann", "bob", "cat"]),
            st.sets(st.sampled_from(["dan", "eve", "fay"]), min_size=1),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_all_that_thanks_mint_is_their_receivers_in_equal_parts(
    gifts: list[tuple[str, set[str]]],
) -> None:
    log = log_of(
        *(
            entry(
                by=["discord", giver],
                thanks=f"thanks:{number}",
                to=[["discord", receiver] for receiver in sorted(receivers)],
            )
            for number, (giver, receivers) in enumerate(gifts)
        )
    )

    scores = cred_by_participant(log)

    for giver, _ in gifts:
        assert scores[giver] == 0
    for receiver in ("dan", "eve", "fay"):
        parts = sum(1 / len(receivers) for _, receivers in gifts if receiver in receivers)
        assert scores.get(receiver, 0.0) == pytest.approx(parts)


@given(st.lists(st.integers(1, 50), min_size=1, max_size=6))
def test_all_that_work_mints_is_its_people_s_by_their_shares(shares: list[int]) -> None:
    people = {f"p{at}": share for at, share in enumerate(shares)}

    scores = cred_by_participant(log_of(work(1, people), becomes("contribution:1", "approved")))

    total = sum(shares)
    assert scores == {name: pytest.approx(share / total) for name, share in people.items()}


def test_parts_in_what_has_no_such_parts_are_not_in_the_graph() -> None:
    ann, stamp = PlatformId("discord", "ann"), EventStamp(DAY, DAY)
    log = log_of(
        [replace(thank, actor=None, actor_source=None) for thank in thanks(1, "bob")],
        entry(initiative=GUIDE, sort="initiative"),
        work(1, {"bob": 1}),
        becomes("contribution:1", "approved"),
        [champion_event(id_, ann, None, stamp) for id_ in ("thanks:1", "contribution:1")],
        [
            reference_event(
                "thanks:1", PlatformId("manual", GUIDE), ReferenceKind.CONTRIBUTES, None, stamp
            ),
            reference_event(
                "contribution:1",
                PlatformId("manual", GUIDE),
                ReferenceKind.DEPENDS_ON,
                None,
                stamp,
            ),
            reference_event(
                GUIDE,
                PlatformId("manual", "contribution:1"),
                ReferenceKind.THANKS_FOR,
                None,
                stamp,
            ),
        ],
        [
            replace(thank, target=other)
            for other in ("contribution:1", GUIDE)
            for thank in thanks(2, "ann")
            if thank.kind is Kind.MENTIONED
        ],
        [
            replace(event, target=other)
            for other in ("thanks:1", GUIDE)
            for event in work(2, {"ann": 1})
            if event.kind is Kind.CREDITED
        ],
    )

    graph = graph_of(log)

    assert edges(graph) == {
        "thanks": [("thanks:1", "bob", 1, 0)],
        "contributes": [("bob", "contribution:1", 0.0625, 1)],
    }
    assert graph.participants == ("bob",)


def test_nothing_entered_gives_an_empty_graph() -> None:
    activity = fold(log_of(message_events("m1", "ann", "eve")).columns())

    part = SOURCE.build_structure(
        activity, log_of(message_events("m1", "ann", "eve")).directory, Rules()
    )

    assert len(part.nodes.kind) == 0


def test_a_sort_that_nobody_knows_is_not_in_the_graph() -> None:
    events = [*thanks(1, "ann"), *thanks(2, "ann")]
    log = log_of(
        [
            replace(event, text="surprise") if event.text == "thanks" else event
            for event in events[:2]
        ],
        events[2:],
    )

    assert mints(graph_of(log)) == {"thanks:2": 1}
