"""Compares a message as Discord has it with what the log knows of it. Pure.

A message says how many people reacted with what, but not who; asking who costs a request per
100 people and emoji. So that is asked only where the count differs from what is known. (If
somebody took a reaction back while another person added the same one, both unseen, the count
stays as it was, and nobody notices.)
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from bot.sources.discord import parse
from bot.sources.discord.parse import Json, Observation
from cred.facts.events import Event, Kind
from storage.log.current_state import CurrentContribution

_STABLE: Final = frozenset({Kind.POSTED, Kind.REPLIED, Kind.EDITED})
"""Facts of a message that a later event never contradicts."""


@dataclass(frozen=True, slots=True)
class ReactorQuery:
    """A question for Discord: who reacted to a message with an emoji."""

    emoji: str
    """As text, "👍" or "name:id", which is also what the request takes."""
    normal: int
    """How many ordinary reactions there are."""
    burst: int
    """How many super reactions, which take requests of their own."""


@dataclass(frozen=True, slots=True)
class MessageComparison:
    """What a message that was read says beyond what is known."""

    stable: tuple[Event, ...]
    """Holds whatever happened meanwhile."""
    volatile: tuple[Event, ...]
    """Holds only if nothing was heard of the message since it was read."""


def emoji_key(text: str) -> str:
    """Return what identifies an emoji: the id of a custom one, which may be renamed."""
    _, _, id_ = text.rpartition(":")
    return id_ if id_.isdigit() else text


@dataclass(frozen=True, slots=True)
class Reactors:
    """Who reacted to a message, as far as that is known without asking, and what is not."""

    known: Mapping[str, frozenset[str]]
    """Accounts by emoji, where only the bot's own reaction is news: a message says of that."""
    queries: tuple[ReactorQuery, ...]
    """Which reactors have to be asked for."""


def find_reactors(message: Json, known: CurrentContribution, own: str | None) -> Reactors:
    """Return which reactors a message itself tells, and which have to be asked for.

    Parameters
    ----------
    message
        As Discord has it.
    known
        As the log has it.
    own
        The account that reads; a message says whether that reacted.
    """
    before: dict[str, set[str]] = {}
    for account, text in known.reactions:
        before.setdefault(emoji_key(text), set()).add(account)
    told: dict[str, frozenset[str]] = {}
    queries = []
    for reaction in message.get("reactions", ()):
        text, count = parse.emoji_text(reaction["emoji"]), reaction["count"]
        accounts = before.get(emoji_key(text), set())
        with_own = _with_own(accounts, reaction, own)
        if count == len(with_own):
            if with_own != accounts:
                told[text] = with_own
            continue
        details = reaction.get("count_details") or {"normal": count, "burst": 0}
        queries.append(ReactorQuery(text, details["normal"], details["burst"]))
    return Reactors(told, tuple(queries))


def _with_own(accounts: Collection[str], reaction: Json, own: str | None) -> frozenset[str]:
    """Return the accounts known to have reacted, our own only if the message says so."""
    if own is None or "me" not in reaction:
        return frozenset(accounts)
    others = frozenset(accounts) - {own}
    return others | {own} if reaction["me"] or reaction.get("me_burst") else others


def compare_message(
    message: Json,
    known: CurrentContribution,
    reactors: Mapping[str, Collection[str]],
    observation: Observation,
) -> MessageComparison:
    """Return what a message that was read says beyond what is known.

    Parameters
    ----------
    message
        As Discord has it.
    known
        As the log has it.
    reactors
        Who reacted, by emoji: what `find_reactors` knows, and answers to its queries.
    observation
        When it was read.
    """
    events = parse.message(message, observation).events
    if not events:
        return MessageComparison((), ())
    target, place = str(message["id"]), str(message["channel_id"])
    # Without its text (the intent is off) it is unknown how often somebody is mentioned.
    counted = {} if message.get("content") else known.mentions
    volatile = [
        event
        for event in events
        if event.kind not in _STABLE
        and not (event.kind is Kind.MENTIONED and event.object in counted)
    ]
    if known.deleted:
        volatile.append(parse.deletion(target, place, observation, back=True))
    volatile += parse.ended_mentions(message, known.mentions, observation)

    present = {
        emoji_key(parse.emoji_text(reaction["emoji"]))
        for reaction in message.get("reactions", ())
    }
    answers = {
        emoji_key(text): (text, frozenset(accounts)) for text, accounts in reactors.items()
    }

    def reaction(kind: Kind, account: str, text: str) -> Event:
        return parse.reaction(kind, account, target, place, text, observation)

    before: dict[str, set[str]] = {}
    for account, text in sorted(known.reactions):
        key = emoji_key(text)
        before.setdefault(key, set()).add(account)
        if key not in present or (key in answers and account not in answers[key][1]):
            volatile.append(reaction(Kind.UNREACTED, account, text))
    for key, (text, accounts) in answers.items():
        for account in sorted(accounts - before.get(key, set())):
            volatile.append(reaction(Kind.REACTED, account, text))
    stable = tuple(event for event in events if event.kind in _STABLE)
    return MessageComparison(stable, tuple(volatile))
