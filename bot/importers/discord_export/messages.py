"""Turns the messages of an export into batches, as far as the log does not know better."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from bot.importers.discord_export import payload
from bot.importers.discord_export.log_state import LogState
from bot.importers.discord_export.place import ExportedPlace
from bot.importers.discord_export.summary import Summary
from bot.sources.discord import parse
from bot.sources.discord.declaration import NAME
from bot.sources.discord.emoji import emoji_text
from cred.facts.events import Event, Kind, Provenance
from storage.log.batch import Account, Batch


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
        When the events are seen.
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
        self._observation = parse.Observation(Provenance.IMPORT, now_ms)
        self._accounts: dict[str, Account] = {}
        self._exported_ms = place.exported_ms or 0

    def parse(self, messages: Sequence[dict[str, Any]], *, with_place: bool) -> list[Batch]:
        """Return a batch for each message that can be read, and one for the place."""
        parts = [self._parse_place()] if with_place else []
        for data in messages:
            try:
                parts.append(self._parse_message(data))
            except (AttributeError, KeyError, TypeError, ValueError):
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

    def _parse_place(self) -> Batch:
        """Return the place, and what it is in, unless the log knows better."""
        described = parse.place(self._place.channel, self._observation)
        parent, around = self._place.parent, Batch()
        if parent is not None and parent["name"] and self._is_news(parent["id"]):
            around = Batch(places=parse.place(parent, self._observation).places)
        if not self._is_news(self._place.channel["id"]):
            return around
        return parse.merge_batches([around, described])

    def _is_news(self, place: str) -> bool:
        known = self._log_state.places_ms
        if known.get(place, -1) >= self._exported_ms:
            return False
        known[place] = self._exported_ms
        return True

    def _parse_message(self, data: dict[str, Any]) -> Batch:
        sent = payload.message(data, self._place.channel["id"])
        target, author = sent["id"], data["author"]
        start_ms = self._history_start_ms
        if start_ms is not None and parse.moment_ms(target) < start_ms:
            self._summary.too_old += 1
            return Batch()
        batch = parse.message(sent, self._observation)
        if not batch.events:
            self._summary.system += 1
            return Batch()
        reactions = self._parse_reactions(data, target)
        self._summary.messages += 1
        if payload.is_deleted_account(author):
            self._summary.nobodys += 1
            nobody = sent["author"]["id"]
            batch = Batch(
                tuple(replace(event, actor=None) for event in batch.events),
                tuple(account for account in batch.accounts if account.id != nobody),
            )
        people = (author, *(data.get("mentions") or ()))
        roles = (
            self._parse_roles(person)
            for person in people
            if not payload.is_deleted_account(person)
        )
        return parse.merge_batches(
            [batch, reactions, Batch(tuple(event for event in roles if event is not None))]
        )

    def _parse_roles(self, person: dict[str, Any]) -> Event | None:
        """Return somebody's roles, unless those in the log are newer than the export."""
        if payload.is_deleted_account(person):
            return None
        roles, account = payload.roles(person), payload.checked_id(person["id"])
        at_ms, known = self._exported_ms, self._log_state.roles_ms
        if roles is None or known.get(account, -1) >= at_ms:
            return None
        known[account] = at_ms
        return Event(
            source=NAME,
            kind=Kind.ROLES_CHANGED,
            at_ms=at_ms,
            seen_ms=self._observation.seen_ms,
            provenance=Provenance.IMPORT,
            actor=account,
            text=roles,
            estimated=True,
        )

    def _parse_reactions(self, data: dict[str, Any], target: str) -> Batch:
        events: list[Event] = []
        accounts: list[Account] = []
        place = self._place.channel["id"]
        unnamed = of_deleted = taken_back = 0
        for reaction in data.get("reactions") or ():
            emoji = emoji_text(payload.emoji(reaction["emoji"]))
            users = reaction.get("users") or ()
            unnamed += payload.unnamed_reactors(reaction)
            for user in users:
                if payload.is_deleted_account(user):
                    of_deleted += 1
                    continue
                sent = payload.user(user)
                taken_back_ms = self._log_state.taken_back.get((target, sent["id"], emoji))
                if taken_back_ms is not None and taken_back_ms >= self._exported_ms:
                    taken_back += 1
                    continue
                nick = payload.name(user.get("nickname"))
                accounts.append(parse.account(sent, self._observation, nick=nick))
                events.append(
                    parse.reaction(
                        Kind.REACTED,
                        sent["id"],
                        target=target,
                        place=place,
                        emoji=emoji,
                        observation=self._observation,
                    )
                )
        # Counted only now: a message that turns out to be unreadable counts as that alone.
        self._summary.unnamed += unnamed
        self._summary.nobodys_reactions += of_deleted
        self._summary.taken_back += taken_back
        return Batch(tuple(events), tuple(accounts))
