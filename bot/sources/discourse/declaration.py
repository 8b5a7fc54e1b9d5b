"""The node and edge kinds of the Discourse source, with their default weights.

Prefixes, keys, default weights and trust levels' weights are SourceCred's (SPEC §13), but for
two things. Where SourceCred writes a user's name, we write the numeric id: names change. And
the edge `quotes` and the factor `post` are ours. Quotes weigh 0 both ways and posts 1 until
a community decides otherwise, so the default numbers equal SourceCred's. (A post itself mints
nothing; its likes do, and the factor multiplies them.)
"""

from typing import Final

from bot.sources.discourse.subjects import NAME
from cred.addresses import Address
from cred.graph.weights import (
    Declaration,
    EdgeKind,
    EdgeWeight,
    Factor,
    FactorTable,
    Field,
    NodeKind,
    Rule,
)

PREFIX: Final[Address] = ("sourcecred", "discourse")

_ID: Final = Field.CONTRIBUTION_ID

TRUST: Final = FactorTable(0.0, {"0": 0.0, "1": 0.1, "2": 1.0, "3": 1.25, "4": 1.5})
"""Weight of a like by the trust level of the user that gave it; 0 if that is not known."""


def _edge(
    name: str,
    path: Address,
    weight: EdgeWeight,
    *fields: Field,
    flow_names: tuple[str, str] = ("", ""),
) -> EdgeKind:
    return EdgeKind(name, (*PREFIX, *path), weight, (Field.HOME, *fields), flow_names)


DECLARATION: Final = Declaration(
    source=NAME,
    nodes=(
        NodeKind("user", (*PREFIX, "user"), 0.0, (Field.HOME, Field.ACCOUNT)),
        NodeKind("topic", (*PREFIX, "topic"), 0.0, (Field.HOME, _ID)),
        NodeKind("post", (*PREFIX, "post"), 0.0, (Field.HOME, _ID)),
        NodeKind("like", (*PREFIX, "like"), 4.0, (Field.HOME, Field.ACCOUNT, _ID), stays=True),
    ),
    edges=(
        # user → topic, user → post
        _edge(
            "authors topic",
            ("authors", "topic"),
            EdgeWeight(0, 0),
            Field.ACCOUNT,
            _ID,
            flow_names=("its author", "topics they opened"),
        ),
        _edge(
            "authors post",
            ("authors", "post"),
            EdgeWeight(1 / 4, 1),
            Field.ACCOUNT,
            _ID,
            flow_names=("its author", "posts they wrote"),
        ),
        # topic → post
        _edge(
            "contains post",
            ("topicContainsPost",),
            EdgeWeight(1 / 8, 1),
            _ID,
            _ID,
            flow_names=("the topic it is in", "posts in it"),
        ),
        _edge(
            "has liked post",
            ("topicHasLikedPost",),
            EdgeWeight(1, 0),
            _ID,
            _ID,
            flow_names=("likes in its topic", "liked posts in it"),
        ),
        # post → the post it answers
        _edge(
            "replies to post",
            ("replyTo",),
            EdgeWeight(1, 0),
            _ID,
            _ID,
            flow_names=("replies to it", "the post it answers"),
        ),
        # user → like → post
        _edge(
            "creates like",
            ("createsLike",),
            EdgeWeight(1, 0),
            Field.ACCOUNT,
            _ID,
            flow_names=("who liked", "likes they gave"),
        ),
        _edge(
            "likes post",
            ("likes",),
            EdgeWeight(1, 0),
            Field.ACCOUNT,
            _ID,
            flow_names=("likes of it", "the post liked"),
        ),
        # post → what it links to
        _edge(
            "links to post",
            ("references", "post"),
            EdgeWeight(1 / 2, 0),
            _ID,
            _ID,
            flow_names=("posts that link to it", "posts it links to"),
        ),
        _edge(
            "links to topic",
            ("references", "topic"),
            EdgeWeight(1 / 2, 0),
            _ID,
            _ID,
            flow_names=("posts that link to it", "topics it links to"),
        ),
        _edge(
            "links to user",
            ("references", "user"),
            EdgeWeight(1 / 2, 0),
            _ID,
            Field.ACCOUNT,
            flow_names=("posts that mention them", "people it mentions"),
        ),
        # post → the post it quotes
        _edge(
            "quotes post",
            ("quotes",),
            EdgeWeight(0, 0),
            _ID,
            _ID,
            flow_names=("posts that quote it", "the post it quotes"),
        ),
    ),
    factors=(
        Factor("trust", Rule.FIRST, "a trust level, 0 to 4; default: it is not known", TRUST),
        Factor("category", Rule.FIRST, "the id of a category, or its link"),
        Factor("tag", Rule.PRODUCT, "a tag"),
        Factor("post", Rule.FIRST, "the id of a post, or its link by id (…/p/ID)"),
    ),
)
