"""The cred of accounts before and after they are linked, merged or un-linked."""

import logging
from collections.abc import Iterable

from bot.commands.kit.names import own_account_names
from bot.commands.kit.reply import Fact
from bot.commands.kit.request import Request
from bot.commands.kit.wording import amount
from bot.community.communities import Community
from bot.community.scoring.community_scores import CommunityScores
from bot.services import people
from cred.errors import CredError
from storage.errors import StorageError

log = logging.getLogger(__name__)

Accounts = tuple[int, ...]
"""Accounts of one person, by number."""


async def rescore(request: Request) -> None:
    """Recompute the scores after a change of links, so that the reply can tell the new cred.

    A recompute that is under way already is not waited for, since it may take long. If that is
    so, or if this one fails, a later one will count the change; `cred_now` says so.
    """
    community = request.community
    community.on_news()
    try:
        if not community.scoring.is_running:
            await community.scoring.recompute_if_due(request.now_ms)
    except (CredError, StorageError):
        log.exception("community %s is not scored", community.slug)
    await community.directory.refresh()


def cred_facts(
    community: Community,
    people_of: Iterable[tuple[str, Accounts]],
    scores: CommunityScores | None,
) -> tuple[Fact, ...]:
    """Return a fact with the cred of each person; none while there are no scores.

    Parameters
    ----------
    people_of
        For each fact its name and the accounts.
    """
    if scores is None:
        return ()
    return tuple(
        Fact(name, f"{amount(total_cred(community, accounts, scores))} cred")
        for name, accounts in people_of
    )


def cred_by_account(
    request: Request, persons: Iterable[Accounts], scores: CommunityScores | None
) -> tuple[Fact, ...]:
    """Return a fact with the cred of each person, named by their accounts."""
    community = request.community
    named = [(own_account_names(community, accounts), accounts) for accounts in persons]
    return cred_facts(community, named, scores)


def cred_now(
    request: Request, accounts: Accounts, name: str = "Together now"
) -> tuple[Fact, ...]:
    """Return a fact with the cred of one person, or that the next recompute will tell it."""
    community, scores = request.community, request.community.scoring.scores
    if scores is None:
        return ()
    identities = community.identities
    if identities.accounts(accounts[0]) != identities.accounts(accounts[0], scores.events):
        return (Fact(name, "from the next recompute on"),)
    return cred_facts(community, [(name, accounts)], scores)


def total_cred(community: Community, accounts: Accounts, scores: CommunityScores) -> float:
    """Return the cred of accounts, counting each participant of the scores once."""
    participants = {people.participant_of(community, account, scores) for account in accounts}
    indices = (scores.index_of(participant) for participant in participants)
    return sum(scores.cred_of(index, slice(None)) for index in indices if index is not None)
