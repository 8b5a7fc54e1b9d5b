"""SourceCred's Discord vectors as events, rules and weights, as an importer would make them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.sources.discord.declaration import NAME
from bot.sources.discord.settings import Departed, Rules
from cred.facts.events import NSFW, Event, Kind, Provenance
from cred.graph.weights import FactorTable, Weights
from tests.memory_log import MemoryLog

FOLDER = Path(__file__).parents[3] / "vectors" / "plugins"
NAMES = sorted(path.stem for path in FOLDER.glob("discord-*.json"))

JSON = dict[str, Any]


def load(name: str) -> JSON:
    value: JSON = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return value


@dataclass(frozen=True)
class Server:
    """One server of a vector."""

    log: MemoryLog
    rules: Rules
    weights: Weights


def servers(vector: JSON) -> Iterator[Server]:
    for config in vector["input"]["config"]:
        data = vector["input"]["guilds"][config["guildId"]]
        log = MemoryLog()
        log.append(_events(data, log))
        yield Server(log, _rules(config), _weights(config))


def _rules(config: JSON) -> Rules:
    return Rules(
        props_channels=frozenset(config.get("propsChannels", ())),
        simplify=config.get("simplifyGraph", False),
        departed=Departed.DROP,
        include_nsfw=config.get("includeNsfwChannels", False),
    )


def _weights(config: JSON) -> Weights:
    reaction = config["reactionWeightConfig"]
    tables = {
        "emoji": reaction,
        "channel": config.get("channelWeightConfig", {}),
        "role": config.get("roleWeightConfig", {}),
    }
    return Weights(
        factors={
            name: FactorTable(table.get("defaultWeight", 1), table.get("weights", {}))
            for name, table in tables.items()
        },
        averaging=reaction.get("confidenceDampener", 0) if reaction["applyAveraging"] else None,
    )


def _events(data: JSON, log: MemoryLog) -> Iterator[Event]:
    def event(kind: Kind, at_ms: int = 0, **rest: Any) -> Event:
        return Event(
            source=NAME,
            kind=kind,
            at_ms=at_ms,
            seen_ms=at_ms,
            provenance=Provenance.IMPORT,
            **rest,
        )

    for member in data["members"]:
        account = member["user"]["id"]
        log.directory.kinds[account] = "bot" if member["user"]["bot"] else "user"
        yield event(Kind.JOINED, actor=account)
        yield event(Kind.ROLES_CHANGED, actor=account, text=",".join(sorted(member["roles"])))
    for channel in data["channels"]:
        yield event(
            Kind.PLACE_CHANGED,
            place=channel["id"],
            object=channel.get("parentId"),
            text="text",
            value=NSFW if channel.get("nsfw") else 0,
        )
    posted_ms = {}
    for message in data["messages"]:
        target, author, at_ms = message["id"], message["authorId"], message["timestampMs"]
        posted_ms[target] = at_ms
        if message["nonUserAuthor"]:
            author = f"webhook-{author}"
            log.directory.kinds[author] = "webhook"
        yield event(
            Kind.POSTED,
            at_ms,
            actor=author,
            target=target,
            place=message["channelId"],
            value=len(message["content"]),
        )
        for mention in message["mentions"]:
            yield event(
                Kind.MENTIONED,
                at_ms,
                actor=author,
                target=target,
                object=mention["userId"],
                # 0: listed without being in the text. SourceCred draws it like once.
                value=max(mention["count"], 1),
            )
    for reaction in data["reactions"]:
        emoji = reaction["emoji"]
        yield event(
            Kind.REACTED,
            posted_ms[reaction["messageId"]],
            actor=reaction["authorId"],
            target=reaction["messageId"],
            text=f"{emoji['name']}:{emoji['id']}" if emoji["id"] else emoji["name"],
        )
