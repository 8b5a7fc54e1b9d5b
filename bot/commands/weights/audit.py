"""`weights audit`: who proposed, did and gained from every change so far."""

from typing import Final

from bot.commands.kit.command import Command
from bot.commands.kit.names import person_name
from bot.commands.kit.reply import Reply, Table
from bot.commands.kit.request import Request
from bot.commands.kit.wording import percent, pluralize
from bot.commands.weights.effects import difference, points
from bot.commands.weights.limits import limit_computing
from bot.commands.weights.wording import author_words, key_words
from bot.community.settings.voting_settings import is_weight
from bot.services.weights.audit import Audit, audit_weights

_MOST_CHANGES: Final = 12
_MOST_KEYS: Final = 2


async def audit(request: Request) -> Reply:
    """Answer `weights audit`."""
    limit_computing(request)
    found = await audit_weights(request.community, request.now_ms)
    tables = (_people_table(request, found), _changes_table(request, found))
    older = (
        f"{pluralize(found.older, 'older version')} are not looked at. " if found.older else ""
    )
    return Reply(
        title=f"{pluralize(len(found.changes), 'change')} of the weights",
        text="What each of them gained by their own changes, and what they have beside what "
        "all defaults would give them."
        if found.people
        else "Nobody but the operator has changed weights.",
        tables=tuple(table for table in tables if table.rows),
        after=f"{older}By all events that there are now. Of whoever was erased or opted out "
        "nothing is shown.",
    )


def _people_table(request: Request, found: Audit) -> Table:
    rows = tuple(
        (
            person_name(request.community, person.person, request.source),
            str(person.changes),
            difference(person.cred),
            points(person.share).removesuffix(" points"),
            "–"
            if person.by_defaults is None
            else f"{percent(person.by_defaults.share_before)} → "
            f"{percent(person.by_defaults.share_after)}",
        )
        for person in found.people
    )
    headings = ("Who", "changes", "own gain", "share", "by defaults → now")
    return Table(headings, rows, right=frozenset({1, 2, 3, 4}))


def _changes_table(request: Request, found: Audit) -> Table:
    rows = []
    for change in found.changes[:_MOST_CHANGES]:
        version = change.version
        keys = [key_words(request, key) for key in version.changes if is_weight(key)]
        more = f" and {len(keys) - _MOST_KEYS} more" if len(keys) > _MOST_KEYS else ""
        who = (
            author_words(request, version.author)
            if change.account is None
            else person_name(request.community, change.account, request.source)
        )
        gain = "" if change.own is None else f", own share {points(change.own.share_gain)}"
        manner = "by vote" if version.author.startswith("proposal:") else "without a vote"
        rows.append(
            (
                f"v{version.version}",
                who,
                f"{', '.join(keys[:_MOST_KEYS])}{more}",
                f"{manner}; {percent(change.moved)} of all cred moved{gain}",
            )
        )
    return Table(("No.", "Who", "What", "Effect"), tuple(rows), title="Changes, newest first")


AUDIT: Final = Command(
    group="weights",
    name="audit",
    summary="Who proposed, did and gained from every change of weights.",
    details=(
        "Of each maintainer, and of everybody who changed weights: the gain from their own "
        "proposals and acts, and their share beside what the defaults would give them."
    ),
    handler=audit,
    examples=("weights audit",),
    heavy=True,
)
