"""Initiatives by their rules, on a real file."""

from collections.abc import Callable

import pytest

from bot.community.communities import Community
from bot.community.errors import NotAllowedError
from bot.services.entries import contributions, initiatives
from bot.services.entries import entry_events as events
from bot.services.entries.entries import write_entries
from bot.services.entries.entry_events import EventStamp, PlatformId
from bot.services.entries.entry_types import EntryDetails, EntryStatus, EntryType, ReferenceKind
from cred.facts.events import Kind
from tests.bot.community.scoring.liked_messages import (
    NOW,
    cred_of,
    liked_message,
    record_events,
)
from tests.bot.services.entries.entering import (
    add,
    add_approved,
    entries_of,
    gather,
    let_only_entries_mint,
    number,
    start_initiative,
    thank,
)
from tests.storage.builders import set_opted_out


async def test_an_initiative_mints_once_complete_for_its_champions_and_what_it_gathers(
    community: Community,
) -> None:
    await add_approved(community)
    await start_initiative(community)
    await gather(community, PlatformId("manual", "contribution:1"))
    made = await gather(community, PlatformId("discord", "m1"))
    bob = number(community, "bob")
    made = await initiatives.champion(
        community, 1, number(community, "eve"), [number(community, "eve")], NOW
    )
    await community.scoring.recompute(NOW)
    before = cred_of(community, "eve"), cred_of(community, "bob"), cred_of(community, "dan")

    done = await initiatives.complete(community, 1, number(community, "cyd"), NOW)

    await community.scoring.recompute(NOW)
    after = cred_of(community, "eve"), cred_of(community, "bob"), cred_of(community, "dan")
    scores = community.scoring.scores
    assert scores is not None
    assert scores.snapshot.total_mint == 3
    assert all(now > then for now, then in zip(after, before, strict=True))
    assert [kind for kind, _ in made.references] == [
        ReferenceKind.CONTRIBUTES,
        ReferenceKind.CONTRIBUTES,
    ]
    assert (done.status, done.champions) == (EntryStatus.COMPLETE, (number(community, "eve"),))
    assert bob in (await entries_of(community, EntryType.CONTRIBUTION))[0].shares


async def test_the_settings_weigh_an_initiative_before_and_after(community: Community) -> None:
    await community.settings.set(
        {"initiatives.weight": "2 / 8"}, author="", reason="", now_ms=NOW
    )
    await start_initiative(community)
    await community.scoring.recompute(NOW)
    before = community.scoring.scores
    await initiatives.complete(community, 1, number(community, "cyd"), NOW)
    await community.scoring.recompute(NOW)

    after = community.scoring.scores
    assert before is not None
    assert after is not None
    assert (before.snapshot.total_mint, after.snapshot.total_mint) == (3, 9)


@pytest.mark.parametrize("who", ["ada", "bob", "eve", "dan"])
async def test_whoever_opened_or_champions_it_or_made_what_it_gathers_does_not_complete_it(
    community: Community, who: str
) -> None:
    await add(community)
    await start_initiative(community)
    await gather(community, PlatformId("manual", "contribution:1"))
    await gather(community, PlatformId("discord", "m1"), ReferenceKind.REFERS_TO)
    await initiatives.champion(
        community, 1, number(community, "ada"), [number(community, "eve")], NOW
    )

    with pytest.raises(NotAllowedError, match=r"second person|somebody else"):
        await initiatives.complete(community, 1, number(community, who), NOW)


async def test_who_champions_what_it_depends_on_does_not_complete_it(
    community: Community,
) -> None:
    await start_initiative(community)
    await start_initiative(community, title="Kitchen")
    await gather(community, PlatformId("manual", "initiative:2"), ReferenceKind.DEPENDS_ON)
    dan = number(community, "dan")
    await initiatives.champion(community, 2, dan, [dan], NOW)

    with pytest.raises(NotAllowedError, match="something of yours"):
        await initiatives.complete(community, 1, dan, NOW)


REFUSED: list[tuple[Callable[[Community], object], str]] = [
    (lambda all_: gather(all_, PlatformId("manual", "initiative:1")), "itself"),
    (
        lambda all_: gather(all_, PlatformId("manual", "initiative:2")),
        "depend on or to refer to",
    ),
    (
        lambda all_: gather(all_, PlatformId("manual", "contribution:9")),
        "There is no contribution 9",
    ),
    (
        lambda all_: gather(all_, PlatformId("manual", "contribution:1")),
        "Contribution 1 is withdrawn",
    ),
    (lambda all_: gather(all_, PlatformId("manual", "thanks:1")), "can't gather thanks"),
    (lambda all_: gather(all_, PlatformId("discord", "m9")), "not seen that message"),
    (lambda all_: gather(all_, PlatformId("discord", "m1")), "has that already"),
    (
        lambda all_: gather(all_, PlatformId("discord", "m1"), initiative=7),
        "There is no initiative 7",
    ),
    (
        lambda all_: gather(all_, PlatformId("discord", "m1"), initiative=2),
        "Initiative 2 is complete",
    ),
    (lambda all_: start_initiative(all_, title="garden"), "initiative 1 already"),
    (lambda all_: start_initiative(all_, title=" "), "a title"),
]


@pytest.mark.parametrize(("attempt", "words"), REFUSED, ids=[words for _, words in REFUSED])
async def test_what_an_initiative_cannot_have_is_refused_in_a_sentence(
    community: Community, attempt: Callable[[Community], object], words: str
) -> None:
    await start_initiative(community)
    await start_initiative(community, title="Kitchen")
    await initiatives.complete(community, 2, number(community, "cyd"), NOW)
    await add(community)
    await contributions.withdraw(community, 1, number(community, "ada"), NOW)
    await thank(community, "ada", "bob")
    await gather(community, PlatformId("discord", "m1"))
    before = await community.log.length()

    with pytest.raises(NotAllowedError, match=words):
        await attempt(community)  # type: ignore[misc]

    assert await community.log.length() == before


async def test_what_was_added_can_be_taken_back_by_who_opened_or_champions_it(
    community: Community,
) -> None:
    ada, bob, eve = (number(community, name) for name in ("ada", "bob", "eve"))
    await start_initiative(community)
    before = await gather(community, PlatformId("discord", "m1"))
    await gather(community, PlatformId("discord", "m1"), ReferenceKind.REFERS_TO)
    await initiatives.champion(community, 1, ada, [bob, eve], NOW)
    thing = PlatformId("discord", "m1")

    with pytest.raises(NotAllowedError, match="Only whoever opened it or champions it"):
        await initiatives.remove(
            community, 1, number(community, "cyd"), contribution=thing, now_ms=NOW
        )
    with pytest.raises(NotAllowedError, match="Only whoever opened it or champions it"):
        await initiatives.remove(community, 1, number(community, "cyd"), whom=[bob], now_ms=NOW)
    own = await initiatives.remove(community, 1, eve, whom=[eve], now_ms=NOW)
    made = await initiatives.remove(community, 1, bob, contribution=thing, now_ms=NOW)
    with pytest.raises(NotAllowedError, match="no such thing"):
        await initiatives.remove(community, 1, bob, contribution=thing, now_ms=NOW)
    with pytest.raises(NotAllowedError, match="Eve does not champion"):
        await initiatives.remove(community, 1, bob, whom=[eve], now_ms=NOW)

    assert len(before.references) == 1
    assert own.champions == (bob,)
    assert made.references == ()
    assert (await gather(community, thing)).references == before.references


async def test_somebody_who_champions_nothing_removes_nobody_by_claiming_to(
    community: Community,
) -> None:
    await start_initiative(community)

    cyd = number(community, "cyd")

    with pytest.raises(NotAllowedError, match="Cyd does not champion initiative 1"):
        await initiatives.remove(community, 1, cyd, whom=[cyd], now_ms=NOW)


async def test_weights_are_named_by_kinds_and_numbers(community: Community) -> None:
    await community.settings.set(
        {
            "weights.node.thanks": 4,
            "weights.node.initiative": 3,
            "weights.edge.champions": "1 / 8",
            "weights.thanks.1": 0.5,
            "weights.initiative.default": 2,
        },
        author="",
        reason="",
        now_ms=NOW,
    )
    await let_only_entries_mint(community)
    await thank(community, "ada", "bob")
    await thank(community, "ada", "cyd")
    await start_initiative(community)
    await initiatives.complete(community, 1, number(community, "cyd"), NOW)
    await community.scoring.recompute(NOW)

    scores = community.scoring.scores
    assert scores is not None
    assert scores.snapshot.total_mint == 4 * 0.5 + 4 + 3 * 2


async def test_nobody_champions_twice_and_bots_never_do(community: Community) -> None:
    await start_initiative(community)
    ada, bob = number(community, "ada"), number(community, "bob")
    await initiatives.champion(community, 1, ada, [ada], NOW)

    with pytest.raises(NotAllowedError, match="Ada champions initiative 1 already"):
        await initiatives.champion(community, 1, ada, [bob, ada], NOW)
    with pytest.raises(NotAllowedError, match="Bot is a bot"):
        await initiatives.champion(community, 1, ada, [number(community, "bot")], NOW)
    made, _ = await initiatives.get(community, 1)
    assert made.champions == (ada,)


async def test_a_message_of_which_only_a_reaction_was_heard_is_not_gathered(
    community: Community,
) -> None:
    await start_initiative(community)
    await record_events(
        community,
        *[event for event in liked_message("dan", "eve", "m7") if event.kind is Kind.REACTED],
    )
    await community.directory.refresh()

    with pytest.raises(NotAllowedError, match="not seen that message"):
        await gather(community, PlatformId("discord", "m7"))


async def test_what_is_complete_can_be_begun_anew_under_its_title(community: Community) -> None:
    await start_initiative(community)
    with pytest.raises(NotAllowedError, match="That is initiative 1 already"):
        await start_initiative(community, author="bob", title="GARDEN")
    await initiatives.complete(community, 1, number(community, "cyd"), NOW)

    assert (await start_initiative(community)).number == 2


async def test_numbers_count_up_past_those_that_an_import_took(community: Community) -> None:
    taken = events.entry_event(
        "thanks:2", EntryDetails(EntryType.THANKS), None, EventStamp(NOW, NOW)
    )
    await record_events(community, taken)

    assert (await thank(community, "ada", "bob")).id == "thanks:3"


async def test_who_opts_out_while_something_is_entered_is_not_in_it(
    community: Community,
) -> None:
    bob, before = number(community, "bob"), await community.log.length()
    ada, stamp = PlatformId("discord", "ada"), EventStamp(NOW, NOW)

    async with write_entries(community) as writer:
        await set_opted_out(community.database, bob, NOW)
        given = events.thanks_events(
            "thanks:1", ada, [PlatformId("discord", "bob")], None, stamp
        )
        with pytest.raises(NotAllowedError, match="just opted out"):
            await writer.record(given)

    assert await community.log.length() == before
