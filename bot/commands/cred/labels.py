"""What to call the nodes of the contribution graph in replies, and the people behind them."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.commands.entries.wording import entry_label
from bot.commands.kit.names import person_name
from bot.commands.kit.reply import Cell, Link
from bot.commands.kit.request import Request
from bot.commands.kit.wording import day
from bot.community.communities import Community
from cred.credrank import Ranking
from cred.facts.events import MISSING
from cred.graph.structure import ABSENT, TIMELESS
from cred.graph.weights import Field

_THANKS: Final = "thanks"
_REVIEWS: Final = {
    _THANKS: "thanks",
    "like": "likes",
    **dict.fromkeys(("contribution", "dependency", "reference", "initiative"), "approvals"),
}
"""What to call reviews, by the kind of node that mints because of them."""


def node_label(request: Request, ranking: Ranking, node: int) -> Cell:
    """Return what to call a node of the graph, as a link where it is in a place."""
    graph, structure = ranking.graph, ranking.graph.structure
    if node >= len(structure.nodes.kind):
        return "a bonus"
    account = int(structure.nodes.account[node])
    if account != ABSENT:
        return account_label(request, account)
    if label := _entry_label(request, ranking, node):
        return label
    kind = structure.node_kinds[structure.nodes.kind[node]]
    key = dict(zip(kind.fields, graph.node_address(node)[len(kind.prefix) :], strict=False))
    source = kind.prefix[1] if len(kind.prefix) > 1 else ""
    place = key.get(Field.PLACE, "")
    label = kind.name
    if Field.TEXT in key:
        # A reaction, by its emoji; a custom emoji is "name:id".
        label = key[Field.TEXT].partition(":")[0]
        reactor = request.community.directory.account_number(source, key.get(Field.ACCOUNT, ""))
        label += f" of {account_label(request, reactor)}" if reactor is not None else ""
    elif structure.nodes.review[node] != ABSENT:
        reviewer = int(structure.reviews.reviewer[structure.nodes.review[node]])
        label += f" of {account_label(request, reviewer)}"
    at_ms = int(structure.nodes.at_ms[node])
    date = "" if at_ms == TIMELESS else f", {day(at_ms)}"
    text = f"{label}{_place_label(request.community, source, place)}{date}"
    contribution = int(structure.nodes.contribution[node])
    if Field.CONTRIBUTION_ID in key and contribution != ABSENT:  # its id says where it is
        return Link(text, source, place, request.community.directory.contribution(contribution))
    posted = key.get(Field.CONTRIBUTION, "")
    return Link(text, source, place, posted) if place and posted else text


def account_label(request: Request, account: int) -> str:
    """Return what to call the person that an account belongs to, where the request was made."""
    return person_name(request.community, account, request.source)


def participant_label(request: Request, ranking: Ranking, index: int) -> str:
    """Return what to call a participant of the graph."""
    return account_label(request, int(ranking.graph.participants[index]))


def reviews_label(ranking: Ranking, account: int, hidden: NDArray[np.bool_]) -> str:
    """Return what to call the reviews by an account: "reactions", "reactions and thanks".

    Those whose nodes are `hidden` (by node of the graph) do not matter.
    """
    structure = ranking.graph.structure
    mine = np.flatnonzero(structure.reviews.reviewer == account)
    nodes = structure.nodes
    names = {
        index: _REVIEWS[kind.name]
        for index, kind in enumerate(structure.node_kinds)
        if kind.name in _REVIEWS
    }
    shown = np.isin(nodes.review, mine) & ~hidden[: len(nodes.kind)]
    is_named = np.isin(nodes.kind, [*names])
    found = {names[kind] for kind in nodes.kind[shown & is_named].tolist()}
    if np.any(shown & ~is_named):
        found.add("reactions")
    return " and ".join(sorted(found)) or "reactions"


def _entry_label(request: Request, ranking: Ranking, node: int) -> str:
    """Return what to call an entry; for thanks also who gave them; "" if it is none."""
    structure = ranking.graph.structure
    contribution = int(structure.nodes.contribution[node])
    if contribution == ABSENT:
        return ""
    label = entry_label(request.community, contribution)
    if label is None:
        return ""
    review = int(structure.nodes.review[node])
    giver = int(structure.reviews.reviewer[review]) if review != ABSENT else MISSING
    if structure.node_kinds[structure.nodes.kind[node]].name == _THANKS and giver != MISSING:
        label += f", of {account_label(request, giver)}"
    return f"{label}, {day(int(structure.nodes.at_ms[node]))}"


def _place_label(community: Community, source: str, place: str) -> str:
    number = community.directory.place_number(source, place)
    return f" in #{community.directory.place_name(number)}" if number is not None else ""
