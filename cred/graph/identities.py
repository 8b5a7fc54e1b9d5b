"""Identities: which accounts, and so which nodes, belong to the same participant.

Accounts stay separate nodes of the graph; only the chain treats all nodes of a participant as
one. So linking two accounts, or undoing a link, changes one column and no structure.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cred.addresses import Address, format_address
from cred.errors import InvalidInputError
from cred.facts.activity import Links
from cred.graph.structure import Structure


@dataclass(frozen=True, slots=True, eq=False)
class Participants:
    """All participants, and the nodes that belong to them."""

    ids: tuple[str, ...]
    """In the order of every result. Participants without nodes are listed, too."""
    of_node: NDArray[np.int32]
    """Shape (n,): index into `ids` of the participant that a node belongs to, or -1."""


def person_of_accounts(links: Links) -> dict[int, int]:
    """Return the person of every linked account: the smallest of its account numbers.

    Links are transitive. Accounts without a link are not listed: each is a person of its own.

    >>> links = Links(account=np.array([4, 9, 5]), other=np.array([7, 4, 6]))
    >>> person_of_accounts(links)
    {4: 4, 7: 4, 9: 4, 5: 5, 6: 5}
    """
    parent: dict[int, int] = {}

    def person(account: int) -> int:
        while (above := parent.setdefault(account, account)) != account:
            parent[account] = parent[above]
            account = above
        return account

    for account, other in zip(links.account.tolist(), links.other.tolist(), strict=True):
        smaller, larger = sorted((person(account), person(other)))
        parent[larger] = smaller
    return {account: person(account) for account in parent}


def links_to_separate(
    links: Links, account: int
) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Return the changes of links that remove one account, and no other, from its person.

    Returns
    -------
    list, list
        The links to undo, as they are stored; and links to add between accounts that only this
        account connected.

    >>> chain = Links(account=np.array([4, 9]), other=np.array([7, 7]))
    >>> links_to_separate(chain, 7), links_to_separate(chain, 4)
    (([(4, 7), (9, 7)], [(4, 9)]), ([(4, 7)], []))
    """
    pairs = list(zip(links.account.tolist(), links.other.tolist(), strict=True))
    cut = [pair for pair in pairs if account in pair]
    left = np.array([pair for pair in pairs if account not in pair], np.int64).reshape(-1, 2)
    person = person_of_accounts(Links(account=left[:, 0], other=left[:, 1]))
    neighbours = {number for pair in cut for number in pair} - {account}
    people = sorted({person.get(number, number) for number in neighbours})
    return cut, [(people[0], other) for other in people[1:]]


def participants_by_account(
    structure: Structure, person_of_account: Mapping[int, str]
) -> Participants:
    """Return the participants to whom accounts belong.

    Parameters
    ----------
    structure
        Names the account that each node stands for.
    person_of_account
        Participant id of each account number. Participants are in the order in which they
        first appear. Nodes of accounts that are not listed belong to no participant.
    """
    index: dict[str, int] = {}
    for person in person_of_account.values():
        index.setdefault(person, len(index))
    account = structure.nodes.account
    largest = max([*person_of_account, int(account.max(initial=0)), 0])
    table = np.full(largest + 2, -1, np.int32)  # the last entry is what ABSENT (-1) finds
    for number, person in person_of_account.items():
        table[number] = index[person]
    return Participants(tuple(index), table[account])


def participants_by_address(
    structure: Structure, people: Sequence[tuple[str, Iterable[Address]]]
) -> Participants:
    """Return the participants to whom addresses belong.

    Parameters
    ----------
    structure
        The address of every node is looked at.
    people
        Participant ids, each with addresses; addresses that are not a node are ignored.

    Raises
    ------
    InvalidInputError
        If an id is listed twice, or an address belongs to two participants.
    """
    owner: dict[Address, int] = {}
    ids: dict[str, int] = {}
    for person, addresses in people:
        if person in ids:
            raise InvalidInputError(f"participant {person!r} is listed twice.")
        ids[person] = len(ids)
        for address in addresses:
            if owner.setdefault(address, ids[person]) != ids[person]:
                raise InvalidInputError(
                    f"{format_address(address)} belongs to two participants."
                )
    node = structure.labels.node
    count = len(structure.nodes.kind)
    of_node = np.fromiter((owner.get(node(row), -1) for row in range(count)), np.int32, count)
    return Participants(tuple(ids), of_node)
