"""Turns the messages of an export into batches, as far as the log does not know better."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from bot.importers.discord_export import payload
from bot.importers.discord_export.known import KnownMessage, ListedReaction
from bot.importers.discord_export.log_state import KnownPlace, LogState
from bot.importers.discord_export.place import ExportedPlace
from bot.importers.discord_export.summary import Summary
from bot.sources.discord import parse
from bot.sources.discord.declaration import NAME
from bot.sources.discord.emoji import emoji_key
from bot.sources.discord.message_parts import MessageParts, read_count, read_emoji, read_parts
from bot.sources.discord.parse import MALFORMED, Observation
from bot.sources.discord.people import (
    SHARED_ACCOUNT,
    is_deleted_account,
    is_id,
    read_name,
)
from cred.facts.events import Event, Kind, Provenance
from storage.log.batch import Account, Batch, Place, Statement


@dataclass(slots=True)
class _Reactions:
    """What a message of an export says of its reactions."""

    listed: dict[str, ListedReaction] = field(default_factory=dict)
    """By the emoji's key."""
    all_named: bool = False
    """Nobody reacted with any other emoji."""
    accounts: list[Account] = field(default_factory=list)
    unnamed: int = 0
    of_deleted: int = 0
    odd: int = 0


class MessageParser:
    """Turns the messages of one file into batches.

    Parameters
    ----------
    place
        Where the messages are.
    log_state
        What the log knows better than the export.
    history_start_ms
        Earlier messages do not count; None: all do.
    now_ms
        When the import runs. What an export says is as of when it was made, and seen then.
    summary
        Counts what is read and what is left out.
    """

    def __init__(
        self,
        place: ExportedPlace,
        log_state: LogState,
        history_start_ms: int | None,
        *,
        now_ms: int,
        summary: Summary,
    ) -> None:
        self._place = place
        self._log_state = log_state
        self._history_start_ms = history_start_ms
        self._summary = summary
        self._now_ms = now_ms
        self._accounts: dict[str, Account] = {}

    def parse(
        self,
        messages: Sequence[dict[str, Any]],
        known: Mapping[str, KnownMessage],
        *,
        with_place: bool,
    ) -> list[Batch]:
        """Return a batch for each message that can be read, and one for the place.

        `known` is what the log has of those messages that it has.
        """
        parts = [self._parse_place()] if with_place else []
        known = dict(known)
        for data in messages:
            try:
                id_ = str(data["id"])
                parts.append(self._parse_message(data, known.get(id_, KnownMessage())))
            except MALFORMED:
                self._summary.unreadable += 1
        return parts

    def merge(self, parts: Sequence[Batch]) -> Batch:
        """Return batches as one, without descriptions of accounts that were given before."""
        whole = parse.merge_batches(parts)
        news = [
            account for account in whole.accounts if self._accounts.get(account.id) != account
        ]
        self._accounts |= {account.id: account for account in news}
        return replace(whole, accounts=tuple(news))

    def _told_ms(self, earliest_ms: int) -> int:
        """Return as of when the export says something, which it knew at `earliest_ms`."""
        return min(max(earliest_ms, self._place.exported_ms or 0), self._now_ms)

    def _parse_place(self) -> Batch:
        """Return the place, and what it is in, unless the log knows better."""
        channel, parent = self._place.channel, self._place.parent
        id_, parents = channel["id"], self._log_state.parents
        if not self._place.tells_parent:
            channel = {**channel, "parent_id": parents.get(id_)}
        told_ms = self._told_ms(parse.moment_ms(id_))
        observation = Observation(Provenance.IMPORT, told_ms)
        described = parse.place(channel, observation)
        around = Batch()
        if parent is not None and parent["name"]:
            around = self._parse_parent(parent, told_ms)
        known = self._log_state.places.get(id_, KnownPlace(-1, 0))
        described = replace(described, places=self._news(described.places))
        if known.told_ms >= told_ms:
            return parse.merge_batches([around, replace(described, events=())])
        self._log_state.places[id_] = KnownPlace(told_ms, known.flags)
        parents[id_] = channel["parent_id"]
        # The export does not say whether it is safe for work.
        events = tuple(replace(event, value=known.flags) for event in described.events)
        return parse.merge_batches([around, replace(described, events=events)])

    def _parse_parent(self, parent: dict[str, Any], told_ms: int) -> Batch:
        kind = parse.PLACE_TYPES.get(parent["type"])
        if kind is None and parent["id"] not in self._log_state.places:
            kind = parse.PLACE_TYPES[0]  # a thread's channel; most have text
        described = Place(NAME, parent["id"], parent["name"], kind, told_ms)
        return Batch(places=self._news((described,)))

    def _news(self, places: tuple[Place, ...]) -> tuple[Place, ...]:
        """Return the descriptions of places that no newer export gave."""
        names_ms = self._log_state.names_ms
        found = tuple(
            place for place in places if (place.told_ms or 0) >= names_ms.get(place.id, -1)
        )
        names_ms |= {place.id: place.told_ms or 0 for place in found}
        return found

    def _parse_message(self, data: dict[str, Any], known: KnownMessage) -> Batch:
        sent, author = payload.message(data, self._place.channel["id"]), data["author"]
        target, summary = sent["id"], self._summary
        posted_ms = parse.moment_ms(target)
        if self._history_start_ms is not None and posted_ms < self._history_start_ms:
            summary.too_old += 1
            return Batch()
        message_parts = read_parts(sent, self._now_ms)
        told_ms = self._told_ms(max(posted_ms, message_parts.edited_ms or 0))
        observation = Observation(Provenance.IMPORT, told_ms)
        batch = parse.message(sent, observation, message_parts)
        if not batch.events:
            summary.system += 1
            return Batch()
        reactions = self._read_reactions(data.get("reactions"), observation)
        events, taken_back = self._events(
            sent, batch, message_parts, known, reactions, observation
        )
        roles, odd_roles = self._parse_roles(
            [author, *(data["mentions"] if isinstance(data.get("mentions"), list) else ())],
            observation,
        )
        # Counted only now: a message that turns out to be unreadable counts as that alone.
        summary.messages += 1
        summary.odd_parts += len(message_parts.odd) + reactions.odd + odd_roles
        summary.unnamed += reactions.unnamed
        summary.nobodys_reactions += reactions.of_deleted
        summary.taken_back += taken_back
        summary.nobodys += is_deleted_account(sent["author"])
        statements = {}
        if reactions.all_named:
            besides = (key for key, found in reactions.listed.items() if not found.is_whole)
            statements[NAME, target] = Statement(told_ms, frozenset(besides))
        return Batch(
            (*events, *roles),
            (*batch.accounts, *reactions.accounts),
            statements=statements,
        )

    def _events(
        self,
        sent: dict[str, Any],
        batch: Batch,
        parts: MessageParts,
        known: KnownMessage,
        reactions: _Reactions,
        observation: Observation,
    ) -> tuple[list[Event], int]:
        """Return the events of a message, and how many of its reactions ended since."""
        target, place = sent["id"], sent["channel_id"]
        events = [event for event in batch.events if event.kind is not Kind.MENTIONED]
        mentioned = known.changed_mentions(
            parse.mention_counts(sent, parts),
            parts.mentions_also,
            parts.edited_ms or 0,
            all_named=parts.names_all_mentioned,
        )
        events += (
            parse.mention(sent, account, count, parts, observation)
            for account, count in mentioned.items()
        )
        if known.deleted_ms is not None and known.deleted_ms < observation.seen_ms:
            events.append(parse.deletion(target, place, observation, back=True))
        changed, taken_back = known.changed_reactions(
            list(reactions.listed.values()),
            observation.seen_ms,
            all_named=reactions.all_named,
        )
        events += (
            parse.reaction(kind, account, target, place, emoji, observation)
            for kind, account, emoji in changed
        )
        return events, taken_back

    def _parse_roles(
        self, people: Sequence[Any], observation: Observation
    ) -> tuple[list[Event], int]:
        """Return people's roles where the log's are not newer, and how many are odd."""
        events: list[Event] = []
        odd = 0
        known, told_ms = self._log_state.roles_ms, observation.seen_ms
        for person in people:
            if not _is_somebody(person):
                continue
            roles, odd_roles = payload.roles(person)
            odd += odd_roles
            account = str(person["id"])
            if odd_roles and account in known:
                continue  # A list that is not whole takes no role away.
            if roles is not None and known.get(account, -1) < told_ms:
                known[account] = told_ms
                events.append(parse.roles_changed(account, roles, observation, is_guess=True))
        return events, odd

    def _read_reactions(self, value: object, observation: Observation) -> _Reactions:
        """Return the reactions of a message; an odd one costs only itself."""
        found = _Reactions(all_named=isinstance(value, list))
        if value is not None and not isinstance(value, list):
            found.odd += 1
        for reaction in value if isinstance(value, list) else ():
            try:
                emoji = read_emoji(payload.emoji(reaction["emoji"]))
            except MALFORMED:
                found.odd += 1
                found.all_named = False
                continue
            listed = self._read_reactors(reaction, emoji, observation, found)
            key = emoji_key(emoji)
            found.listed[key] = _join_lists(found.listed.get(key), listed)
        return found

    def _read_reactors(
        self,
        reaction: Mapping[str, Any],
        emoji: str,
        observation: Observation,
        found: _Reactions,
    ) -> ListedReaction:
        odd: list[str] = []
        count = read_count(reaction.get("count"), odd)
        users = reaction.get("users")
        accounts: dict[str, None] = {}
        deleted: set[str] = set()
        for user in users if isinstance(users, list) else ():
            try:
                sent = payload.user(user)
                if is_deleted_account(sent):
                    deleted.add(sent["id"])
                    found.of_deleted += 1
                    continue
                nick = read_name(user.get("nickname"))
                found.accounts.append(parse.account(sent, observation, nick=nick))
                accounts[sent["id"]] = None
            except MALFORMED:
                odd.append("reactor")
        named = len(users) if isinstance(users, list) else 0
        found.unnamed += max((count or 0) - named, 0)
        found.odd += len(odd)
        is_whole = not odd and count is not None and named >= count
        return ListedReaction(
            emoji,
            tuple(accounts),
            frozenset(deleted),
            is_whole and SHARED_ACCOUNT not in deleted,
        )


def _join_lists(first: ListedReaction | None, second: ListedReaction) -> ListedReaction:
    """Return one emoji's reactions that were listed twice, in two spellings."""
    if first is None:
        return second
    return ListedReaction(
        first.emoji,
        tuple(dict.fromkeys(first.accounts + second.accounts)),
        first.deleted | second.deleted,
        first.is_whole and second.is_whole,
    )


def _is_somebody(person: object) -> bool:
    """Tell whether an author or somebody mentioned has an account of their own."""
    if not isinstance(person, Mapping) or not is_id(str(person.get("id"))):
        return False
    return not is_deleted_account(payload.user(person))


def message_ids(messages: Sequence[object]) -> Iterator[str]:
    """Yield the ids of those messages that have one."""
    for data in messages:
        if isinstance(data, Mapping) and is_id(str(data.get("id"))):
            yield str(data["id"])
