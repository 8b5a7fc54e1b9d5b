"""Turns a list of changes into events."""

from collections.abc import Iterable, Mapping
from typing import Any

from bot.sources.reviews.declaration import NAME
from cred.facts.events import Event, Kind, Provenance


def events(payload: Mapping[str, Any]) -> Iterable[Event]:
    """Return the events of `{"seen_ms": …, "changes": [{"id", "by", "at_ms", "approved"}]}`.

    `approved` says when each reviewer approved: {"bob": ms}.
    """
    seen_ms = int(payload["seen_ms"])
    for change in payload["changes"]:
        common = {
            "source": NAME,
            "seen_ms": seen_ms,
            "provenance": Provenance.BACKFILL,
            "target": change["id"],
        }
        yield Event(kind=Kind.POSTED, at_ms=change["at_ms"], actor=change["by"], **common)
        for reviewer, at_ms in change["approved"].items():
            yield Event(
                kind=Kind.REACTED, at_ms=at_ms, actor=reviewer, text="approved", **common
            )
