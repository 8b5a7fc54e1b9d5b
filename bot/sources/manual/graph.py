"""Draws thanks, manual work and initiatives. Pure.

Work is drawn while it is approved. Everybody who is thanked, credited or champions is a node of
their account, which the chain sees as one with what other sources draw of the person. What an
initiative gathers of other sources is the node that stands for it there (a loose end), or
nothing where that is not drawn: a message without reactions, say.

Nobody profits from a second account: thanks to oneself, and work approved by somebody who
entered it or has a share in it, count for nothing once the accounts are linked; an initiative
completed by whoever opened or champions it goes on.
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
from cred.facts.activity import Activity, Shares
from cred.facts.directory import Directory
from cred.facts.events import MISSING, Numbers
from cred.facts.numbers import distinct, find
from cred.graph.builder import StructureBuilder
from cred.graph.identities import person_of_accounts
from cred.graph.structure import ABSENT, Structure

_NODE: Final[Mapping[EntryType, str]] = {
    EntryType.THANKS: "thanks",
    EntryType.INITIATIVE: "initiative",
    EntryType.CONTRIBUTION: "contribution",
    EntryType.DEPENDENCY: "dependency",
    EntryType.REFERENCE: "reference",
}
_GATHERED: Final[Mapping[ReferenceKind, str]] = {
    ReferenceKind.DEPENDS_ON: "depends on",
    ReferenceKind.REFERS_TO: "refers to",
    ReferenceKind.CONTRIBUTES: "contributes to",
}


@dataclass(frozen=True, slots=True)
class _Things:
    """Everything that is drawn, ordered by `target`."""

    target: Numbers
    actor: Numbers
    at_ms: Numbers
    sort: tuple[EntryDetails, ...]
    complete: NDArray[np.bool_]
    decided_by: Numbers
    """Who approved or completed it, or `MISSING`."""

    def of(self, *whats: EntryType) -> NDArray[np.int64]:
        """Return the rows of some sorts."""
        return np.array([row for row, one in enumerate(self.sort) if one.type in whats], int)


def build_structure(activity: Activity, directory: Directory, rules: Rules) -> Structure:
    """Return the structure of what was entered by hand; without weights."""
    builder = StructureBuilder(DECLARATION, directory)
    number = directory.source_number(MANUAL)
    if number is None:
        return builder.build()
    things = _things(activity, directory, rules, number)
    mention = _Roles(things, activity.mentions.target, activity.mentions.account)
    credit, champion = (
        _Roles(things, of.target, of.account) for of in (activity.credits, activity.champions)
    )
    mention = mention.only(things.of(EntryType.THANKS))
    credit = credit.only(things.of(*WORK_TYPES))
    champion = champion.only(things.of(EntryType.INITIATIVE))
    given = things.of(EntryType.THANKS)
    given = given[things.actor[given] != MISSING]

    people, _ = distinct(
        np.concatenate([mention.account, credit.account, champion.account, things.actor[given]])
    )
    person = builder.nodes("person", [people, people], account=people)
    person_of = _People(activity)
    kept = person_of.differ(mention.account, things.actor[mention.row])
    thanked = np.zeros(len(things.target), bool)
    thanked[mention.row[kept]] = True
    void = np.zeros(len(things.target), bool)
    void[things.of(EntryType.THANKS)] = ~thanked[things.of(EntryType.THANKS)]
    void[credit.row[~person_of.differ(credit.account, things.decided_by[credit.row])]] = True
    work = things.of(*WORK_TYPES)
    void[work] |= ~person_of.differ(things.actor[work], things.decided_by[work])
    things.complete[:] &= person_of.differ(things.actor, things.decided_by)
    own = ~person_of.differ(champion.account, things.decided_by[champion.row])
    things.complete[champion.row[own]] = False
    nodes = _nodes(builder, things, directory, rules, void)
    mention = mention.only_at(kept)

    giver = things.actor[given]
    builder.edges(
        "gives thanks",
        [giver, giver, things.target[given]],
        source=person[find(people, giver)],
        target=nodes[given],
        at_ms=things.at_ms[given],
    )
    builder.edges(
        "thanks",
        [things.target[mention.row], mention.account, mention.account],
        source=nodes[mention.row],
        target=person[find(people, mention.account)],
        at_ms=things.at_ms[mention.row],
    )
    share = _shares(activity.credits, credit)
    for kind, roles, backward in (
        ("contributes", credit, share),
        ("champions", champion, np.ones(len(champion.row))),
    ):
        builder.edges(
            kind,
            [things.target[roles.row], roles.account, roles.account],
            source=person[find(people, roles.account)],
            target=nodes[roles.row],
            at_ms=things.at_ms[roles.row],
            backward=backward,
        )
    _references(builder, activity, directory, things, nodes)
    return builder.build()


class _People:
    """Whose accounts are."""

    def __init__(self, activity: Activity) -> None:
        self._person_of = person_of_accounts(activity.links)

    def differ(self, one: Numbers, other: Numbers) -> NDArray[np.bool_]:
        """Tell of each row whether two accounts are two people's; nobody is nobody's."""
        pairs = zip(one.tolist(), other.tolist(), strict=True)
        get = self._person_of.get
        return np.array([MISSING in {a, b} or get(a, a) != get(b, b) for a, b in pairs], bool)


class _Roles:
    """Who has a part in which things."""

    def __init__(self, things: _Things, target: Numbers, account: Numbers) -> None:
        row = find(things.target, target)
        self.at = np.flatnonzero((row != MISSING) & (account != MISSING))
        """Rows in the columns given."""
        self.row = row[self.at]
        """Rows of the things."""
        self.account = account[self.at]

    def only(self, rows: NDArray[np.int64]) -> "_Roles":
        """Keep those of some things."""
        return self.only_at(np.isin(self.row, rows))

    def only_at(self, kept: NDArray[np.bool_]) -> "_Roles":
        """Keep those that are marked."""
        self.at, self.row, self.account = self.at[kept], self.row[kept], self.account[kept]
        return self


def _things(activity: Activity, directory: Directory, rules: Rules, number: int) -> _Things:
    posts, statuses = activity.posts, activity.statuses
    texts, which = distinct(posts.sort)
    sorts = [
        parse_details(directory.text(text)) if text != MISSING else None
        for text in texts.tolist()
    ]
    known = np.array([one is not None and one.type in _NODE for one in sorts], bool)
    work = np.array([one is not None and one.type in WORK_TYPES for one in sorts], bool)
    chosen = posts.source == number
    chosen[chosen] = known[which[chosen]]
    if rules.beginning_ms is not None:
        chosen &= posts.at_ms >= rules.beginning_ms
    rows = np.flatnonzero(chosen)
    status = statuses.rows(posts.target[rows])
    text = np.append(statuses.status, MISSING)[status]
    names = {one: directory.text(one) for one in np.unique(text).tolist() if one != MISSING}
    approved = np.array([names.get(one) == EntryStatus.APPROVED for one in text.tolist()], bool)
    complete = np.array([names.get(one) == EntryStatus.COMPLETE for one in text.tolist()], bool)
    kept = ~work[which[rows]] | approved
    rows, status, complete = rows[kept], status[kept], complete[kept]
    return _Things(
        posts.target[rows],
        posts.actor[rows],
        posts.at_ms[rows],
        tuple(one for at in which[rows].tolist() if (one := sorts[at]) is not None),
        complete,
        np.append(statuses.actor, MISSING)[status],
    )


def _nodes(
    builder: StructureBuilder,
    things: _Things,
    directory: Directory,
    rules: Rules,
    void: NDArray[np.bool_],
) -> NDArray[np.int64]:
    """Add a node for each thing; return their rows, in the order of the things."""
    count = len(things.target)
    nodes = np.full(count, ABSENT, np.int64)
    items = builder.items(count)
    codes = np.arange(count, dtype=np.int32)
    numbers = [_keys(directory.contribution(one)) for one in things.target.tolist()]
    kinds = sorted({one.kind for one in things.sort if one.kind})
    builder.factor_keys("work", [(kind,) for kind in kinds])
    for what, factor in (
        (EntryType.THANKS, "thanks"),
        (EntryType.INITIATIVE, "initiative"),
        *((one, "contribution") for one in WORK_TYPES),
    ):
        rows = things.of(what)
        # The same keys for each factor: an entry is only ever found under its own.
        builder.factor_keys(factor, numbers)
        work = [kinds.index(one.kind) if one.kind else ABSENT for one in _at(things, rows)]
        is_given = what is EntryType.THANKS
        reviews = builder.reviews(
            item=items[rows],
            reviewer=things.actor[rows] if is_given else things.decided_by[rows],
            codes={factor: codes[rows], "work": np.array(work, np.int32)},
            by_author=False,
            void=void[rows],
        )
        nodes[rows] = builder.nodes(
            _NODE[what],
            [things.target[rows]],
            at_ms=things.at_ms[rows],
            contribution=things.target[rows],
            review=reviews,
            weight=[
                _weight(one, bool(done), rules)
                for one, done in zip(_at(things, rows), things.complete[rows], strict=True)
            ],
        )
    return nodes


def _at(things: _Things, rows: NDArray[np.int64]) -> list[EntryDetails]:
    return [things.sort[row] for row in rows.tolist()]


def _keys(contribution: str) -> tuple[str, ...]:
    """Return what a weight may name a thing by: its number, or all of its id."""
    return (contribution.rpartition(":")[2], contribution)


def _weight(sort: EntryDetails, complete: bool, rules: Rules) -> float:  # noqa: FBT001 - a row's two values
    if sort.type is not EntryType.INITIATIVE:
        return 1.0 if sort.weight is None else sort.weight
    if complete:
        return rules.complete if sort.weight is None else sort.weight
    if sort.incomplete is not None:
        return sort.incomplete
    return rules.incomplete


def _shares(credits_: Shares, credit: _Roles) -> NDArray[np.float64]:
    return credits_.value[credit.at].astype(np.float64)


def _references(
    builder: StructureBuilder,
    activity: Activity,
    directory: Directory,
    things: _Things,
    nodes: NDArray[np.int64],
) -> None:
    """Add an edge for each reference of a thing, whoever draws what it refers to."""
    references = activity.references
    row = find(things.target, references.target)
    initiatives, thanks = things.of(EntryType.INITIATIVE), things.of(EntryType.THANKS)
    texts, which = distinct(references.sort)
    hows = [directory.text(text) if text != MISSING else "" for text in texts.tolist()]
    for how, kind in (*_GATHERED.items(), (ReferenceKind.THANKS_FOR, "thanks for")):
        is_how = np.array([one == how for one in hows], bool)
        from_ = thanks if how is ReferenceKind.THANKS_FOR else initiatives
        at = np.flatnonzero(is_how[which] & np.isin(row, from_) if len(which) else is_how)
        mine, other = row[at], references.object[at]
        here = find(things.target, other)
        theirs = np.append(nodes, ABSENT)[here]
        ends = (
            (theirs, nodes[mine]) if how is ReferenceKind.CONTRIBUTES else (nodes[mine], theirs)
        )
        edges = builder.edges(
            kind,
            [things.target[mine], other, other],
            source=ends[0],
            target=ends[1],
            at_ms=things.at_ms[mine],
        )
        for edge, end in zip(
            edges[here == MISSING].tolist(), other[here == MISSING], strict=True
        ):
            if how is ReferenceKind.CONTRIBUTES:
                builder.loose_end(edge, source=int(end))
            else:
                builder.loose_end(edge, target=int(end))
