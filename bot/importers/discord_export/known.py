"""What the log knows of a message and as of when, so that an older export overrules nothing.

What is said of reactions is as new as the export, or as the moment at which the bot saw it.
Whether somebody is mentioned depends on the text, so there the newer edit counts.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.sources.discord.emoji import emoji_key
from cred.facts.events import Event, Kind, Provenance
from storage.log.batch import Statement


@dataclass(frozen=True, slots=True)
class ListedReaction:
    """Who reacted with an emoji, as an export says."""

    emoji: str
    """As it is recorded."""
    accounts: tuple[str, ...]
    """In the export's order, without deleted accounts."""
    deleted: frozenset[str]
    is_whole: bool
    """Nobody else reacted with it."""


class KnownMessage:
    """A message, as the log has it.

    Parameters
    ----------
    events
        The log's events about it, in the log's order.
    statements
        As of when all of it was told.
    """

    def __init__(
        self, events: Iterable[Event] = (), statements: Iterable[Statement] = ()
    ) -> None:
        self.version_ms = -1
        """When the text was last edited; 0: never; -1: nothing is known of it."""
        self.deleted_ms: int | None = None
        """As of when it is deleted; None: it is not."""
        self._mentions: dict[str, tuple[int, int]] = {}
        """By account: how often, and since which edit."""
        self._reactions: dict[str, dict[tuple[str, str], tuple[bool, int]]] = {}
        """By emoji's key, then by account and text: whether it is there, and as of when."""
        self._statements = list(statements)
        for event in events:
            self._add(event)

    def _add(self, event: Event) -> None:
        if event.kind is Kind.POSTED:
            self.version_ms = max(self.version_ms, 0)
            if event.provenance is Provenance.BACKFILL:  # with all reactions
                self._statements.append(Statement(event.seen_ms))
        elif event.kind is Kind.EDITED:
            self.version_ms = max(self.version_ms, event.at_ms)
        elif event.kind in {Kind.DELETED, Kind.RESTORED}:
            self.deleted_ms = event.seen_ms if event.kind is Kind.DELETED else None
        elif event.kind is Kind.MENTIONED and event.object is not None:
            self._mentions[event.object] = event.value, event.at_ms
        elif event.kind in {Kind.REACTED, Kind.UNREACTED} and event.actor is not None:
            text = event.text or ""
            states = self._reactions.setdefault(emoji_key(text), {})
            states[event.actor, text] = event.kind is Kind.REACTED, event.seen_ms

    def changed_mentions(
        self,
        counts: Mapping[str, int],
        also: frozenset[str],
        version_ms: int,
        *,
        all_named: bool,
    ) -> dict[str, int]:
        """Return how often accounts are mentioned, where an export knows better.

        Parameters
        ----------
        counts
            How often the export says they are, at least: it may not have the text as written.
        also
            Accounts that may be mentioned.
        version_ms
            When its text was last edited; 0: never.
        all_named
            Whether nobody else is mentioned.
        """
        if version_ms < self.version_ms:
            return {}
        changed: dict[str, int] = {}
        for account, count in counts.items():
            before, since_ms = self._mentions.get(account, (0, -1))
            is_ended = before == 0 and since_ms >= version_ms
            if version_ms > self.version_ms or (count > before and not is_ended):
                changed[account] = count
        if all_named:
            for account, (count, since_ms) in self._mentions.items():
                is_named = account in counts or account in also
                if count and not is_named and since_ms < version_ms:
                    changed[account] = 0
        return changed

    def changed_reactions(
        self, listed: Sequence[ListedReaction], told_ms: int, *, all_named: bool
    ) -> tuple[list[tuple[Kind, str, str]], int]:
        """Return what an export knows better of who reacted, and how often it knows less.

        Parameters
        ----------
        listed
            Who reacted, by emoji, each emoji once.
        told_ms
            As of when.
        all_named
            Whether nobody reacted with any other emoji.

        Returns
        -------
        list of (kind, account, emoji), int
            The reactions that were given or taken back; and how many that the export names
            were taken back since.
        """
        changed: list[tuple[Kind, str, str]] = []
        taken_back = 0
        for reaction in listed:
            key = emoji_key(reaction.emoji)
            states = self._reactions.get(key, {})
            there = {account for (account, _), (is_there, _) in states.items() if is_there}
            is_older = self._told_ms(key) > told_ms
            for account in reaction.accounts:
                if account in there:
                    continue
                ended_ms = [ms for (who, _), (_, ms) in states.items() if who == account]
                if is_older or max(ended_ms, default=-1) >= told_ms:
                    taken_back += 1
                    continue
                texts = sorted(text for who, text in states if who == account)
                changed.append((Kind.REACTED, account, texts[0] if texts else reaction.emoji))
            if reaction.is_whole:
                named = reaction.deleted.union(reaction.accounts)
                changed += self._end_reactions(key, named, told_ms)
        if all_named:
            for key in self._reactions.keys() - {emoji_key(found.emoji) for found in listed}:
                changed += self._end_reactions(key, frozenset(), told_ms)
        return changed, taken_back

    def _end_reactions(
        self, key: str, named: frozenset[str], told_ms: int
    ) -> Iterator[tuple[Kind, str, str]]:
        """Yield the end of the reactions with an emoji of those who are not named."""
        if self._told_ms(key) > told_ms:
            return
        states = self._reactions.get(key, {})
        for (account, text), (is_there, since_ms) in sorted(states.items()):
            if is_there and account not in named and since_ms < told_ms:
                yield Kind.UNREACTED, account, text

    def _told_ms(self, key: str) -> int:
        """Return as of when it is known who reacted with an emoji, and who did not."""
        return max(
            (told.at_ms for told in self._statements if key not in told.besides), default=-1
        )
