"""What an import did and what it left out, counted and in words."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Summary:
    """Counts over all files of one import."""

    files: int = 0
    """Files read now, at least in part."""
    done_before: int = 0
    """Files that were imported whole already."""
    messages: int = 0
    """Messages that somebody wrote."""
    passed_over: int = 0
    """Messages that an earlier, interrupted import had kept."""
    new: int = 0
    """Events that were news."""
    known: int = 0
    """Events that the log had already."""
    opted_out: int = 0
    """Events left out because somebody in them has opted out."""
    system: int = 0
    """Messages that nobody wrote: joins, pins, boosts."""
    nobodys: int = 0
    """Messages of people who deleted their account: kept, as nobody's."""
    unnamed: int = 0
    """Reactions whose reactors the export does not name."""
    nobodys_reactions: int = 0
    """Reactions of people who deleted their account."""
    taken_back: int = 0
    """Reactions that were taken back after the export."""
    too_old: int = 0
    """Messages before the community's history starts."""
    unreadable: int = 0
    """Entries that are no messages."""
    communities: set[str] = field(default_factory=set)
    """Slugs of the communities that the files are of."""
    problems: list[str] = field(default_factory=list)
    """One sentence for each file that failed or broke off."""

    def lines(self) -> list[str]:
        """Return the counts in words, the good ones first, without those that are 0."""
        files = f"{self.files} file{'s' * (self.files != 1)}"
        again = f" ({self.done_before} more were imported before)" if self.done_before else ""
        found = [f"{self.messages:,} messages in {files}{again}: {self.new:,} new events."]
        for count, words in (
            (self.known, "events were known already."),
            (self.passed_over, "messages had been kept by an interrupted import."),
            (
                self.unnamed,
                "reactions whose reactors the export does not name were left out.",
            ),
            (self.nobodys, "messages of deleted accounts were kept as nobody's."),
            (self.nobodys_reactions, "reactions of deleted accounts were left out."),
            (self.taken_back, "reactions were taken back after the export: left out."),
            (self.system, "messages that Discord wrote itself (joins, pins) were left out."),
            (self.too_old, "messages before the start of the history were left out."),
            (self.opted_out, "events of people who opted out were left out."),
            (self.unreadable, "entries were no messages and were left out."),
        ):
            if count:
                found.append(f"{count:,} {words}")
        return found
