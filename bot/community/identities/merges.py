"""Merges: one maintainer proposes that two accounts are one person's, a second one approves.

They are for people who left and cannot use a code. Neither maintainer may be one of the two.
"""

from typing import Final

from bot.community.errors import IdentityRefusedError
from bot.community.identities.rules import (
    accounts_of,
    check_mergeable,
    link_accounts,
    person_by_account,
)
from bot.community.identities.transactions import ActingAccount, LinkTransactions
from bot.community.second_person import require_second_person
from storage.people.linking import BY_CODE, LinkStore, MergeProposal

_LONGEST_REASON: Final = 200


class Merges:
    """The merges of one community.

    Parameters
    ----------
    transactions
        Those of the community's links.
    """

    def __init__(self, transactions: LinkTransactions) -> None:
        self._transactions = transactions

    async def list_all(self) -> list[MergeProposal]:
        """Return all merges that were ever proposed, the oldest first."""
        return await self._transactions.read(LinkStore.proposals)

    async def propose(
        self, account: int, other: int, maintainer: ActingAccount, reason: str, now_ms: int
    ) -> MergeProposal:
        """Propose that two accounts are one person's.

        Raises
        ------
        IdentityRefusedError
            If they cannot be merged, the merge is proposed already, there is no reason, or this
            maintainer may not propose it.
        """

        def propose(store: LinkStore) -> MergeProposal:
            proposer = maintainer.find_or_add(store)
            for merge in store.proposals():
                if merge.state == "open" and {merge.account, merge.other} == {account, other}:
                    raise IdentityRefusedError(
                        f"That is proposed already: number {merge.number}."
                    )
            if not reason.strip():
                raise IdentityRefusedError("Say why, so that the second person can judge.")
            check_mergeable(store, account, other, proposer)
            number = store.propose(
                account, other, proposer, reason.strip()[:_LONGEST_REASON], now_ms
            )
            return _get_open(store, number)

        return await self._transactions.write(propose, now_ms)

    async def approve(
        self, number: int, maintainer: ActingAccount, now_ms: int
    ) -> MergeProposal:
        """Merge what another maintainer proposed.

        Raises
        ------
        IdentityRefusedError
            If there is no such open merge, or the accounts can no longer be merged.
        NotAllowedError
            If this maintainer proposed it.
        """

        def approve(store: LinkStore) -> MergeProposal:
            merge = _get_open(store, number)
            decider = maintainer.find_or_add(store)
            persons = person_by_account(store.current_links())
            require_second_person(
                decider,
                [merge.proposer],
                lambda account: persons.get(account, account),
                "You proposed this merge; a second person must approve it.",
            )
            check_mergeable(store, merge.account, merge.other, decider)
            link_accounts(store, merge.account, merge.other, f"merge {number}", now_ms)
            store.decide(number, "approved", decider, now_ms)
            return merge

        return await self._transactions.write(approve, now_ms)

    async def reject(
        self, number: int, maintainer: ActingAccount, now_ms: int
    ) -> MergeProposal:
        """Close a proposed merge without merging; its proposer may do that, too.

        Raises
        ------
        IdentityRefusedError
            If there is no such open merge.
        """

        def reject(store: LinkStore) -> MergeProposal:
            merge = _get_open(store, number)
            store.decide(number, "rejected", maintainer.find_or_add(store), now_ms)
            return merge

        return await self._transactions.write(reject, now_ms)

    async def undo(
        self, account: int, maintainer: ActingAccount, now_ms: int
    ) -> tuple[int, ...]:
        """Undo the links of an account that merges made; return the accounts cut off.

        What a person proved by a code is theirs to undo.

        Raises
        ------
        IdentityRefusedError
            If there is no such link.
        """

        def undo(store: LinkStore) -> tuple[int, ...]:
            by = maintainer.find_or_add(store)
            links = store.current_links()
            proved = {pair for pair, text in links.items() if text == BY_CODE}
            own = set(accounts_of(person_by_account(proved), account))
            cut = [pair for pair in links if pair not in proved and own & set(pair)]
            if not cut:
                raise IdentityRefusedError(
                    "This account is linked to none by a merge. What somebody proved by a code "
                    "only they can undo (me unlink)."
                )
            store.unlink(cut, f"unmerged by account {by}", now_ms)
            return tuple(sorted({number for pair in cut for number in pair} - own))

        return await self._transactions.write(undo, now_ms)


def _get_open(store: LinkStore, number: int) -> MergeProposal:
    merge = store.proposal(number)
    if merge is None:
        raise IdentityRefusedError(f"There is no merge {number}.")
    if merge.state != "open":
        raise IdentityRefusedError(f"Merge {number} is {merge.state} already.")
    return merge
