"""What to call entries, and the people who have a share in them."""

from collections.abc import Iterable, Mapping
from typing import Final

from bot.commands.kit.names import join_names, person_name
from bot.community.communities import Community
from bot.services.entries.entries import Entry
from bot.services.entries.entry_types import MANUAL, EntryType, entry_number

_ERASED: Final = "(erased)"


def person_names(community: Community, accounts: Iterable[int]) -> str:
    """Return people in one phrase: "Ada, Grace and Linus"."""
    return join_names([person_name(community, account) for account in accounts])


def names_with_shares(community: Community, shares: Mapping[int, int]) -> str:
    """Return people with their shares; without them, where all shares are equal."""
    if len(set(shares.values())) == 1:
        return person_names(community, shares)
    return ", ".join(
        f"{person_name(community, account)} {share}" for account, share in shares.items()
    )


def entry_title(entry: Entry) -> str:
    """Return the title of an entry, or that it was erased."""
    return entry.title or _ERASED


def entry_label(community: Community, contribution: int) -> str | None:
    """Return what to call a contribution that was entered by hand: what it is and its title.

    Parameters
    ----------
    contribution
        Its number in the log.

    Returns
    -------
    str or None
        None if it is from another source.
    """
    directory = community.directory
    if directory.contribution_source(contribution) != MANUAL:
        return None
    id_ = directory.contribution(contribution)
    is_erased = all(entry_number(id_, entry_type) is None for entry_type in EntryType)
    label = "something erased" if is_erased else id_.replace(":", " ")
    described = directory.description(contribution)
    return label if described is None else f"{label}: “{described.title}”"
