"""Contributions on a Discourse forum: topics, posts, replies, links, quotes and likes."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any, Final

from bot.community.settings.configured_source import GetSetting
from bot.community.settings.definitions import Definition
from bot.community.settings.references import Reader
from bot.settings import Settings
from bot.sources.discourse import parse, settings
from bot.sources.discourse.api import records
from bot.sources.discourse.api.fields import Json
from bot.sources.discourse.declaration import DECLARATION
from bot.sources.discourse.parse import Observation, ResolvedIds
from bot.sources.discourse.settings import Rules
from bot.sources.discourse.subjects import NAME
from bot.sources.port import Runner
from cred.facts.activity import Activity
from cred.facts.directory import Directory
from cred.facts.events import Event, Provenance
from cred.graph.structure import Structure
from cred.graph.weights import Declaration
from storage.log.batch import Batch
from storage.log.current_state import CurrentContribution


class Discourse:
    """The pure half of the source; `runner.DiscourseRunner` is the other half."""

    name: str = NAME
    declaration: Declaration = DECLARATION
    definitions: tuple[Definition, ...] = settings.DEFINITIONS
    key_readers: Mapping[str, Reader] = settings.KEY_READERS

    def rules(self, read: GetSetting) -> Hashable:
        """Return the rules that a community's settings make."""
        return settings.rules(read)

    def build_structure(
        self, activity: Activity, directory: Directory, rules: Hashable
    ) -> Structure:
        """Return the forum's part of the contribution graph."""
        if not isinstance(rules, Rules):
            raise TypeError(f"not rules of Discourse: {rules!r:.80}")
        # Settings do not need it, and are to be answered at once.
        from bot.sources.discourse import graph  # noqa: PLC0415

        return graph.build_structure(activity, directory, rules)

    def parse(self, payload: Json) -> Iterable[Event]:
        """Return the events of a recorded payload.

        Parameters
        ----------
        payload
            `{"seen_ms": …}` with one of "post", "topic", "category", "user" or "user_action",
            as the API returns them, or a webhook's "like". With a post there may be "home", the
            forum's address; "found", the ids that it refers to, as `{"posts": [[topic, number,
            id]…], "users": {name: id}}`; and "known", what the log knows, as `{"author":
            account id, "mentions": {account id: count}, "references": [[contribution, relation,
            count]…]}`. With a like, "unliked" means that it was taken back.
        """
        return _batch(payload).events

    def runners(self, settings: Settings) -> Sequence[Runner]:
        """Return a runner for each forum that the process's settings name."""
        # They import aiohttp, which takes long, and few commands need it.
        from bot.sources.discourse.forums import read_forums  # noqa: PLC0415
        from bot.sources.discourse.runner import DiscourseRunner  # noqa: PLC0415

        forums = read_forums(settings)
        is_only_forum = len(forums) == 1
        return [DiscourseRunner(forum, is_only_forum=is_only_forum) for forum in forums]


def _batch(payload: Json) -> Batch:
    observation = Observation(Provenance.BACKFILL, payload["seen_ms"])
    found: dict[str, Any] = dict(payload.get("found", {}))
    ids = ResolvedIds(
        {(topic, number): post for topic, number, post in found.get("posts", ())},
        found.get("users", {}),
    )
    if "post" in payload:
        known: dict[str, Any] = dict(payload.get("known", {}))
        state = CurrentContribution(
            posted=bool(known),
            author=known.get("author"),
            mentions=known.get("mentions", {}),
            references={
                (other, relation): count
                for other, relation, count in known.get("references", ())
            },
        )
        post = records.parse_post(payload["post"], payload.get("home", ""))
        return parse.post_batch(post, ids, state, observation)
    if "topic" in payload:
        return parse.topic_batch(records.parse_topic(payload["topic"]), observation)
    if "category" in payload:
        return parse.category_batch(records.parse_category(payload["category"]), observation)
    if "user" in payload:
        return parse.user_batch(records.parse_user(payload["user"]), observation)
    if "like" in payload:
        like = records.parse_webhook_like(payload["like"])
    elif (action := records.parse_user_action(payload["user_action"])) is not None:
        like = action
    else:
        return Batch()
    return parse.like_batch(like, ids, observation, taken_back=bool(payload.get("unliked")))


SOURCE: Final = Discourse()
