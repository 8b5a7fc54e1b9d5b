"""Compares a message as Discord has it with what the log knows of it. Pure.

A message says how many people reacted with what, but not who; asking who costs a request per
100 people and emoji. So that is asked only where the count differs from what is known. (If
somebody took a reaction back while another person added the same one, both unseen, the count
stays as it was, and nobody notices.)
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from bot.sources.discord import parse
from bot.sources.discord.emoji import emoji_key, is_super, super_text
from bot.sources.discord.message_parts import CountedReaction, MessageParts, read_parts
from bot.sources.discord.parse import Json, Observation
from bot.sources.discord.people import SHARED_ACCOUNT
from cred.facts.events import Event, Kind
from storage.log.current_state import CurrentContribution

_ANY_TIME_MS: Final = 1 << 60

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


@dataclass(frozen=True, slots=True)
class ReactorList:
    """Who reacted to a message with an emoji, in the ordinary way or with super reactions."""

    accounts: frozenset[str]
    deleted: frozenset[str] = frozenset()
    """Those of them who deleted their account: they are not recorded anew."""

    def is_whole(self, counted: int | None) -> bool:
        """Tell whether whoever is not in it did not react, if so many did."""
        return (
            counted is not None
            and len(self.accounts) >= counted
            # Who is behind the shared account cannot be told.
            and SHARED_ACCOUNT not in self.deleted
        )


Reactions = Mapping[str, ReactorList]
"""By the text that is recorded for the reaction."""


@dataclass(frozen=True, slots=True)
class Reactors:
    """Who reacted to a message, as far as that is known without asking, and what is not."""

    known: Reactions
    """Where only the bot's own reaction is news: a message says of that."""
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
    before: dict[str, set[tuple[str, bool]]] = {}
    for account, text in known.reactions:
        before.setdefault(emoji_key(text), set()).add((account, is_super(text)))
    told: dict[str, ReactorList] = {}
    queries = []
    for reaction in read_parts(message, _ANY_TIME_MS).reactions:
        given = before.get(emoji_key(reaction.emoji), set())
        with_own = _with_own(given, reaction, own)
        normal, burst = reaction.normal, reaction.burst
        if normal is not None and burst is not None and normal + burst == len(with_own):
            if with_own != given:
                for kind in (False, True):
                    accounts = frozenset(
                        account for account, is_burst in with_own if is_burst is kind
                    )
                    told[_text(reaction.emoji, kind)] = ReactorList(accounts)
            continue
        # Where the number is unknown, asking shows it.
        queries.append(
            ReactorQuery(
                reaction.emoji, 1 if normal is None else normal, 1 if burst is None else burst
            )
        )
    return Reactors(told, tuple(queries))


def _with_own(
    given: Collection[tuple[str, bool]], reaction: CountedReaction, own: str | None
) -> set[tuple[str, bool]]:
    """Return known (account, super), with or without our own as the message says."""
    found = set(given)
    if own is None:
        return found
    for says, kind in ((reaction.own, False), (reaction.own_burst, True)):
        if says is not None:
            found = found | {(own, kind)} if says else found - {(own, kind)}
    return found


def _text(emoji: str, kind: bool) -> str:  # noqa: FBT001 - one of two kinds, not a switch
    return super_text(emoji) if kind else emoji


def compare_message(
    message: Json,
    known: CurrentContribution,
    reactors: Reactions,
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
        Who reacted: what `find_reactors` knows, and answers to its queries.
    observation
        When it was read.
    """
    parts = read_parts(message, observation.seen_ms)
    events = parse.message(message, observation, parts).events
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
    volatile += parse.ended_mentions(message, parts, known.mentions, observation)
    volatile += (
        parse.reaction(kind, account, target, place, text, observation)
        for kind, account, text in _changed_reactions(parts, known, reactors)
    )
    stable = tuple(event for event in events if event.kind in _STABLE)
    return MessageComparison(stable, tuple(volatile))


def _changed_reactions(
    parts: MessageParts, known: CurrentContribution, reactors: Reactions
) -> Iterator[tuple[Kind, str, str]]:
    """Yield the reactions that were taken back or given, as (kind, account, text)."""
    before: dict[str, set[tuple[str, str]]] = {}
    for account, text in sorted(known.reactions):
        before.setdefault(emoji_key(text), set()).add((account, text))
    present = {emoji_key(reaction.emoji): reaction for reaction in parts.reactions}
    if parts.names_all_emoji:
        for key in before.keys() - present.keys():
            for account, text in sorted(before[key]):
                yield Kind.UNREACTED, account, text
    for key, reaction in present.items():
        answer = {
            is_super(text): found for text, found in reactors.items() if emoji_key(text) == key
        }
        if answer:
            given = before.get(key, set())
            yield from _changed_reactors(reaction, given, answer)


def _changed_reactors(
    reaction: CountedReaction,
    given: Collection[tuple[str, str]],
    answer: Mapping[bool, ReactorList],
) -> Iterator[tuple[Kind, str, str]]:
    """Yield the changes to an emoji's known reactions by who reacted, super or not.

    In older logs, who gave only a super reaction is recorded as who gave an ordinary one.
    """
    nobody = ReactorList(frozenset())
    normal, burst = answer.get(False, nobody), answer.get(True, nobody)
    is_whole = normal.is_whole(reaction.normal) and burst.is_whole(reaction.burst)
    texts: dict[str, set[str]] = {}
    for account, text in given:
        texts.setdefault(account, set()).add(text)
    for account, text in sorted(given) if is_whole else ():
        answered = burst if is_super(text) else normal
        is_here = account in normal.accounts or account in burst.accounts
        has_both = len({is_super(other) for other in texts[account]}) > 1
        if not is_here or (has_both and account not in answered.accounts):
            yield Kind.UNREACTED, account, text
    deleted = normal.deleted | burst.deleted
    for account in sorted((normal.accounts | burst.accounts) - deleted):
        has = texts.get(account, set())
        if account in normal.accounts and account in burst.accounts:
            if all(map(is_super, has)):
                yield Kind.REACTED, account, reaction.emoji
            if not any(map(is_super, has)):
                yield Kind.REACTED, account, super_text(reaction.emoji)
        elif not has:
            is_burst = account in burst.accounts
            yield Kind.REACTED, account, _text(reaction.emoji, is_burst)


def find_departed(
    before: Collection[str], here: Collection[str], own: str | None
) -> tuple[str, ...]:
    """Return the known members who are not in the list of members.

    Nobody has left by a list that cannot be whole: we are a member ourselves, or could not ask.
    """
    if own is None or own not in here:
        return ()
    return tuple(sorted(set(before) - set(here)))
