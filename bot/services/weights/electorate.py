"""Who may vote on a proposal when its vote opens."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from bot.community.communities import Community
from bot.community.settings.voting_settings import MAINTAINERS, Franchise, read_franchise
from bot.services import people
from bot.services.entries.entry_events import PlatformId
from bot.services.weights.contribution_keys import contribution_of
from bot.services.weights.proposal_events import NamedElector
from bot.services.weights.proposals import Proposal
from cred.governance.electorate import Candidate, Elector, choose_electors
from storage.canonical_json import Json
from storage.log.current_state import CurrentState


async def choose(
    community: Community, proposal: Proposal, now_ms: int
) -> Sequence[NamedElector]:
    """Return the electorate of a proposal whose vote opens now.

    Where the community wants those concerned to keep out, these are whoever proposes, and
    whoever did the contributions in question.
    """
    terms = proposal.terms
    franchise = read_franchise(community.settings.get, terms.subject)
    thresholds = franchise.thresholds
    if franchise.maintainers_only:
        thresholds = replace(thresholds, roles=maintainer_roles(community))
    electors = choose_electors(
        await _candidates(community, now_ms),
        thresholds,
        terms.rule.counting,
        now_ms=now_ms,
        funder_roles=franchise.funder_roles,
    )
    concerned = await _find_concerned(community, proposal) if franchise.recusal else set()
    return [_name(community, found) for found in electors if found.person not in concerned]


async def _find_concerned(community: Community, proposal: Proposal) -> Collection[int]:
    """Return the people whom a proposal is about: its author, and those of contributions."""
    found = {proposal.person}
    for key in proposal.terms.changes:
        contribution = contribution_of(key)
        if contribution is not None:
            state = CurrentState(community.database, contribution.source)
            author = await state.author(contribution.id)
            found |= set() if author is None else {community.identities.person(author)}
    return found


def maintainer_roles(community: Community) -> frozenset[str]:
    """Return the roles whose members are maintainers."""
    return _texts(community.settings.get(MAINTAINERS)) | _texts(
        community.settings.get("roles.admins")
    )


async def maintainers(community: Community) -> Sequence[int]:
    """Return the people who are maintainers by their roles now, by number."""
    wanted = maintainer_roles(community)
    roles = await _roles(community) if wanted else {}
    return sorted(
        {
            community.identities.person(account)
            for account, held in roles.items()
            if not wanted.isdisjoint(held) and not community.directory.is_erased(account)
        }
    )


def can_anybody_vote(community: Community, franchise: Franchise) -> bool:
    """Tell whether there can be electors: maintainers can be told by their roles alone."""
    return not franchise.maintainers_only or bool(maintainer_roles(community))


async def _candidates(community: Community, now_ms: int) -> Sequence[Candidate]:
    # Whoever was linked, or did something, a moment ago counts as what they are now.
    await community.scoring.recompute_if_due(now_ms)
    scores = community.scoring.scores
    if scores is None:
        return ()
    hidden = people.hidden_participants(community, scores)
    first_seen = await community.log.first_seen()
    roles = await _roles(community)
    directory = community.directory
    found = []
    for row, participant in enumerate(scores.participants):
        accounts = [
            account
            for account in community.identities.accounts(int(participant), scores.events)
            if not directory.is_erased(account)
        ]
        if participant in hidden or not accounts:
            continue
        seen = [first_seen[account] for account in accounts if account in first_seen]
        found.append(
            Candidate(
                person=int(participant),
                accounts=tuple(accounts),
                cred=float(scores.cred[row].sum()),
                first_seen_ms=min(seen, default=None),
                roles=frozenset().union(*(roles.get(account, ()) for account in accounts)),
            )
        )
    return found


async def _roles(community: Community) -> Mapping[int, frozenset[str]]:
    """Return the roles that each account has now, by number."""
    roles: dict[int, frozenset[str]] = {}
    for source in community.identities.platforms:
        accounts = await CurrentState(community.database, source).accounts()
        for id_, account in accounts.items():
            number = community.directory.account_number(source, id_)
            if number is not None and account.roles:
                roles[number] = frozenset(account.roles.split(","))
    return roles


def _name(community: Community, elector: Elector) -> NamedElector:
    def platform_id(account: int) -> PlatformId:
        directory = community.directory
        return PlatformId(directory.account_source(account), directory.account(account))

    accounts = tuple(platform_id(account) for account in elector.accounts)
    person = platform_id(min(elector.accounts))
    return NamedElector(person, accounts, elector.weight, elector.is_funder)


def _texts(value: Json) -> frozenset[str]:
    return frozenset(map(str, value)) if isinstance(value, list) else frozenset()
