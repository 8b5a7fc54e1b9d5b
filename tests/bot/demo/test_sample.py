from collections import Counter

from bot.demo.calendar import DAY, START_MS, WEEK, WEEKS, end_ms
from bot.demo.cast import BOT, BY_NAME, HELPER, PEOPLE, SPAMMER, WEBHOOK
from bot.demo.sample import sample_batches
from cred.facts.events import Event, Kind


def events_of(seed: int = 1) -> list[Event]:
    return [event for batch in sample_batches(seed) for event in batch.events]


def test_the_same_seed_tells_the_same_story_and_another_seed_another() -> None:
    assert list(sample_batches(1)) == list(sample_batches(1))
    assert list(sample_batches(1)) != list(sample_batches(2))


def test_it_is_a_community_of_more_than_forty_over_more_than_twelve_weeks() -> None:
    posts = [event for event in events_of() if event.kind is Kind.POSTED]

    authors = {event.actor for event in posts} - {BOT, WEBHOOK}
    weeks = {(event.at_ms - START_MS) // WEEK for event in posts}

    assert len(authors) > 40
    assert weeks == set(range(WEEKS))


def test_every_kind_of_event_that_discord_has_is_in_it() -> None:
    seen = {event.kind for event in events_of()}

    elsewhere = {Kind.REFERENCED, Kind.STATUS_CHANGED, Kind.CREDITED, Kind.CHAMPIONED}
    elsewhere |= {Kind.AUTHORED, Kind.SECONDED, Kind.ENTITLED, Kind.VOTED}
    assert seen == set(Kind) - elsewhere - {Kind.RESTORED, Kind.LINKED, Kind.UNLINKED}


def test_batches_are_in_the_order_of_time_and_each_within_a_day() -> None:
    first, *days = sample_batches()

    times = [event.at_ms for batch in days for event in batch.events]
    assert times == sorted(times)
    assert all({(e.at_ms - START_MS) // DAY for e in batch.events} for batch in days)
    assert all(len({(e.at_ms - START_MS) // DAY for e in b.events}) == 1 for b in days)
    assert times[-1] < end_ms()
    assert {event.kind for event in first.events} == {Kind.PLACE_CHANGED}


def test_everybody_and_every_place_in_it_was_introduced() -> None:
    first = next(sample_batches())
    accounts = {account.id for account in first.accounts}
    places = {place.id for place in first.places}

    for event in events_of():
        assert event.actor is None or event.actor in accounts
        assert event.place is None or event.place in places
        assert event.kind is not Kind.MENTIONED or event.object in accounts


def test_reactions_and_replies_are_to_something_that_was_posted_before() -> None:
    posted: set[str | None] = set()
    for event in events_of():
        if event.kind is Kind.POSTED:
            posted.add(event.target)
        elif event.kind in {Kind.REACTED, Kind.EDITED, Kind.DELETED}:
            assert event.target in posted
        elif event.kind is Kind.REPLIED:
            assert event.object in posted


def test_the_helper_is_praised_most_and_the_spammer_applauds_himself() -> None:
    ids = {person.name: person.id for person in PEOPLE}
    events = events_of()
    authors = {event.target: event.actor for event in events if event.kind is Kind.POSTED}

    praised = Counter(
        event.object
        for event in events
        if event.kind is Kind.MENTIONED and event.place == BY_NAME["props"].id
    )
    applause = [
        event
        for event in events
        if event.kind is Kind.REACTED and event.actor == authors[event.target] == ids[SPAMMER]
    ]

    assert praised.most_common(1)[0][0] == ids[HELPER]
    assert len(applause) > 500


def test_fewer_people_and_weeks_make_a_smaller_community() -> None:
    posts = [
        event
        for batch in sample_batches(weeks=2, people=10)
        for event in batch.events
        if event.kind is Kind.POSTED
    ]

    assert len({event.actor for event in posts} - {BOT, WEBHOOK}) <= 10
    assert max(event.at_ms for event in posts) < START_MS + 2 * WEEK
