"""How everybody stands: scores at one moment, with what is needed to ask about them.

Immutable; a recompute makes a new one and swaps it in, so a reader never sees half of each.
"""

from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cred.credrank import Ranking
from storage.scores import ScoreSnapshot


@dataclass(frozen=True, slots=True)
class Rank:
    """Where somebody is among the others."""

    rank: int
    """1 for the most cred; equal cred shares a rank."""
    of: int
    """How many have a rank: everybody shown who has any cred."""


@dataclass(frozen=True, slots=True)
class BoardLine:
    """One line of a board."""

    participant: str
    cred: float
    share: float
    """Of all cred of the weeks, those left out included."""
    rank: int


@dataclass(frozen=True, slots=True, eq=False)
class Board:
    """Everybody shown who has cred in some weeks, most first."""

    participants: tuple[str, ...]
    """In the order of the board."""
    cred: NDArray[np.float64]
    ranks: NDArray[np.int64]
    """Ascending from 1; equal cred shares a rank."""
    total: float
    """All cred of the weeks, those left out included."""
    left_out: int
    """How many have cred but are not shown."""
    left_out_share: float
    """Of the total."""

    def __len__(self) -> int:
        return len(self.participants)

    def lines(self, first: int, stop: int) -> tuple[BoardLine, ...]:
        """Return some of its lines, counted from 0."""
        return tuple(self._line(at) for at in range(first, min(stop, len(self))))

    def line_of(self, participant: str) -> BoardLine | None:
        """Return somebody's line, if they have one."""
        if participant not in self.participants:
            return None
        return self._line(self.participants.index(participant))

    def _line(self, at: int) -> BoardLine:
        cred = float(self.cred[at])
        return BoardLine(self.participants[at], cred, cred / self.total, int(self.ranks[at]))


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class CommunityScores:
    """The scores of a community, as a recompute left them.

    A participant is a person: one account, or several that are linked. The id is the least
    number of the accounts, as text ("17"). Weeks are given as slices of
    the snapshot's epochs (`cred.periods.Period.weeks`).
    """

    snapshot: ScoreSnapshot
    """What was kept of the recompute."""
    ranking: Ranking | None
    """That computation itself, for explanations; None from a restart to the first recompute."""
    _rows: dict[str, int] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._rows.update((one, row) for row, one in enumerate(self.participants))

    @property
    def participants(self) -> tuple[str, ...]:
        """Ids of all participants; rows of the scores are in this order."""
        return self.snapshot.participants

    @property
    def starts_ms(self) -> NDArray[np.int64]:
        """First moments of the weeks scored, consecutive and ascending."""
        return self.snapshot.epoch_starts_ms

    @property
    def end_ms(self) -> int:
        """First moment after the last week scored."""
        return self.snapshot.epoch_end_ms

    @property
    def cred(self) -> NDArray[np.float64]:
        """Everybody's cred, shape (participants, weeks)."""
        return self.snapshot.cred

    @property
    def events(self) -> int:
        """Position in the log up to which events are counted."""
        return self.snapshot.log_position

    @property
    def computed_ms(self) -> int:
        """When the scores were made."""
        return self.snapshot.computed_ms

    @property
    def settings_version(self) -> int:
        """Version of the settings, weights among them, that the scores were made with."""
        return self.snapshot.settings_version

    def index_of(self, participant: str) -> int | None:
        """Return the row of a participant in the scores; None where it has none."""
        return self._rows.get(participant)

    def cred_of(self, index: int, weeks: slice) -> float:
        """Return the cred of a participant's row in some weeks."""
        return float(self.cred[index, weeks].sum())

    def by_week(self, index: int, weeks: slice) -> NDArray[np.float64]:
        """Return the cred of a participant's row, week by week."""
        return self.cred[index, weeks]

    def share_of(self, index: int, weeks: slice) -> float:
        """Return a row's part of all cred of some weeks, 0 where there is none."""
        total = float(self.cred[:, weeks].sum())
        return self.cred_of(index, weeks) / total if total > 0 else 0.0

    def rank_of(self, index: int, weeks: slice, left_out: Collection[str] = ()) -> Rank | None:
        """Return where a row is among everybody not left out; None without cred."""
        cred = self.cred[:, weeks].sum(axis=1)
        ranked = (cred > 0) & self._shown(left_out)
        if not ranked[index]:
            return None
        return Rank(int((cred[ranked] > cred[index]).sum()) + 1, int(ranked.sum()))

    def board(self, weeks: slice, left_out: Collection[str] = ()) -> Board:
        """Return everybody with cred in some weeks who is not left out, most cred first.

        Equal cred is ordered by the order of participants.
        """
        cred = self.cred[:, weeks].sum(axis=1)
        total = float(cred.sum())
        shown = self._shown(left_out)
        rows = np.flatnonzero((cred > 0) & shown)
        rows = rows[np.argsort(-cred[rows], kind="stable")]
        # Of equal cred, the rank of the first: what searchsorted finds in the negatives.
        ranks = np.searchsorted(-cred[rows], -cred[rows]) + 1
        hidden = (cred > 0) & ~shown
        return Board(
            participants=tuple(self.participants[row] for row in rows.tolist()),
            cred=cred[rows],
            ranks=ranks,
            total=total,
            left_out=int(hidden.sum()),
            left_out_share=float(cred[hidden].sum()) / total if total > 0 else 0.0,
        )

    def _shown(self, left_out: Collection[str]) -> NDArray[np.bool_]:
        shown = np.ones(len(self.participants), np.bool_)
        shown[[self._rows[one] for one in left_out if one in self._rows]] = False
        return shown
