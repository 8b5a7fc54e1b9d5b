"""`cred explain`: what cred came from, split in three ways that each sum to the whole."""

import asyncio
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bot.commands.cred.breakdown import READY_SOON, causes_table, flows_table, origins_table
from bot.commands.cred.hidden import hidden_nodes
from bot.commands.cred.labels import node_label
from bot.commands.cred.parameters import PERIOD_PARAMETER
from bot.commands.kit import resolve
from bot.commands.kit.command import Command
from bot.commands.kit.errors import UserError
from bot.commands.kit.parameters import PERSON_OR_CONTRIBUTION, Parameter
from bot.commands.kit.reply import Fact, Link, Reply, Table
from bot.commands.kit.request import Request
from bot.commands.kit.wording import amount, percent
from bot.community.scoring.community_scores import CommunityScores
from bot.services.entries.entry_events import PlatformId
from bot.services.entries.entry_types import MANUAL, EntryType, entry_number
from cred.credrank import Ranking
from cred.errors import InvalidInputError
from cred.explain import Parts, by_origin, explain_node, explain_participant

_TOP: Final = 5


async def explain(request: Request) -> Reply:
    """Answer `cred explain [thing] [period]`."""
    scores = resolve.scores(request)
    ranking = scores.ranking
    if ranking is None and not scores.awaits_ranking:
        raise UserError(
            "Nobody has cred now: nothing that counts mints any more.",
            title="Nothing to explain",
        )
    if ranking is None:
        raise UserError(
            f"{READY_SOON} How much it is, you can ask now: "
            f"{request.default_command_line('cred', 'show')}.",
            title="Ready soon",
        )
    thing = await resolve.contribution(request, "thing")
    if thing is not None:
        return await _explain_contribution(request, scores, ranking, thing)
    return await _explain_person(request, scores, ranking)


async def _explain_person(request: Request, scores: CommunityScores, ranking: Ranking) -> Reply:
    who = resolve.person(request, "thing")
    period = resolve.period(request, scores)
    index = resolve.participant_index(request, scores, who)
    hidden = hidden_nodes(request, ranking)

    def work() -> tuple[Parts, tuple[Table, ...]]:
        parts = explain_participant(ranking, index, period.rows)
        return parts, _tables(request, ranking, parts, hidden)

    parts, tables = await asyncio.to_thread(work)
    if not len(parts.amount):
        raise UserError(
            f"{who.display_name} has no cred in {period.words}.", title="Nothing to explain"
        )
    return Reply(
        title=f"Where {amount(parts.total)} cred of {who.display_name} came from",
        text=f"{period.sentence_start}. Three ways to split the same "
        f"{amount(parts.total)}; each sums to all of it."
        + resolve.relink_note(request, scores, who),
        tables=tables,
        as_of=resolve.as_of(scores),
    )


async def _explain_contribution(
    request: Request, scores: CommunityScores, ranking: Ranking, link: PlatformId
) -> Reply:
    node, hidden = _find_node(request, ranking, link), hidden_nodes(request, ranking)
    if hidden[node]:  # a post was moved, so that it is no longer where it was posted
        raise resolve.hidden_error(request, link)

    def work() -> tuple[Parts, tuple[Table, ...]]:
        try:
            parts = explain_node(ranking, node)
        except InvalidInputError as error:
            raise _no_cred_error() from error
        return parts, _tables(request, ranking, parts, hidden)

    parts, tables = await asyncio.to_thread(work)
    if not parts.total > 0:
        raise _no_cred_error()
    label = node_label(request, ranking, node)
    name = label.text if isinstance(label, Link) else label
    mints = float(ranking.graph.mint[node])
    return Reply(
        title=f"{name[:1].upper()}{name[1:]}: {amount(parts.total)} cred",
        text="This is the cred that flows through it, on to those who made it and whom it "
        "mentions. Three ways to split it; each sums to all of it.",
        facts=(
            Fact("Mints itself", amount(mints)),
            Fact("Of all that is minted", percent(mints / scores.snapshot.total_mint)),
        )
        if mints
        else (),
        tables=tables,
        as_of=resolve.as_of(scores),
    )


def _tables(
    request: Request, ranking: Ranking, parts: Parts, hidden: NDArray[np.bool_]
) -> tuple[Table, ...]:
    origins = by_origin(parts, hidden)
    return (
        origins_table(request, ranking, origins, parts.total, _TOP),
        flows_table(ranking, parts, _TOP),
        causes_table(request, ranking, parts, hidden, _TOP),
    )


def _find_node(request: Request, ranking: Ranking, link: PlatformId) -> int:
    number = request.community.directory.contribution_number(link.source, link.id)
    is_entry = link.source == MANUAL
    if number is None and is_entry:
        raise UserError(f"There is no {link.id.replace(':', ' ')}.")
    if number is None:
        raise _no_cred_error()
    rows = np.flatnonzero(ranking.graph.structure.nodes.contribution == number)
    if not len(rows):
        raise _not_counted_error(link.id) if is_entry else _no_cred_error()
    return int(rows[0])


def _not_counted_error(id_: str) -> UserError:
    why = (
        "do not count: they were taken back"
        if entry_number(id_, EntryType.THANKS)
        else "does not count: it waits for approval, was rejected or withdrawn"
    )
    return UserError(
        f"{id_.replace(':', ' ').capitalize()} {why}, or came after the last recompute. The "
        "next follows in a minute or so.",
        title="No cred",
    )


def _no_cred_error() -> UserError:
    return UserError(
        "That message has no cred: no reaction to it counts, or it came after the last "
        "recompute. Deleted messages have none either.",
        title="No cred",
    )


EXPLAIN = Command(
    group="cred",
    name="explain",
    summary="What somebody's cred, or a message's, came from.",
    details=(
        "Cred flows from what is valued to those who made it. The parts are split three ways: "
        "by contribution, by kind of flow, and by who caused it (whose reactions, whose own "
        "cred). Each split sums to the whole. For a message, give its link; for thanks, work "
        "and initiatives, what they are and their number (contribution:7)."
    ),
    handler=explain,
    parameters=(
        Parameter(
            "thing",
            PERSON_OR_CONTRIBUTION,
            "Whose, or a link to a message; yours if none.",
            "@ada",
        ),
        PERIOD_PARAMETER,
    ),
    examples=(
        "cred explain",
        "cred explain @ada last month",
        "cred explain https://discord.com/channels/1/2/3",
        "cred explain thanks:1",
    ),
    aliases=("why",),
    shows_cred=True,
    heavy=True,
)
