"""A small community as a structure with reviews: people, posts, reactions to posts."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cred.graph.builder import StructureBuilder
from cred.graph.structure import Structure
from cred.graph.weights import Declaration, EdgeKind, EdgeWeight, Factor, Field, NodeKind, Rule
from tests.cred.graphs import in_week
from tests.memory_log import MemoryDirectory

PEOPLE = ("ann", "bob", "cat")
ANN, BOB, CAT = 1, 2, 3
"""Account numbers; also node rows, counted from 1."""

DECLARATION = Declaration(
    "chat",
    nodes=(
        NodeKind("person", ("chat", "PERSON"), 0, (Field.ACCOUNT,)),
        NodeKind("post", ("chat", "POST"), 0, (Field.CONTRIBUTION,)),
        NodeKind("like", ("chat", "LIKE"), 2, (Field.CONTRIBUTION, Field.ACCOUNT)),
    ),
    edges=(
        EdgeKind(
            "wrote", ("chat", "WROTE"), EdgeWeight(0.25, 1), (Field.ACCOUNT, Field.CONTRIBUTION)
        ),
        EdgeKind(
            "gave", ("chat", "GAVE"), EdgeWeight(1, 0.0625), (Field.ACCOUNT, Field.CONTRIBUTION)
        ),
        EdgeKind(
            "likes", ("chat", "LIKES"), EdgeWeight(1, 0.5), (Field.ACCOUNT, Field.CONTRIBUTION)
        ),
    ),
    factors=(
        Factor("emoji", Rule.FIRST, "an emoji"),
        Factor("role", Rule.LARGEST, "a role"),
        Factor("tag", Rule.PRODUCT, "a tag"),
    ),
)


@dataclass(frozen=True)
class Like:
    """A review. `by` and the post's author are account numbers."""

    by: int
    post: int
    emoji: tuple[str, ...] | None = ("👍",)
    roles: tuple[str, ...] | None = ()
    tags: tuple[str, ...] | None = ()
    void: bool = False


def community(
    likes: Sequence[Like],
    authors: Sequence[int] = (ANN, BOB),
    *,
    mints_item: bool = False,
    scaled_by_item: bool = False,
) -> Structure:
    """Return the structure of a community.

    Rows of nodes are people, posts, likes. Post k is written in week k by `authors[k]`. Rows of
    edges are who wrote which post, who gave which like, and what the likes are about.
    """
    directory = MemoryDirectory()
    for name in PEOPLE:
        directory.accounts.of(name)
    for at in range(len(authors)):
        directory.contributions.of(f"post{at}")
    builder = StructureBuilder(DECLARATION, directory)
    items = builder.items(len(authors))
    codes = {}
    for factor, given in (
        ("emoji", [like.emoji for like in likes]),
        ("role", [like.roles for like in likes]),
        ("tag", [like.tags for like in likes]),
    ):
        keys = sorted({keys for keys in given if keys is not None})
        builder.factor_keys(factor, keys)
        codes[factor] = np.array([-1 if k is None else keys.index(k) for k in given], np.int32)
    by = np.array([like.by for like in likes], np.int64)
    post = np.array([like.post for like in likes], np.int64)
    author = np.array(authors, np.int64)
    reviews = builder.reviews(
        item=items[post],
        reviewer=by,
        codes=codes,
        by_author=by == author[post],
        void=np.array([like.void for like in likes], np.bool_),
    )
    numbers = np.arange(1, len(authors) + 1)
    times = np.array([in_week(at) for at in range(len(authors))], np.int64)
    accounts = np.arange(1, len(PEOPLE) + 1)
    people = builder.nodes("person", [accounts], account=accounts)
    posts = builder.nodes(
        "post", [numbers], at_ms=times, contribution=numbers, item=items, mints_item=mints_item
    )
    given_likes = builder.nodes("like", [post + 1, by], at_ms=times[post], review=reviews)
    builder.edges(
        "wrote",
        [author, numbers],
        source=people[author - 1],
        target=posts,
        at_ms=times,
        item=items,
        scaled_by_item=scaled_by_item,
    )
    builder.edges(
        "gave",
        [by, post + 1],
        source=people[by - 1],
        target=given_likes,
        at_ms=times[post],
        review=reviews,
    )
    builder.edges(
        "likes",
        [by, post + 1],
        source=given_likes,
        target=posts[post],
        at_ms=times[post],
        review=reviews,
    )
    return builder.build()
