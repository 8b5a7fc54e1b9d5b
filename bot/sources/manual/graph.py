"""Builds the graph of thanks, manual work and initiatives. Pure.

Work is in the graph while it is approved, and thanks unless they were taken back. Everybody who
is thanked, is credited or champions an initiative is a node of their account, and links make it
one participant with the nodes of other sources. What an initiative gathers from another source
is that source's node (a loose end). If there is none, as for a message without reactions, there
is no edge.

A second account gives nobody an advantage. Once accounts are linked, thanks to oneself count
for nothing, and so does work approved by somebody who entered it or has a share in it. An
initiative completed by whoever opened or champions it counts as not complete.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.services.entries.entry_types import (
    MANUAL,
    WORK_TYPES,
    EntryDetails,
    EntryStatus,
    EntryType,
    ReferenceKind,
    parse_details,
)
from bot.sources.manual.declaration import DECLARATION
from bot.sources.manual.settings import Rules
from cred.facts.activity import Activity
from cred.facts.directory import Directory
from cred.facts.events import MISSING, Numbers
from cred.facts.numbers import distinct, find
from cred.graph.builder import StructureBuilder
from cred.graph.identities import person_of_accounts
from cred.graph.structure import ABSENT, Structure

Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]

_NODE_KIND: Final[Mapping[EntryType, str]] = {
    EntryType.THANKS: "thanks",
    EntryType.INITIATIVE: "initiative",
    EntryType.CONTRIBUTION: "contribution",
    EntryType.DEPENDENCY: "dependency",
    EntryType.REFERENCE: "reference",
}
_EDGE_KIND: Final[Mapping[ReferenceKind, str]] = {
    ReferenceKind.DEPENDS_ON: "depends on",
    ReferenceKind.REFERS_TO: "refers to",
    ReferenceKind.CONTRIBUTES: "contributes to",
    ReferenceKind.THANKS_FOR: "thanks for",
}


@dataclass(frozen=True, slots=True)
class _Entries:
    """The entries in the graph, ordered by `target`."""

    target: Numbers
    author: Numbers
    at_ms: Numbers
    place: Numbers
    """Place that the entry was entered in, or `MISSING`."""
    details: tuple[EntryDetails, ...]
    is_complete: Mask
    decided_by: Numbers
    """Account that approved or completed the entry, or `MISSING`."""

    def rows_of(self, *types: EntryType) -> Rows:
        """Return the rows of some types of entries."""
        rows = [row for row, details in enumerate(self.details) if details.type in types]
        return np.array(rows, int)


@dataclass(frozen=True, slots=True)
class _Parts:
    """Who has a part in which entries."""

    at: Rows
    """Rows in the columns of the activity."""
    row: Rows
    """Rows of the entries."""
    account: Numbers

    def select(self, mask: Mask) -> "_Parts":
        """Return the parts that are marked."""
        return _Parts(self.at[mask], self.row[mask], self.account[mask])


class _People:
    """Tells whether accounts are linked."""

    def __init__(self, activity: Activity) -> None:
        self._person_of = person_of_accounts(activity.links)

    def differ(self, accounts: Numbers, others: Numbers) -> Mask:
        """Return, row by row, whether two accounts are of two people; `MISSING` is of none."""
        get = self._person_of.get
        return np.array(
            [
                MISSING in {account, other} or get(account, account) != get(other, other)
                for account, other in zip(accounts.tolist(), others.tolist(), strict=True)
            ],
            bool,
        )


def build_structure(activity: Activity, directory: Directory, rules: Rules) -> Structure:
    """Return the structure of everything that was entered by hand; it has no weights."""
    builder = StructureBuilder(DECLARATION, directory)
    source = directory.source_number(MANUAL)
    if source is None:
        return builder.build()
    entries = _read_entries(activity, directory, rules, source)
    people = _People(activity)

    # Who has a part in what
    mentions, credits_, champions = activity.mentions, activity.credits, activity.champions
    mentioned = _parts(entries, mentions.target, mentions.account, EntryType.THANKS)
    credited = _parts(entries, credits_.target, credits_.account, *WORK_TYPES)
    championing = _parts(entries, champions.target, champions.account, EntryType.INITIATIVE)
    is_other = people.differ(mentioned.account, entries.author[mentioned.row])
    thanked = mentioned.select(is_other)
    given = entries.rows_of(EntryType.THANKS)
    given = given[entries.author[given] != MISSING]
    giver = entries.author[given]

    # A node for each account and each entry
    accounts, _ = distinct(
        np.concatenate([mentioned.account, credited.account, championing.account, giver])
    )
    account_nodes = builder.nodes("person", [accounts, accounts], account=accounts)

    def node_of(account: Numbers) -> Numbers:
        return account_nodes[find(accounts, account)]

    void = _void_entries(entries, people, thanked, credited)
    is_complete = _completions(entries, people, championing)
    nodes = _add_entries(builder, entries, directory, rules, void, is_complete)

    # Edges of thanks, from the giver and to the receivers
    builder.edges(
        "gives thanks",
        [giver, giver, entries.target[given]],
        source=node_of(giver),
        target=nodes[given],
        at_ms=entries.at_ms[given],
    )
    builder.edges(
        "thanks",
        [entries.target[thanked.row], thanked.account, thanked.account],
        source=nodes[thanked.row],
        target=node_of(thanked.account),
        at_ms=entries.at_ms[thanked.row],
    )

    # Edges from people to work, by their shares, and to initiatives
    for kind, parts, backward in (
        ("contributes", credited, credits_.value[credited.at].astype(np.float64)),
        ("champions", championing, np.ones(len(championing.row))),
    ):
        builder.edges(
            kind,
            [entries.target[parts.row], parts.account, parts.account],
            source=node_of(parts.account),
            target=nodes[parts.row],
            at_ms=entries.at_ms[parts.row],
            backward=backward,
        )
    _add_references(builder, activity, directory, entries, nodes)
    return builder.build()


def _read_entries(
    activity: Activity, directory: Directory, rules: Rules, source: int
) -> _Entries:
    """Return the entries that are in the graph."""
    # Posts of the source whose text is the details of an entry
    posts, statuses = activity.posts, activity.statuses
    texts, text_row = distinct(posts.type)
    parsed = [
        parse_details(directory.text(text)) if text != MISSING else None
        for text in texts.tolist()
    ]
    is_entry = np.array(
        [entry is not None and entry.type in _NODE_KIND for entry in parsed], bool
    )
    is_work = np.array(
        [entry is not None and entry.type in WORK_TYPES for entry in parsed], bool
    )
    mask = posts.source == source
    mask[mask] = is_entry[text_row[mask]]
    if rules.beginning_ms is not None:
        mask &= posts.at_ms >= rules.beginning_ms
    rows = np.flatnonzero(mask)

    # Their status, and whether that puts them into the graph
    status = statuses.rows(posts.target[rows])
    status_text = np.append(statuses.status, MISSING)[status]
    names = {
        text: directory.text(text)
        for text in np.unique(status_text).tolist()
        if text != MISSING
    }
    status_names = [names.get(text) for text in status_text.tolist()]
    is_approved = np.array([name == EntryStatus.APPROVED for name in status_names], bool)
    is_complete = np.array([name == EntryStatus.COMPLETE for name in status_names], bool)
    is_taken_back = np.array([name == EntryStatus.WITHDRAWN for name in status_names], bool)
    kept = (~is_work[text_row[rows]] | is_approved) & ~is_taken_back
    rows, status, is_complete = rows[kept], status[kept], is_complete[kept]
    return _Entries(
        posts.target[rows],
        posts.actor[rows],
        posts.at_ms[rows],
        posts.place[rows],
        tuple(
            details for row in text_row[rows].tolist() if (details := parsed[row]) is not None
        ),
        is_complete,
        np.append(statuses.actor, MISSING)[status],
    )


def _parts(entries: _Entries, target: Numbers, account: Numbers, *types: EntryType) -> _Parts:
    """Return the rows of an activity's columns that are about entries of some types."""
    row = find(entries.target, target)
    at = np.flatnonzero((row != MISSING) & (account != MISSING))
    at = at[np.isin(row[at], entries.rows_of(*types))]
    return _Parts(at, row[at], account[at])


def _void_entries(
    entries: _Entries, people: _People, thanked: _Parts, credited: _Parts
) -> Mask:
    """Return which entries count for nothing.

    These are thanks to nobody but the giver, and work approved by its author or somebody who
    has a share in it.
    """
    void = np.zeros(len(entries.target), bool)
    void[entries.rows_of(EntryType.THANKS)] = True
    void[thanked.row] = False
    approvers = entries.decided_by
    void[credited.row[~people.differ(credited.account, approvers[credited.row])]] = True
    work = entries.rows_of(*WORK_TYPES)
    void[work] |= ~people.differ(entries.author[work], approvers[work])
    return void


def _completions(entries: _Entries, people: _People, championing: _Parts) -> Mask:
    """Return which entries were completed by somebody who neither opened nor champions them."""
    is_complete = entries.is_complete & people.differ(entries.author, entries.decided_by)
    is_own = ~people.differ(championing.account, entries.decided_by[championing.row])
    is_complete[championing.row[is_own]] = False
    return is_complete


def _add_entries(
    builder: StructureBuilder,
    entries: _Entries,
    directory: Directory,
    rules: Rules,
    void: Mask,
    is_complete: Mask,
) -> Rows:
    """Add a node for each entry; return their rows, in the order of the entries."""
    count = len(entries.target)
    nodes = np.full(count, ABSENT, np.int64)
    items = builder.items(count)
    codes = np.arange(count, dtype=np.int32)
    keys = [_factor_key(directory.contribution(target)) for target in entries.target.tolist()]
    kinds = sorted({details.kind for details in entries.details if details.kind})
    builder.factor_keys("work", [(kind,) for kind in kinds])
    for entry_type, factor in (
        (EntryType.THANKS, "thanks"),
        (EntryType.INITIATIVE, "initiative"),
        *((work_type, "contribution") for work_type in WORK_TYPES),
    ):
        rows = entries.rows_of(entry_type)
        # Every factor has all keys: an entry is only looked up in the factor of its type.
        builder.factor_keys(factor, keys)
        details = [entries.details[row] for row in rows.tolist()]
        work = [kinds.index(entry.kind) if entry.kind else ABSENT for entry in details]
        is_thanks = entry_type is EntryType.THANKS
        reviews = builder.reviews(
            item=items[rows],
            reviewer=entries.author[rows] if is_thanks else entries.decided_by[rows],
            codes={factor: codes[rows], "work": np.array(work, np.int32)},
            by_author=False,
            void=void[rows],
        )
        nodes[rows] = builder.nodes(
            _NODE_KIND[entry_type],
            [entries.target[rows]],
            at_ms=entries.at_ms[rows],
            contribution=entries.target[rows],
            place=entries.place[rows],
            review=reviews,
            weight=[
                _weight(entry, rules, is_complete=bool(complete))
                for entry, complete in zip(details, is_complete[rows], strict=True)
            ],
        )
    return nodes


def _factor_key(contribution: str) -> tuple[str, ...]:
    """Return what the name of a weight may call an entry: its number, or its whole id."""
    return (contribution.rpartition(":")[2], contribution)


def _weight(details: EntryDetails, rules: Rules, *, is_complete: bool) -> float:
    if details.type is not EntryType.INITIATIVE:
        return 1.0 if details.weight is None else details.weight
    if is_complete:
        return rules.complete if details.weight is None else details.weight
    return rules.incomplete if details.incomplete is None else details.incomplete


def _add_references(
    builder: StructureBuilder,
    activity: Activity,
    directory: Directory,
    entries: _Entries,
    nodes: Rows,
) -> None:
    """Add an edge for each reference from an entry to something of any source."""
    references = activity.references
    row = find(entries.target, references.target)
    initiatives, thanks = (
        entries.rows_of(entry_type) for entry_type in (EntryType.INITIATIVE, EntryType.THANKS)
    )
    texts, text_row = distinct(references.type)
    names = [directory.text(text) if text != MISSING else "" for text in texts.tolist()]
    for reference_kind, edge_kind in _EDGE_KIND.items():
        # The references of this kind that come from an entry
        is_kind = np.array([name == reference_kind for name in names], bool)
        origins = thanks if reference_kind is ReferenceKind.THANKS_FOR else initiatives
        at = np.flatnonzero(
            is_kind[text_row] & np.isin(row, origins) if len(text_row) else is_kind
        )
        own, other = row[at], references.object[at]

        # Their edges; the other end may be an entry too, or a loose end
        other_row = find(entries.target, other)
        other_nodes = np.append(nodes, ABSENT)[other_row]
        points_here = reference_kind is ReferenceKind.CONTRIBUTES
        edges = builder.edges(
            edge_kind,
            [entries.target[own], other, other],
            source=other_nodes if points_here else nodes[own],
            target=nodes[own] if points_here else other_nodes,
            at_ms=entries.at_ms[own],
        )
        is_loose = other_row == MISSING
        for edge, end in zip(edges[is_loose].tolist(), other[is_loose].tolist(), strict=True):
            if points_here:
                builder.loose_end(edge, source=end)
            else:
                builder.loose_end(edge, target=end)
