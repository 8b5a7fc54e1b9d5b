"""Our cred of an instance beside the cred that it published, and why they differ."""

from bot.importers.sourcecred.comparison.cred_comparison import (
    CredComparison,
    ParticipantComparison,
    compare,
)
from bot.importers.sourcecred.comparison.ranking import rank_instance

__all__ = ("CredComparison", "ParticipantComparison", "compare", "rank_instance")
