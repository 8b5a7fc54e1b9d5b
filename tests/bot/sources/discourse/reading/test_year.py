"""A simulated year, heard live by webhooks and polls, and read afterwards at once.

Both logs fold to the same. What may differ, and why:

- what was deleted before the backfill began: it never saw that, nor anything about it;
- where a post was first and what it answered, if it was moved to another topic later (a post
  is posted and answers once);
- when a like was given: if the user hides their likes (heard live: when it was heard; read
  later: when the post was made), or took it back and gave it again between two readings;
- mentions of users that are gone or hidden: their ids may be found by one way alone.
"""

import random
from dataclasses import fields, replace
from pathlib import Path

import pytest

from tests.bot.sources.discourse.harness import ForumHarness, State, connect_forum
from tests.bot.sources.discourse.reading.a_year import DAYS, Year
from tests.discourse_server import DiscourseServer

LOST, DOUBLED = 0.1, 0.1
"""Shares of webhooks."""


async def deliver_a_day(harness: ForumHarness, year: Year) -> None:
    """Deliver a day's webhooks in random order; some are lost, some come twice."""
    hooks, chance = harness.server.hooks, year.chance
    kept = [delivery for delivery in hooks.pending if chance.random() >= LOST]
    kept += [hooks.repeat(delivery) for delivery in kept if chance.random() < DOUBLED]
    chance.shuffle(kept)
    hooks.pending = kept
    await harness.deliver_webhooks()


def comparable(state: State, year: Year) -> State:
    """Return a state without the parts that may differ."""
    shown, forum = state.posts.keys(), year.server.forum

    def is_there(contribution: str) -> bool:
        return contribution in shown

    return State(
        posts=state.posts,
        where={key: place for key, place in state.where.items() if key not in year.split},
        replies={
            key: to
            for key, to in state.replies.items()
            if is_there(key) and is_there(to) and key not in year.split
        },
        likes={
            key: 0 if key in year.given_again or key[1] in year.shy else at_ms
            for key, at_ms in state.likes.items()
            if is_there(key[0])
        },
        mentions={
            key: count
            for key, count in state.mentions.items()
            if is_there(key[0]) and key[1] not in year.shy and int(key[1]) in forum.users
        },
        references={
            key: count
            for key, count in state.references.items()
            if is_there(key[0]) and is_there(key[1])
        },
    )


@pytest.mark.parametrize("days", [DAYS], ids=[f"{DAYS}-days-0-differences"])
async def test_a_year_heard_live_folds_to_the_same_as_the_year_read_afterwards(
    discourse: DiscourseServer, tmp_path: Path, days: int
) -> None:
    discourse.troubles.per_minute = None
    discourse.validating = False
    year = Year(discourse, random.Random(1))
    year.begin()
    async with connect_forum(discourse, tmp_path / "live") as harness:
        await harness.sweep()
        for day in range(days):
            year.day()
            await deliver_a_day(harness, year)
            await harness.poll()
            if day % 7 == 6:
                await harness.sweep()
        await harness.sweep(again=True)
        live, live_events = await harness.read_state(), await harness.count()

    async with connect_forum(discourse, tmp_path / "backfill") as harness:
        await harness.sweep()
        read, read_events = await harness.read_state(), await harness.count()

    for field in fields(State):
        heard, found = (getattr(comparable(state, year), field.name) for state in (live, read))
        assert heard == found, field.name
    # Of people and places a live log knows more: those that are gone.
    assert read.trust.items() <= live.trust.items()
    assert read.places.items() <= live.places.items()
    deleted = {
        f"t{name.partition(':')[2]}" for name in live.deleted if name.startswith("topic")
    }
    assert live.places.keys() - read.places.keys() <= deleted
    # And it was a year in which everything happened.
    assert min(year.acts.values()) >= 3, year.acts
    assert len(year.acts) == 19
    sizes = f"{sum(year.acts.values())} acts, {live_events} and {read_events} events"
    assert len(read.posts) > 300, sizes
    assert len(read.likes) > 250, sizes
    assert replace(read, trust={}) != replace(live, trust={}), "the live log has seen more"
