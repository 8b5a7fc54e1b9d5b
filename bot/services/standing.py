"""How everybody stands: scores at one moment, with what is needed to ask about them.

Immutable; a recompute makes a new one and swaps it in, so a reader never sees half of each.
"""

from dataclasses import dataclass

from cred.credrank import Ranking
from storage.scores import ScoreSnapshot


@dataclass(frozen=True, slots=True)
class Standing:
    """The latest scores of a community.

    Participants of this version are accounts: a participant's id is its account number as
    text ("17"); linking accounts comes later and keeps the form.
    """

    snapshot: ScoreSnapshot
    ranking: Ranking | None
    """The computation itself, for explanations; None from a restart to the first recompute."""

    def index_of(self, participant: str) -> int | None:
        """Return the row of a participant in the scores; None where it has none."""
        try:
            return self.snapshot.participants.index(participant)
        except ValueError:
            return None
