"""Contributions on Discord: messages, reactions, replies, mentions; members and roles."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any, Final

from bot.community.settings.configured_source import GetSetting
from bot.community.settings.definitions import Definition
from bot.community.settings.references import Reader
from bot.settings import Settings
from bot.sources.discord import gateway, parse
from bot.sources.discord.comparison import ReactorList, compare_message
from bot.sources.discord.declaration import DECLARATION, NAME
from bot.sources.discord.parse import Observation
from bot.sources.discord.settings import DEFINITIONS, KEY_READERS, Rules, read_rules
from bot.sources.port import Runner
from cred.facts.activity import Activity
from cred.facts.directory import Directory
from cred.facts.events import Event, Provenance
from cred.graph.structure import Structure
from cred.graph.weights import Declaration
from storage.log.current_state import CurrentContribution


class Discord:
    """The source, as `bot.sources.port.Source` describes it; `DiscordRunner` does its I/O.

    Parameters
    ----------
    client_options
        Passed on to the Discord client; tests shorten its waits.
    """

    name: str = NAME
    declaration: Declaration = DECLARATION
    definitions: tuple[Definition, ...] = DEFINITIONS
    key_readers: Mapping[str, Reader] = KEY_READERS

    def __init__(self, **client_options: Any) -> None:
        self._client_options = client_options

    def rules(self, read: GetSetting) -> Hashable:
        """Return the settings that shape the graph."""
        return read_rules(read)

    def build_structure(
        self, activity: Activity, directory: Directory, rules: Hashable
    ) -> Structure:
        """Return Discord's part of the contribution graph."""
        if not isinstance(rules, Rules):
            raise TypeError(f"these are not Discord's rules: {rules!r:.80}")
        # Settings do not need it, and are to be answered at once.
        from bot.sources.discord import graph  # noqa: PLC0415

        return graph.build_structure(activity, directory, rules)

    def runners(self, settings: Settings) -> Sequence[Runner]:
        """Return one if there is a token: a single connection serves every server.

        Raises
        ------
        SettingsError
            If the token's file cannot be read.
        """
        token = settings.token()
        if token is None:
            return ()
        # They import discord.py, which takes long, and few commands need it.
        from bot.runtime.discord_client import make_client  # noqa: PLC0415
        from bot.sources.discord.runner import DiscordRunner  # noqa: PLC0415

        client = make_client(
            prefix=settings.command_prefix,
            message_content=settings.discord_message_content,
            members=settings.discord_members,
            api_url=_text(settings.discord_api_url),
            gateway_url=_text(settings.discord_gateway_url),
            **self._client_options,
        )
        return (DiscordRunner(client, token),)

    def parse(self, payload: parse.Json) -> Iterable[Event]:
        """Return the events of a recorded payload.

        Parameters
        ----------
        payload
            `{"t": gateway event, "d": its data, "seen_ms": …}`; or, read later from REST,
            `{"message": …, "reactors": {emoji: [account id…]}, "seen_ms": …}`. Both may hold
            `known`: `{"reactions": [[account id, emoji]…], "mentions": {account id: count}}`.
        """
        given: dict[str, Any] = dict(payload.get("known", {}))
        known = CurrentContribution(
            posted=bool(given),
            reactions=frozenset(
                (account, text) for account, text in given.get("reactions", ())
            ),
            mentions=given.get("mentions", {}),
        )
        if "t" in payload:
            observation = Observation(Provenance.LIVE, payload["seen_ms"])
            parsed = gateway.parse_payload(payload["t"], payload["d"], observation)
            if parsed is None:
                return ()
            deferred = parsed.deferred.events(known) if parsed.deferred else ()
            return parsed.batch.events + deferred
        observation = Observation(Provenance.BACKFILL, payload["seen_ms"])
        reactors = {
            text: ReactorList(frozenset(accounts))
            for text, accounts in payload["reactors"].items()
        }
        comparison = compare_message(payload["message"], known, reactors, observation)
        return comparison.stable + comparison.volatile


def _text(url: object) -> str | None:
    return None if url is None else str(url)


SOURCE: Final = Discord()
