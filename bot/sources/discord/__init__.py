"""Contributions on Discord: messages, reactions, replies, mentions; members and roles."""

from collections.abc import Hashable, Iterable, Sequence
from typing import Any, Final

from bot.community.scoring.graph_source import Read
from bot.community.settings.definitions import Definition
from bot.sources.discord import gateway, graph, parse, settings
from bot.sources.discord.declaration import DECLARATION, NAME
from bot.sources.discord.parse import Context
from bot.sources.discord.rereading import reread
from bot.sources.discord.rules import Rules
from bot.sources.inlet import Known
from bot.sources.runner import Runner
from cred.facts.activity import Activity
from cred.facts.directory import Directory
from cred.facts.events import Event, How
from cred.graph.structure import Structure
from cred.graph.weights import Declaration


class Discord:
    """The pure half of the source; `live.DiscordListener` is the other."""

    name: str = NAME
    declaration: Declaration = DECLARATION
    definitions: tuple[Definition, ...] = settings.DEFINITIONS

    def rules(self, read: Read) -> Hashable:
        """Return the settings that shape the graph."""
        return settings.rules(read)

    def build_structure(
        self, activity: Activity, directory: Directory, rules: Hashable
    ) -> Structure:
        """Return Discord's part of the contribution graph."""
        if not isinstance(rules, Rules):
            raise TypeError(f"these are not Discord's rules: {rules!r:.80}")
        return graph.build_structure(activity, directory, rules)

    def runners(self) -> Sequence[Runner]:
        """Return none: chat and source share one connection, so the app runs both."""
        return ()

    def parse(self, payload: parse.Json) -> Iterable[Event]:
        """Return the events of a recorded payload.

        Parameters
        ----------
        payload
            `{"t": gateway event, "d": its data, "seen_ms": …}`; or, read later from REST,
            `{"message": …, "reactors": {emoji: [account id…]}, "seen_ms": …}`. Both may hold
            `known`: `{"reactions": [[account id, emoji]…], "mentions": {account id: count}}`.
        """
        told: dict[str, Any] = dict(payload.get("known", {}))
        known = Known(
            posted=bool(told),
            reactions=frozenset((who, emoji) for who, emoji in told.get("reactions", ())),
            mentions=told.get("mentions", {}),
        )
        if "t" in payload:
            context = Context(How.LIVE, payload["seen_ms"])
            heard = gateway.heard(payload["t"], payload["d"], context)
            if heard is None:
                return ()
            looked_up = heard.lookup.events(known) if heard.lookup else ()
            return heard.batch.events + looked_up
        context = Context(How.BACKFILL, payload["seen_ms"])
        told_again = reread(payload["message"], known, payload["reactors"], context)
        return told_again.firm + told_again.fleeting


SOURCE: Final = Discord()
