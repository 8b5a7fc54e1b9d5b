"""Compares a message as Discord has it with what is known of it; what to ask, what to record.

A message carries how many reacted with what, not who; who costs a request per 100 people and
emoji. So that is asked only where the count differs from what is known. (Somebody who took a
reaction back while another added the same one, both unseen, leaves the count as it was.) Pure.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from bot.sources.discord import parse
from bot.sources.discord.parse import Context, Json
from bot.sources.inlet import Known
from cred.facts.events import Event, Kind

_FIRM = frozenset({Kind.POSTED, Kind.REPLIED, Kind.EDITED})
"""Facts of a message that a later event never contradicts."""


@dataclass(frozen=True, slots=True)
class Question:
    """Who reacted to a message with an emoji, is to be asked."""

    emoji: str
    """As its text, "👍" or "name:id", which is also how it is asked for."""
    normal: bool
    """There are ordinary reactions."""
    burst: bool
    """There are super reactions, which are asked for separately."""


@dataclass(frozen=True, slots=True)
class Reread:
    """What a message read again tells."""

    firm: tuple[Event, ...]
    """Can be recorded whatever happened meanwhile."""
    fleeting: tuple[Event, ...]
    """Holds only if nothing was heard of the message since it was read."""


def emoji_key(text: str) -> str:
    """Return what an emoji is recognised by: a custom one may be renamed, its id stays."""
    _, _, id_ = text.rpartition(":")
    return id_ if id_.isdigit() else text


def questions(message: Json, known: Known) -> tuple[Question, ...]:
    """Return which reactors have to be asked for."""
    counts: dict[str, set[str]] = {}
    for who, text in known.reactions:
        counts.setdefault(emoji_key(text), set()).add(who)
    asked = []
    for one in message.get("reactions", ()):
        text = parse.emoji_text(one["emoji"])
        if one["count"] != len(counts.get(emoji_key(text), ())):
            details = one.get("count_details") or {"normal": one["count"], "burst": 0}
            asked.append(Question(text, details["normal"] > 0, details["burst"] > 0))
    return tuple(asked)


def reread(
    message: Json, known: Known, reactors: Mapping[str, Collection[str]], context: Context
) -> Reread:
    """Return what a message that was read tells beyond what is known.

    Parameters
    ----------
    message
        As Discord has it.
    known
        As the log has it.
    reactors
        Answers to `questions`, by `Question.emoji`.
    context
        When it was read.
    """
    events = parse.message(message, context).events
    if not events:
        return Reread((), ())
    target, place = str(message["id"]), str(message["channel_id"])
    # Without its text (the intent is off) how often somebody is mentioned is not told.
    counted = {} if message.get("content") else known.mentions
    fleeting = [
        event
        for event in events
        if event.kind not in _FIRM
        and not (event.kind is Kind.MENTIONED and event.object in counted)
    ]
    if known.deleted:
        fleeting.append(parse.gone(target, place, context, back=True))
    fleeting += parse.withdrawn(message, known.mentions, context)

    present = {
        emoji_key(parse.emoji_text(one["emoji"])) for one in message.get("reactions", ())
    }
    answers = {emoji_key(text): (text, frozenset(who)) for text, who in reactors.items()}
    had: dict[str, set[str]] = {}
    for who, text in sorted(known.reactions):
        key = emoji_key(text)
        had.setdefault(key, set()).add(who)
        if key not in present or (key in answers and who not in answers[key][1]):
            fleeting.append(parse.reaction(Kind.UNREACTED, who, target, place, text, context))
    for key, (text, now) in answers.items():
        for who in sorted(now - had.get(key, set())):
            fleeting.append(parse.reaction(Kind.REACTED, who, target, place, text, context))
    return Reread(tuple(e for e in events if e.kind in _FIRM), tuple(fleeting))
