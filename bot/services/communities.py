"""Communities: each one SQLite file, opened when first heard of.

Growing: see the classes.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.services.community_settings import CommunitySettings
    from bot.services.scoring import Scoring
    from storage.cursors import Cursors
    from storage.database import Database
    from storage.directory import Names
    from storage.events import EventLog
    from storage.gaps import Gaps


@dataclass(frozen=True, slots=True)
class Community:
    """One community and its parts; everything of it is in its one file."""

    slug: str
    """"discord-<guild id>": the file's name without ".db"."""
    name: str
    database: "Database"
    log: "EventLog"
    names: "Names"
    settings: "CommunitySettings"
    scoring: "Scoring"
    """`scoring.standing` is the latest `Standing`, or None before the first."""
    cursors: "Cursors"
    gaps: "Gaps"
