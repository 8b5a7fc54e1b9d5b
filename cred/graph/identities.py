"""Which nodes are the same person: accounts become participants.

The platform's accounts stay nodes; the chain sees all nodes of a participant as one. So
linking two accounts, and undoing it, changes a column and no graph.
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
    """Everybody cred can flow to."""

    ids: tuple[str, ...]
    """In the order of every result. Somebody without any node is listed, too."""
    of_node: NDArray[np.int32]
    """Shape (n,): index into `ids` of the participant that a node stands for, or -1."""


def person_of_accounts(links: Links) -> dict[int, int]:
    """Return, of every account that is linked, its person: their account of least number.

    A chain of links is one person. Accounts without a link are not listed: each is a person of
    its own.

    >>> links = Links(account=np.array([4, 9, 5]), other=np.array([7, 4, 6]))
    >>> gathered(links)
    {4: 4, 7: 4, 9: 4, 5: 5, 6: 5}
    """
    above: dict[int, int] = {}

    def person(account: int) -> int:
        while (upper := above.setdefault(account, account)) != account:
            above[account] = above[upper]
            account = upper
        return account

    for one, other in zip(links.account.tolist(), links.other.tolist(), strict=True):
        least, most = sorted((person(one), person(other)))
        above[most] = least
    return {account: person(account) for account in above}


def links_to_separate(
    links: Links, account: int
) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Return what takes an account out of its person and leaves the others together.

    Returns
    -------
    list, list
        The links to undo, as they are stored; and links between others, which only the account
        held together.

    >>> chain = Links(account=np.array([4, 9]), other=np.array([7, 7]))
    >>> apart(chain, 7), apart(chain, 4)
    (([(4, 7), (9, 7)], [(4, 9)]), ([(4, 7)], []))
    """
    pairs = list(zip(links.account.tolist(), links.other.tolist(), strict=True))
    cut = [pair for pair in pairs if account in pair]
    left = np.array([pair for pair in pairs if account not in pair], np.int64).reshape(-1, 2)
    person = person_of_accounts(Links(account=left[:, 0], other=left[:, 1]))
    others = {one for pair in cut for one in pair} - {account}
    ends = sorted({person.get(one, one) for one in others})
    return cut, [(ends[0], end) for end in ends[1:]]


def participants_by_account(
    structure: Structure, person_of_account: Mapping[int, str]
) -> Participants:
    """Return participants by the numbers of their accounts.

    Parameters
    ----------
    structure
        Its nodes name the account that they stand for.
    person_of_account
        Participant id of each account number. The order of participants is that in which they
        first come up. Nodes of accounts that are not listed are ordinary nodes.
    """
    index: dict[str, int] = {}
    for person in person_of_account.values():
        index.setdefault(person, len(index))
    account = structure.nodes.account
    most = max([*person_of_account, int(account.max(initial=0)), 0])
    table = np.full(most + 2, -1, np.int32)  # the last one is what ABSENT (-1) finds
    for number, person in person_of_account.items():
        table[number] = index[person]
    return Participants(tuple(index), table[account])


def participants_by_address(
    structure: Structure, people: Sequence[tuple[str, Iterable[Address]]]
) -> Participants:
    """Return participants by the addresses of their nodes.

    Parameters
    ----------
    structure
        Every one of its labels is looked at.
    people
        Participant ids, each with addresses; those that are no node are ignored.

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
