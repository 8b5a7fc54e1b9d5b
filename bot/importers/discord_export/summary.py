"""What an import did and what it left out, as counts and as sentences."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Summary:
    """Counts over all files of one import."""

    files: int = 0
    """Files read, at least in part."""
    done_before: int = 0
    """Files that were imported completely before."""
    messages: int = 0
    """Messages that somebody wrote."""
    passed_over: int = 0
    """Messages that an earlier, interrupted import had recorded."""
    new: int = 0
    """Events that the log did not have."""
    known: int = 0
    """Events that the log had."""
    opted_out: int = 0
    """Events left out because somebody in them has opted out."""
    system: int = 0
    """Messages that nobody wrote: joins, pins, boosts."""
    nobodys: int = 0
    """Messages of people who deleted their account; they are recorded as nobody's."""
    unnamed: int = 0
    """Reactions whose reactors the export does not name."""
    nobodys_reactions: int = 0
    """Reactions of people who deleted their account."""
    taken_back: int = 0
    """Reactions that were taken back after the export, as the log or a newer export has it."""
    too_old: int = 0
    """Messages before the community's history starts."""
    unreadable: int = 0
    """Entries that are not messages."""
    odd_parts: int = 0
    """Parts of messages (a mention, a reactor, the time of an edit) that cannot be read."""
    excluded: int = 0
    """Files of channels that the community leaves out."""
    attachments: int = 0
    """Files that people attached to exported messages."""
    communities: set[str] = field(default_factory=set)
    """Slugs of the communities that the files belong to."""
    problems: list[str] = field(default_factory=list)
    """One sentence for each file that failed or broke off."""

    def lines(self) -> list[str]:
        """Return the counts as sentences, successes first, without those that are 0."""
        again = ""
        if self.done_before:
            were = "was" if self.done_before == 1 else "were"
            again = f" ({self.done_before:,} more {were} imported before)"
        messages, files = _pluralize(self.messages, "message"), _pluralize(self.files, "file")
        found = [f"{messages} in {files}{again}: {_pluralize(self.new, 'new event')}."]
        for count, noun, rest in (
            (self.known, "event", " known already."),
            (self.passed_over, "message", " kept by an interrupted import before."),
            (self.unnamed, "reaction", " left out: the export does not name who reacted."),
            (self.nobodys, "message", " of deleted accounts kept as nobody's."),
            (self.nobodys_reactions, "reaction", " of deleted accounts left out."),
            (self.taken_back, "reaction", " left out: something newer lacks them."),
            (self.system, "message", " left out: Discord's own words (joins, pins)."),
            (self.too_old, "message", " left out: before the start of the history."),
            (self.opted_out, "event", " left out: of people who opted out or were erased."),
            (self.unreadable, "odd entry", " left out: no messages that can be kept."),
            (self.odd_parts, "odd part", " of messages left out; the rest of them is kept."),
            (self.excluded, "file", " left out: of channels that the community leaves out."),
            (self.attachments, "file", " left out: attached to messages, no export."),
        ):
            if count:
                found.append(_pluralize(count, noun) + rest)
        return found


def _pluralize(count: int, noun: str) -> str:
    """Return a count with its noun."""
    if count == 1:
        return f"1 {noun}"
    return f"{count:,} {noun[:-1]}ies" if noun.endswith("y") else f"{count:,} {noun}s"
