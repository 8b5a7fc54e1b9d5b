"""Events that concern somebody are theirs and those about what is theirs, and are whole."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cred.facts.concerning import concerning
from cred.facts.events import MISSING, EventColumns, Kind
from tests.laws import examples

ADA, BEN, CAT = 1, 2, 3


def columns(*rows: tuple[Kind, int, int, int]) -> EventColumns:
    """Return events of kind, actor, target and object."""
    return EventColumns.from_rows(
        [
            (seq, kind, 1, actor, target, object_, MISSING, MISSING, 0, 0)
            for seq, (kind, actor, target, object_) in enumerate(rows, 1)
        ]
    )


def test_ones_own_acts_and_what_others_did_with_ones_work_concern_one() -> None:
    events = columns(
        (Kind.POSTED, ADA, 10, MISSING),  # theirs
        (Kind.POSTED, BEN, 20, MISSING),
        (Kind.REACTED, BEN, 10, MISSING),  # to theirs
        (Kind.REACTED, ADA, 20, MISSING),  # by them, so 20 is needed, too
        (Kind.REACTED, CAT, 20, MISSING),
        (Kind.POSTED, CAT, 30, MISSING),  # the reply
        (Kind.REPLIED, CAT, 30, 10),
        (Kind.POSTED, CAT, 40, MISSING),
        (Kind.MENTIONED, CAT, 40, ADA),
        (Kind.REPLIED, BEN, 50, 20),
        (Kind.MENTIONED, BEN, 50, 10),  # the account 10, not the message
        (Kind.JOINED, CAT, MISSING, MISSING),
    )

    mask = concerning(events, [ADA])

    assert mask.tolist() == [
        True, True, True, True, False, True, True, True, True, False, False, True,
    ]  # fmt: skip


def test_work_that_one_is_credited_with_or_was_handed_is_ones_own() -> None:
    events = columns(
        (Kind.POSTED, BEN, 10, MISSING),
        (Kind.CREDITED, BEN, 10, ADA),
        (Kind.STATUS_CHANGED, CAT, 10, MISSING),
        (Kind.POSTED, BEN, 20, MISSING),
        (Kind.AUTHORED, ADA, 20, MISSING),
        (Kind.REACTED, CAT, 20, MISSING),
        (Kind.REACTED, CAT, 30, MISSING),
    )

    assert concerning(events, [ADA]).tolist() == [True] * 6 + [False]


ROWS = st.lists(
    st.tuples(
        st.sampled_from(Kind), st.integers(1, 4), st.integers(10, 14), st.integers(1, 14)
    ),
    max_size=20,
)


@given(ROWS, st.sets(st.integers(1, 4)))
@settings(max_examples=examples(100))
def test_what_concerns_several_is_what_concerns_any_of_them_at_least(
    rows: list[tuple[Kind, int, int, int]], accounts: set[int]
) -> None:
    events = columns(*rows)

    mask = concerning(events, accounts)

    each = [concerning(events, [account]) for account in accounts]
    assert (
        mask.tolist() == np.logical_or.reduce([concerning(events, []), *each], axis=0).tolist()
    )
    own = np.isin(events.actor, [*accounts])
    assert mask[own].all()
