"""SourceCred's Discourse vectors as a forum's payloads, parsed by the source itself.

The vectors name users; a forum has numbers for them, which `Forum.ids` gives.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.sources.discourse import parse
from bot.sources.discourse.api import records
from bot.sources.discourse.parse import UNKNOWN, Observation, ResolvedIds
from bot.sources.discourse.settings import Rules
from cred.addresses import Address
from cred.facts.events import Provenance
from cred.graph.weights import FactorTable, Weights
from storage.log.batch import Batch
from tests.memory_log import MemoryLog

FOLDER = Path(__file__).parents[3] / "vectors" / "plugins"
NAMES = sorted(path.stem for path in FOLDER.glob("discourse-*.json"))
OWN = {"system": -1, "discobot": -2}

JSON = dict[str, Any]


def load(name: str) -> JSON:
    value: JSON = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return value


@dataclass(frozen=True)
class Forum:
    """The forum of a vector."""

    log: MemoryLog
    rules: Rules
    weights: Weights
    ids: dict[str, int]
    """User ids by name."""

    def address(self, parts: list[str]) -> Address:
        """Return an address of the vector with ids in place of names."""
        at = {"user": 4, "like": 4, "createsLike": 4, "likes": 4, "authors": 5}.get(parts[2])
        if parts[2:4] == ["references", "user"]:
            at = 6
        if at is not None and at < len(parts):
            parts = [*parts[:at], str(self.ids[parts[at].lower()]), *parts[at + 1 :]]
        return tuple(parts)


def forum(vector: JSON) -> Forum:
    given, config = vector["input"], vector["input"]["config"]
    ids = dict(OWN)
    for name in _names(vector):
        ids.setdefault(name.lower(), len(ids))
    log = MemoryLog()
    for batch in _batches(given, ids, config["serverUrl"]):
        log.directory.kinds |= {account.id: account.kind for account in batch.accounts}
        log.append(batch.events)
    return Forum(log, Rules(home=config["serverUrl"]), _weights(config), ids)


def _weights(config: JSON) -> Weights:
    chosen = config.get("weights", {})
    return Weights(
        factors={
            factor: FactorTable(
                chosen.get(f"default{factor.title()}Weight", 1),
                chosen.get(f"{factor}Weights", {}),
            )
            for factor in ("category", "tag")
        }
    )


def _names(vector: JSON) -> Iterator[str]:
    given = vector["input"]
    for user in (*vector["expected"]["users"], *given["users"]):
        yield user["username"]
    for thread in given["topics"]:
        yield thread["topic"]["authorUsername"]
        for post in thread["posts"]:
            yield post["authorUsername"]
    for like in given["likes"]:
        yield like["username"]


def _batches(given: JSON, ids: dict[str, int], home: str) -> Iterator[Batch]:
    observation = Observation(Provenance.IMPORT, 1_700_000_000_000)
    resolved = ResolvedIds(
        {
            (post["topicId"], post["indexWithinTopic"]): post["id"]
            for thread in given["topics"]
            for post in thread["posts"]
        },
        ids,
    )
    for user in given["users"]:
        yield parse.user_batch(records.parse_user(_user(user, ids)), observation)
    for thread in given["topics"]:
        about = thread["topic"]
        payload = {
            "id": about["id"],
            "created_at": _time(about["timestampMs"]),
            "user_id": ids[about["authorUsername"]],
            "category_id": int(about["categoryId"]),
            "tags": about["tags"],
            "title": about["title"],
        }
        yield parse.topic_batch(records.parse_topic(payload), observation)
        for post in thread["posts"]:
            payload = {
                "id": post["id"],
                "topic_id": post["topicId"],
                "post_number": post["indexWithinTopic"],
                "reply_to_post_number": post["replyToPostIndex"],
                "created_at": _time(post["timestampMs"]),
                "trust_level": post["trustLevel"],
                "user_id": ids[post["authorUsername"]],
                "username": post["authorUsername"],
                "cooked": post["cooked"],
            }
            yield parse.post_batch(
                records.parse_post(payload, home), resolved, UNKNOWN, observation
            )
    for like in given["likes"]:
        action = {
            "action_type": 1,
            "created_at": _time(like["timestampMs"]),
            "acting_user_id": ids[like["username"]],
            "acting_username": like["username"],
            "post_id": like["postId"],
            "topic_id": 1,
            "post_number": 1,
        }
        parsed = records.parse_user_action(action)
        assert parsed is not None
        yield parse.like_batch(parsed, resolved, observation)


def _user(user: JSON, ids: dict[str, int]) -> JSON:
    name = user["username"]
    return {"id": ids[name], "username": name, "trust_level": user["trustLevel"]}


def _time(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds")
