"""A forum's graph: what counts, by a community's choices."""

import random
from collections.abc import Iterable
from typing import Any

import pytest

from bot.sources.discourse.declaration import DECLARATION, PREFIX
from bot.sources.discourse.graph import build_structure
from bot.sources.discourse.settings import Rules
from bot.sources.discourse.subjects import FORUM, IN, LIKE, NAME, QUOTES, REFERS
from cred.addresses import Address
from cred.facts.events import Event, Kind, Provenance
from cred.facts.folding import fold
from cred.graph.contribution_graph import ContributionGraph
from cred.graph.identities import participants_by_account
from cred.graph.weighting import apply_weights
from cred.graph.weights import EdgeWeight, FactorTable, Weights
from tests.bot.sources.discourse.slow_graph import SlowGraph
from tests.bot.sources.discourse.test_long_histories import Forum
from tests.memory_log import MemoryLog

HOME = "https://forum.example.org"
RULES = Rules(home=HOME)

Edges = dict[Address, tuple[Address, Address, int, float, float]]


def event(kind: Kind, at_ms: int = 5, **rest: object) -> Event:
    return Event(
        source=NAME,
        kind=kind,
        at_ms=at_ms,
        seen_ms=9,
        provenance=Provenance.LIVE,
        **rest,  # type: ignore[arg-type] # each test gives what its kind has
    )


def topic(number: int, by: str, *, category: str | None = "c5", tags: str = "") -> list[Event]:
    place = f"t{number}"
    return [
        event(Kind.POSTED, actor=by, target=f"topic:{number}", place=place, text="topic"),
        event(Kind.PLACE_CHANGED, place=place, object=category, text=tags),
    ]


def post(number: int, by: str | None, within: int, at_ms: int = 5) -> list[Event]:
    about = {"actor": by, "target": f"post:{number}", "place": f"t{within}"}
    return [
        event(Kind.POSTED, at_ms, text="post", **about),
        event(Kind.REFERENCED, at_ms, object=f"topic:{within}", text=IN, value=1, **about),
    ]


def like(by: str, number: int, *, taken_back: bool = False) -> Event:
    kind = Kind.UNREACTED if taken_back else Kind.REACTED
    return event(kind, actor=by, target=f"post:{number}", text=LIKE)


def trust(who: str, level: int) -> Event:
    return event(Kind.ROLES_CHANGED, actor=who, text=f"trust:{level}")


GARDEN = [
    *topic(1, "1", tags="seeds"),
    *post(11, "1", 1),
    *post(12, "2", 1),
    event(Kind.REPLIED, actor="2", target="post:12", object="post:11"),
    *topic(2, "2", category="c6"),
    *post(21, "2", 2),
    *(trust("1", 2), trust("2", 3)),
    *(like("2", 11), like("1", 12), like("1", 21)),
]


def graph_of(
    events: Iterable[Event],
    rules: Rules = RULES,
    weights: Weights | None = None,
    kinds: dict[str, str] | None = None,
) -> ContributionGraph:
    log = MemoryLog()
    log.directory.kinds |= kinds or {}
    log.append(events)
    structure = build_structure(fold(log.columns()), log.directory, rules)
    return apply_weights(
        structure, weights or Weights(), participants_by_account(structure, {})
    )


def mints(graph: ContributionGraph) -> dict[str, float]:
    """Return what likes mint, by "account/post"."""
    nodes = (graph.structure.labels.node(row) for row in range(len(graph.mint)))
    return {
        "/".join(address[4:]): float(mint)
        for address, mint in zip(nodes, graph.mint, strict=True)
        if address[2] == "like"
    }


def nodes(graph: ContributionGraph, kind: str) -> set[str]:
    labels = graph.structure.labels
    addresses = [labels.node(row) for row in range(len(graph.mint)) if graph.present[row]]
    return {"/".join(address[4:]) for address in addresses if address[2] == kind}


def edges(graph: ContributionGraph) -> Edges:
    label = graph.structure.labels
    return {
        label.edge(row): (
            label.node(int(graph.source[i])),
            label.node(int(graph.target[i])),
            int(graph.edge_ms[i]),
            float(graph.forward[i]),
            float(graph.backward[i]),
        )
        for i, row in enumerate(graph.row.tolist())
    }


def between(graph: ContributionGraph, *kind: str) -> set[str]:
    """Return the ends of the edges of a kind, as the last parts of their addresses."""
    prefix = (*PREFIX, *kind, HOME)
    return {
        "/".join(address[len(prefix) :])
        for address in edges(graph)
        if address[: len(prefix)] == prefix
    }


def test_what_a_like_mints_is_trust_by_category_by_tags_by_post() -> None:
    weights = Weights(
        factors={
            "category": FactorTable(1.0, {"6": 10.0}),
            "tag": FactorTable(1.0, {"seeds": 3.0}),
            "post": FactorTable(1.0, {"12": 7.0}),
        }
    )

    assert mints(graph_of(GARDEN)) == {"2/11": 5.0, "1/12": 4.0, "1/21": 4.0}
    assert mints(graph_of(GARDEN, weights=weights)) == {"2/11": 15, "1/12": 84, "1/21": 40}


def test_a_like_of_somebody_of_unknown_trust_is_there_and_mints_nothing() -> None:
    graph = graph_of([*GARDEN, *post(22, "1", 2), like("9", 22)])

    assert mints(graph)["9/22"] == 0.0
    assert "9/22" in nodes(graph, "like")
    assert "9/22" in between(graph, "likes")
    assert between(graph, "topicHasLikedPost") == {"1/11", "1/12", "2/21"}
    listed = Weights(factors={"trust": FactorTable(0.5)})
    assert mints(graph_of([*GARDEN, like("9", 21)], weights=listed))["9/21"] == 2.0


def test_a_category_s_weight_does_not_reach_those_in_it() -> None:
    within = event(Kind.PLACE_CHANGED, place="c6", object="c5", text="category")
    weights = Weights(factors={"category": FactorTable(1.0, {"5": 2.0})})

    graph = graph_of([*GARDEN, within], weights=weights)

    assert mints(graph) == {"2/11": 10.0, "1/12": 8.0, "1/21": 4.0}


def test_a_category_that_is_left_out_takes_those_in_it_along() -> None:
    within = event(Kind.PLACE_CHANGED, place="c6", object="c5", text="category")

    some = graph_of([*GARDEN, within], Rules(HOME, excluded_categories=frozenset({"6"})))
    none = graph_of([*GARDEN, within], Rules(HOME, excluded_categories=frozenset({"5"})))

    assert nodes(some, "topic") == {"1"}
    assert nodes(some, "post") == {"11", "12"}
    assert mints(some) == {"2/11": 5.0, "1/12": 4.0}
    assert len(none.mint) == len(none.row) == 0


def test_categories_that_are_in_each_other_end() -> None:
    circle = [
        event(Kind.PLACE_CHANGED, place=place, object=parent, text="category")
        for place, parent in (("c5", "c6"), ("c6", "c5"))
    ]

    assert (
        len(
            graph_of([*GARDEN, *circle], Rules(HOME, excluded_categories=frozenset({"7"}))).mint
        )
        > 0
    )
    assert (
        len(
            graph_of([*GARDEN, *circle], Rules(HOME, excluded_categories=frozenset({"6"}))).mint
        )
        == 0
    )


def test_what_is_before_the_beginning_is_left_out() -> None:
    early = [*GARDEN, *post(13, "1", 1, at_ms=4), like("2", 13)]

    graph = graph_of(early, Rules(HOME, start_ms=5))

    assert nodes(graph, "post") == {"11", "12", "21"}
    assert "2/13" not in mints(graph)


def test_bots_take_part_or_not() -> None:
    kinds = {"-1": "bot"}
    events = [*GARDEN, *topic(3, "-1"), *post(31, "-1", 3), like("-1", 11), trust("-1", 4)]
    events += [event(Kind.MENTIONED, actor="1", target="post:11", object="-1", value=1)]
    events += [like("1", 31)]

    everybody = graph_of(events, kinds=kinds)
    people = graph_of(events, Rules(HOME, include_bots=False), kinds=kinds)

    assert nodes(everybody, "user") == {"-1", "1", "2"}
    assert mints(everybody)["-1/11"] == 6.0
    assert nodes(people, "user") == {"1", "2"}
    assert "-1/11" not in mints(people)
    # What a bot wrote is there, so that what others did with it counts.
    assert mints(people)["1/31"] == 4.0
    assert between(people, "references", "user") == set()


def test_a_post_of_somebody_deleted_is_there_without_an_author() -> None:
    graph = graph_of([*GARDEN, *post(13, None, 1), like("1", 13)])

    assert "13" in nodes(graph, "post")
    assert between(graph, "authors", "post") == {"1/11", "2/12", "2/21"}


def test_a_like_that_was_taken_back_is_deleted_and_so_are_those_of_deleted_posts() -> None:
    deletions = [like("2", 11, taken_back=True), event(Kind.DELETED, target="post:12")]

    graph = graph_of([*GARDEN, *deletions])

    assert mints(graph) == {"1/21": 4.0}
    assert between(graph, "topicHasLikedPost") == {"2/21"}
    assert between(graph, "topicContainsPost") == {"1/11", "2/21"}
    assert between(graph, "replyTo") == set()


def test_another_reaction_is_no_like() -> None:
    other = event(Kind.REACTED, actor="2", target="post:11", text="heart")

    graph = graph_of([*GARDEN, other])

    assert mints(graph) == mints(graph_of(GARDEN))
    assert len(graph.mint) == len(graph_of(GARDEN).mint)


def test_a_post_that_was_moved_is_in_its_topic_and_weighs_as_that_does() -> None:
    moved = [
        event(Kind.REFERENCED, target="post:12", object="topic:1", text=IN, value=0),
        event(Kind.REFERENCED, target="post:12", object="topic:2", text=IN, value=1),
    ]
    weights = Weights(factors={"category": FactorTable(1.0, {"6": 10.0})})

    graph = graph_of([*GARDEN, *moved], weights=weights)

    assert between(graph, "topicContainsPost") == {"1/11", "2/12", "2/21"}
    assert mints(graph)["1/12"] == 40.0


def moved_to(topic: int, *posts: int) -> list[Event]:
    return [
        event(
            Kind.REFERENCED, target=f"post:{post}", object=f"topic:{to}", text=IN, value=value
        )
        for post in posts
        for to, value in ((1, 0), (topic, 1))
    ]


def reply(number: int, to: int) -> Event:
    return event(Kind.REPLIED, target=f"post:{number}", object=f"post:{to}")


def test_a_post_that_was_moved_without_what_it_replied_to_replies_to_what_opens_the_topic() -> (
    None
):
    thread = [*GARDEN, *post(13, "1", 1), reply(13, 12), *post(14, "2", 1), reply(14, 12)]

    # Into a topic that is there: 13 goes with what it replies to, 14 stays behind.
    merged = graph_of([*thread, *moved_to(2, 12, 13)])
    # Into a topic of their own, which the first of them opens.
    split = graph_of([*thread, *topic(3, "2"), *moved_to(3, 13, 14)])

    assert between(graph_of(thread), "replyTo") == {"12/11", "13/12", "14/12"}
    assert between(merged, "replyTo") == {"12/21", "13/12"}
    assert between(split, "replyTo") == {"12/11", "14/13"}


def test_posts_of_a_topic_that_is_not_there_stand_alone() -> None:
    for events in ([*GARDEN, event(Kind.DELETED, target="topic:1")], GARDEN[1:]):
        graph = graph_of(events)

        assert nodes(graph, "post") == {"11", "12", "21"}
        assert between(graph, "topicContainsPost") == {"2/21"}
        assert mints(graph) == {"2/11": 5.0, "1/12": 4.0, "1/21": 4.0}


def test_links_and_quotes_are_edges_of_which_quotes_weigh_nothing_unless_weighed() -> None:
    about: dict[str, Any] = {"actor": "2", "target": "post:21"}
    links = [
        event(Kind.REFERENCED, object=other, text=relation, value=2, **about)
        for other, relation in (
            *(("post:11", REFERS), ("topic:1", REFERS), ("post:12", QUOTES)),
            *(("post:99", REFERS), ("topic:99", REFERS), ("post:99", QUOTES)),
        )
    ]
    links += [event(Kind.MENTIONED, object="1", value=3, **about)]
    quotes = (*PREFIX, "quotes", HOME, "21", "12")

    usual = graph_of([*GARDEN, *links])
    weighed = graph_of(
        [*GARDEN, *links], weights=Weights(edges={quotes[:3]: EdgeWeight(1.0, 0.5)})
    )

    assert between(usual, "references", "post") == {"21/11"}
    assert between(usual, "references", "topic") == {"21/1"}
    assert between(usual, "references", "user") == {"21/1"}
    assert edges(usual)[*PREFIX, "references", "user", HOME, "21", "1"][3:] == (0.5, 0.0)
    assert edges(usual)[quotes][3:] == (0.0, 0.0)
    assert edges(weighed)[quotes][3:] == (1.0, 0.5)


def test_the_address_is_that_of_the_forum_that_was_read_unless_a_setting_says_another() -> None:
    events = [
        *GARDEN,
        event(Kind.PLACE_CHANGED, place="https://old.example.org", text=FORUM),
        event(Kind.PLACE_CHANGED, place="https://new.example.org", text=FORUM),
    ]

    events += topic(9, "1", category=None, tags="forum")

    def homes(graph: ContributionGraph) -> set[str]:
        return {graph.structure.labels.node(row)[3] for row in range(len(graph.mint))}

    assert homes(graph_of(events, Rules())) == {"https://new.example.org"}
    assert homes(graph_of(events)) == {HOME}
    assert homes(graph_of(GARDEN, Rules())) == {""}


def test_a_forum_of_which_nothing_is_known_draws_nothing() -> None:
    log = MemoryLog()

    structure = build_structure(fold(log.columns()), log.directory, RULES)

    assert len(structure.nodes.kind) == len(structure.edges.kind) == structure.items == 0
    assert structure.node_kinds == DECLARATION.nodes


@pytest.mark.parametrize("seed", range(30))
def test_a_slow_second_way_to_build_the_graph_gives_the_same(seed: int) -> None:
    forum = Forum(random.Random(seed))
    for _ in range(40):
        forum.happen()

    structure = build_structure(
        fold(forum.log.columns()), forum.log.directory, forum.forum_rules
    )
    graph = apply_weights(structure, forum.weights, participants_by_account(structure, {}))

    slow = SlowGraph(forum.log, forum.forum_rules, forum.weights)
    label, found = structure.labels, edges(graph)
    assert {label.node(row): float(mint) for row, mint in enumerate(graph.mint)} == (
        pytest.approx(slow.mint, rel=1e-12)
    )
    assert found.keys() == slow.edges.keys()
    for address, (source, target, at_ms, *weights) in slow.edges.items():
        assert found[address][:3] == (source, target, at_ms)
        assert found[address][3:] == pytest.approx(weights, rel=1e-12)
