"""Which events concern some accounts: what they did, and what was done with what is theirs."""

from collections.abc import Collection, Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cred.facts.events import (
    AUTHOR,
    CHAMPION,
    CREDIT,
    FAMILIES,
    LINK,
    MEMBER,
    PLACE,
    POST,
    ROLES,
    EventColumns,
    Family,
    Numbers,
    ObjectType,
)

_CIRCUMSTANCES: Final = (MEMBER, ROLES, PLACE, LINK)
"""Families that say nothing of contributions, but decide what other events weigh."""


def concerning(events: EventColumns, accounts: Collection[int]) -> NDArray[np.bool_]:
    """Return which events concern some accounts, shape (events,).

    Those are the events that they caused; those about what they posted, are credited with or
    champion; those that name them or refer to what is theirs; and, so that these are whole, the
    other events about the same contributions that make them what they are. Circumstances
    (members, roles, places, links) count as concerning everybody.

    Parameters
    ----------
    events
        In the order of the log.
    accounts
        Numbers of accounts.
    """
    theirs = _contributions(events, accounts)
    names_account = _of(events, _with_object(ObjectType.ACCOUNT))
    names_contribution = _of(events, _with_object(ObjectType.CONTRIBUTION))
    mask = np.isin(events.actor, [*accounts])
    mask |= np.isin(events.target, theirs)
    mask |= names_account & np.isin(events.object, [*accounts])
    mask |= names_contribution & np.isin(events.object, theirs)
    # A reply that is counted has to have been posted.
    touched = np.unique(events.target[mask & (events.target >= 0)])
    mask |= _of(events, (POST, AUTHOR)) & np.isin(events.target, touched)
    mask |= _of(events, _CIRCUMSTANCES)
    return mask


def _contributions(events: EventColumns, accounts: Collection[int]) -> Numbers:
    """Return the contributions that are those accounts' at any time."""
    by_actor = _of(events, (POST, AUTHOR)) & np.isin(events.actor, [*accounts])
    by_object = _of(events, (CREDIT, CHAMPION)) & np.isin(events.object, [*accounts])
    theirs: Numbers = np.unique(events.target[by_actor | by_object])
    return theirs


def _with_object(type_: ObjectType) -> Iterable[Family]:
    return [family for family in FAMILIES if family.object_type is type_]


def _of(events: EventColumns, families: Iterable[Family]) -> NDArray[np.bool_]:
    return np.isin(events.kind, [kind for family in families for kind in family.kinds])
