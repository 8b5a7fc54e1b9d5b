"""A simulated year, heard live by webhooks and polls, and read afterwards in one go.

Both logs fold to the same. What may differ, and why:

- what was deleted before the backfill began: it never saw it, nor what was said of it;
- where a post was first and what it answered, if it was moved to another topic later (a post
  is posted and answers once);
- since when somebody likes a post: where they hide their likes (heard live: when heard; read
  later: the post's age), or took a like back and gave it again between two looks;
- who is named, if they have gone, or hide: their number may be found by one way alone.
"""

import random
from dataclasses import fields, replace
from pathlib import Path

import pytest

from tests.bot.sources.discourse.a_year import DAYS, Year
from tests.bot.sources.discourse.living import LivingForum, State, living
from tests.discourse_server import DiscourseServer

LOST, DOUBLED = 0.1, 0.1
"""Shares of webhooks."""


async def a_day_heard(living_forum: LivingForum, year: Year) -> None:
    """Deliver a day's webhooks: some are lost, some come twice, and the order is any."""
    hooks, chance = living_forum.server.hooks, year.chance
    kept = [delivery for delivery in hooks.pending if chance.random() >= LOST]
    kept += [hooks.again(delivery) for delivery in kept if chance.random() < DOUBLED]
    chance.shuffle(kept)
    hooks.pending = kept
    await living_forum.told()


def comparable(state: State, year: Year) -> State:
    """Return a state without what may differ."""
    shown, forum = state.posts.keys(), year.server.forum

    def is_there(contribution: str) -> bool:
        return contribution in shown

    return State(
        posts=state.posts,
        where={it: place for it, place in state.where.items() if it not in year.split},
        replies={
            it: to
            for it, to in state.replies.items()
            if is_there(it) and is_there(to) and it not in year.split
        },
        likes={
            it: 0 if it in year.given_again or it[1] in year.shy else at_ms
            for it, at_ms in state.likes.items()
            if is_there(it[0])
        },
        mentions={
            it: count
            for it, count in state.mentions.items()
            if is_there(it[0]) and it[1] not in year.shy and int(it[1]) in forum.users
        },
        references={
            it: count
            for it, count in state.references.items()
            if is_there(it[0]) and is_there(it[1])
        },
    )


@pytest.mark.parametrize("days", [DAYS], ids=[f"{DAYS}-days-0-differences"])
async def test_a_year_heard_live_folds_to_the_same_as_the_year_read_afterwards(
    discourse: DiscourseServer, tmp_path: Path, days: int
) -> None:
    discourse.troubles.per_minute = None
    discourse.validating = False
    year = Year(discourse, random.Random(1))  # noqa: S311 - the same year every time
    year.begin()
    async with living(discourse, tmp_path / "live") as living_forum:
        await living_forum.swept()
        for day in range(days):
            year.day()
            await a_day_heard(living_forum, year)
            await living_forum.polled()
            if day % 7 == 6:
                await living_forum.swept()
        await living_forum.swept(again=True)
        live, live_events = await living_forum.state(), await living_forum.count()

    async with living(discourse, tmp_path / "backfill") as living_forum:
        await living_forum.swept()
        read, read_events = await living_forum.state(), await living_forum.count()

    for field in fields(State):
        told, found = (getattr(comparable(it, year), field.name) for it in (live, read))
        assert told == found, field.name
    # Of people and places a live log knows more: those that are gone.
    assert read.trust.items() <= live.trust.items()
    assert read.places.items() <= live.places.items()
    gone = {f"t{it.partition(':')[2]}" for it in live.deleted if it.startswith("topic")}
    assert live.places.keys() - read.places.keys() <= gone
    # And it was a year in which everything happened.
    assert min(year.acts.values()) >= 3, year.acts
    assert len(year.acts) == 19
    sizes = f"{sum(year.acts.values())} acts, {live_events} and {read_events} events"
    assert len(read.posts) > 300, sizes
    assert len(read.likes) > 250, sizes
    assert replace(read, trust={}) != replace(live, trust={}), "the live log has seen more"
