"""Builds the structure of the changes that were approved."""

import numpy as np

from bot.sources.reviews.declaration import DECLARATION, NAME
from cred.facts.activity import Activity
from cred.facts.directory import Directory
from cred.facts.numbers import distinct
from cred.graph.builder import StructureBuilder
from cred.graph.key_labels import ContributionKeys
from cred.graph.structure import Structure


def build_structure(activity: Activity, directory: Directory) -> Structure:
    """Return the structure; empty if nothing was ever recorded."""
    builder = StructureBuilder(DECLARATION, directory)
    number = directory.source_number(NAME)
    if number is None:
        return builder.build()
    approvals, posts = activity.reactions, activity.posts
    mine = np.flatnonzero((approvals.source == number) & (posts.rows(approvals.target) >= 0))
    reviewed, on = distinct(posts.rows(approvals.target[mine]))
    change, author = posts.target[reviewed], posts.actor[reviewed]
    approver, at_ms = approvals.actor[mine], approvals.at_ms[mine]

    people, person = distinct(np.concatenate([author, approver]))
    users = builder.nodes("reviewer", [people], account=people)[person]
    items = builder.items(len(change))
    changes = builder.nodes(
        "change", [change], at_ms=posts.at_ms[reviewed], contribution=change, item=items
    )
    builder.factor_keys("change", ContributionKeys(directory, change))
    reviews = builder.reviews(
        item=items[on],
        reviewer=approver,
        codes={"change": on},
        by_author=approver == author[on],
        void=approver == author[on],
    )
    key = [approver, change[on]]
    nodes = builder.nodes("approval", key, at_ms=at_ms, review=reviews)
    makers, approvers = users[: len(change)], users[len(change) :]
    builder.edges(
        "makes",
        [change],
        source=makers,
        target=changes,
        at_ms=posts.at_ms[reviewed],
        item=items,
    )
    builder.edges("approves", key, source=approvers, target=nodes, at_ms=at_ms, review=reviews)
    builder.edges(
        "is approved", key, source=nodes, target=changes[on], at_ms=at_ms, review=reviews
    )
    return builder.build()
