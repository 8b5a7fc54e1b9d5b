"""A community's scores, and questions about them: totals, shares, ranks, boards.

Scores are immutable. A recompute replaces them as a whole, so a reader never sees half of each.
"""

from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cred.credrank import Ranking
from storage.scores import ScoreSnapshot


@dataclass(frozen=True, slots=True)
class Rank:
    """A participant's rank among all who are shown."""

    rank: int
    """1 for the most cred; equal cred shares a rank."""
    of: int
    """Number of participants who have a rank: those shown who have any cred."""


@dataclass(frozen=True, slots=True)
class BoardLine:
    """One participant's line of a board."""

    participant: str
    cred: float
    share: float
    """Of all cred of the weeks, that of hidden participants included."""
    rank: int


@dataclass(frozen=True, slots=True, eq=False)
class Board:
    """The participants shown who have cred in some weeks, most cred first."""

    participants: tuple[str, ...]
    """In the order of the board."""
    cred: NDArray[np.float64]
    ranks: NDArray[np.int64]
    """Ascending from 1; equal cred shares a rank."""
    total: float
    """All cred of the weeks, that of hidden participants included."""
    hidden: int
    """Number of participants who have cred but are not shown."""
    hidden_share: float
    """Their share of the total."""

    def __len__(self) -> int:
        return len(self.participants)

    def lines(self, first: int, stop: int) -> tuple[BoardLine, ...]:
        """Return the lines from `first`, counted from 0, up to but without `stop`."""
        return tuple(self._line(index) for index in range(first, min(stop, len(self))))

    def line_of(self, participant: str) -> BoardLine | None:
        """Return a participant's line; None if they have none."""
        if participant not in self.participants:
            return None
        return self._line(self.participants.index(participant))

    def _line(self, index: int) -> BoardLine:
        cred = float(self.cred[index])
        return BoardLine(
            self.participants[index], cred, cred / self.total, int(self.ranks[index])
        )


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class CommunityScores:
    """The scores of a community as one recompute made them.

    A participant is a person: one account, or several that are linked. Its id is the least
    number of the accounts, as text ("17"). Weeks are given as slices of the snapshot's epochs
    (`cred.periods.Period.weeks`).
    """

    snapshot: ScoreSnapshot
    """What the recompute saved."""
    ranking: Ranking | None
    """The computation itself, for explanations; None from a start to the first recompute, and
    where nothing mints."""
    _rows: dict[str, int] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._rows.update(
            (participant, row) for row, participant in enumerate(self.participants)
        )

    @property
    def awaits_ranking(self) -> bool:
        """Whether it can be explained only after the next recompute."""
        return self.ranking is None and self.snapshot.total_mint > 0

    @property
    def participants(self) -> tuple[str, ...]:
        """Ids of all participants, in the order of the rows of `cred`."""
        return self.snapshot.participants

    @property
    def starts_ms(self) -> NDArray[np.int64]:
        """Starts of the weeks scored, consecutive and ascending."""
        return self.snapshot.epoch_starts_ms

    @property
    def end_ms(self) -> int:
        """End of the last week scored, exclusive."""
        return self.snapshot.epoch_end_ms

    @property
    def cred(self) -> NDArray[np.float64]:
        """Cred of every participant in every week, shape (participants, weeks)."""
        return self.snapshot.cred

    @property
    def events(self) -> int:
        """Position in the log up to which events count."""
        return self.snapshot.log_position

    @property
    def computed_ms(self) -> int:
        """When the scores were computed."""
        return self.snapshot.computed_ms

    @property
    def settings_version(self) -> int:
        """Version of the settings, weights included, behind the scores."""
        return self.snapshot.settings_version

    def index_of(self, participant: str) -> int | None:
        """Return a participant's row; None if they have no scores."""
        return self._rows.get(participant)

    def cred_of(self, index: int, weeks: slice) -> float:
        """Return a row's cred in some weeks."""
        return float(self.cred[index, weeks].sum())

    def by_week(self, index: int, weeks: slice) -> NDArray[np.float64]:
        """Return a row's cred in each of some weeks."""
        return self.cred[index, weeks]

    def share_of(self, index: int, weeks: slice) -> float:
        """Return a row's share of all cred of some weeks; 0 if there is no cred."""
        total = float(self.cred[:, weeks].sum())
        return self.cred_of(index, weeks) / total if total > 0 else 0.0

    def rank_of(self, index: int, weeks: slice, hidden: Collection[str] = ()) -> Rank | None:
        """Return a row's rank among those not hidden; None if it is hidden or has no cred."""
        cred = self.cred[:, weeks].sum(axis=1)
        ranked = (cred > 0) & self._shown_rows(hidden)
        if not ranked[index]:
            return None
        return Rank(int((cred[ranked] > cred[index]).sum()) + 1, int(ranked.sum()))

    def board(self, weeks: slice, hidden: Collection[str] = ()) -> Board:
        """Return the board of some weeks, without hidden participants.

        Participants with equal cred keep the order that they have in `participants`.
        """
        cred = self.cred[:, weeks].sum(axis=1)
        total = float(cred.sum())
        shown = self._shown_rows(hidden)
        rows = np.flatnonzero((cred > 0) & shown)
        rows = rows[np.argsort(-cred[rows], kind="stable")]
        # The rank of equal cred is that of its first row, which searchsorted finds.
        ranks = np.searchsorted(-cred[rows], -cred[rows]) + 1
        not_shown = (cred > 0) & ~shown
        return Board(
            participants=tuple(self.participants[row] for row in rows.tolist()),
            cred=cred[rows],
            ranks=ranks,
            total=total,
            hidden=int(not_shown.sum()),
            hidden_share=float(cred[not_shown].sum()) / total if total > 0 else 0.0,
        )

    def _shown_rows(self, hidden: Collection[str]) -> NDArray[np.bool_]:
        shown = np.ones(len(self.participants), np.bool_)
        shown[[self._rows[who] for who in hidden if who in self._rows]] = False
        return shown
