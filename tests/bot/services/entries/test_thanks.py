"""Thanks by their rules, on a real file."""

import asyncio
from pathlib import Path

import pytest

from bot.community.communities import Community
from bot.community.errors import NotAllowedError
from bot.services.entries import contributions, initiatives, thanks
from bot.services.entries.entry_events import PlatformId
from bot.services.entries.entry_types import EntryStatus, EntryType, ReferenceKind
from cred.epochs import DAY_MS, WEEK_MS, week_start
from cred.facts.events import Kind
from storage.people.erasure import erase_accounts
from tests.bot.community.scoring.liked_messages import (
    NOW,
    cred_of,
    liked_message,
    record_events,
)
from tests.bot.services.entries.entering import (
    add,
    entries_of,
    let_only_entries_mint,
    link,
    number,
    start_initiative,
    thank,
)
from tests.storage.builders import set_opted_out

HOUR_MS = 3_600_000


async def test_thanks_are_numbered_kept_with_their_reason_and_minted_for_the_receivers(
    community: Community,
) -> None:
    await let_only_entries_mint(community)
    first = await thank(community, "ada", "bob", "cyd")
    second = await thank(community, "bob", "cyd", reason="the   soup \n")

    kept = await entries_of(community, EntryType.THANKS)
    await community.scoring.recompute(NOW)
    assert (first.id, second.id) == ("thanks:1", "thanks:2")
    assert [entry.title for entry in kept] == ["the tour", "the soup"]
    assert cred_of(community, "ada") == 0
    assert cred_of(community, "bob") + cred_of(community, "cyd") == pytest.approx(2)


async def test_scores_hear_of_what_is_entered(community: Community) -> None:
    notices: list[str] = []
    community.on_news = lambda: notices.append("news")

    await thank(community, "ada", "bob")
    await community.scoring.recompute(NOW)
    await thank(community, "ada", "cyd")

    assert notices == ["news", "news"]
    assert await community.scoring.is_due()


async def test_thanks_for_a_message_go_to_its_author_and_name_it(community: Community) -> None:
    given = await thank(community, "ada", reason="", about=PlatformId("discord", "m1"))

    (kept,) = await entries_of(community, EntryType.THANKS)
    assert given.receivers == (number(community, "dan"),)
    assert kept.references == (
        (ReferenceKind.THANKS_FOR, community.directory.contribution_number("discord", "m1")),
    )


async def test_thanks_for_what_was_entered_go_to_those_who_did_it_not_who_entered_it(
    community: Community,
) -> None:
    bob, cyd, eve = (number(community, name) for name in ("bob", "cyd", "eve"))
    await add(community, author="ada", shares={bob: 1, cyd: 2})
    await start_initiative(community, author="ada")
    about = PlatformId("manual", "initiative:1")
    opener = await thank(community, "dan", about=about, reason="a start")
    await initiatives.champion(community, 1, eve, [eve], NOW)
    work = PlatformId("manual", "contribution:1")

    of_work = await thank(community, "ada", reason="", about=work)
    of_a_part = await thank(community, "bob", reason="", about=work)
    of_an_initiative = await thank(community, "ada", reason="", about=about)

    assert opener.receivers == (number(community, "ada"),)
    assert of_work.receivers == (bob, cyd)
    assert of_a_part.receivers == (cyd,)
    assert of_an_initiative.receivers == (eve,)
    with pytest.raises(NotAllowedError, match="yourself"):
        await thank(community, "eve", reason="", about=about)


@pytest.mark.parametrize(
    ("giver", "receivers", "more", "words"),
    [
        ("ada", ["ada"], {}, "yourself"),
        ("ada", ["bob", "ada"], {}, "yourself"),
        ("ada", ["bot"], {}, "Bot is a bot"),
        ("ada", [], {}, "whom"),
        ("ada", ["bob"], {"reason": " "}, "a reason"),
        ("ada", ["bob"], {"reason": "x" * 201}, "201 characters"),
        ("dan", [], {"about": PlatformId("discord", "m1")}, "yourself"),
        ("ada", [], {"about": PlatformId("discord", "m9")}, "not seen that message"),
        ("ada", [], {"about": PlatformId("discourse", "post:9")}, "not seen that message"),
    ],
)
async def test_thanks_against_the_rules_are_refused_in_a_sentence_and_leave_nothing(
    community: Community,
    giver: str,
    receivers: list[str],
    more: dict[str, object],
    words: str,
) -> None:
    before = await community.log.length()

    with pytest.raises(NotAllowedError, match=words):
        await thank(community, giver, *receivers, **more)  # type: ignore[arg-type]

    assert await community.log.length() == before


async def test_nobody_thanks_another_account_of_theirs_nor_does_it_count_afterwards(
    community: Community,
) -> None:
    await let_only_entries_mint(community)
    await thank(community, "ada", "bob")
    await thank(community, "dan", "eve")
    await link(community, "ada", "cyd")
    with pytest.raises(NotAllowedError, match="yourself"):
        await thank(community, "ada", "cyd")
    await link(community, "ada", "bob")
    await community.scoring.recompute(NOW)
    linked = community.scoring.scores
    await link(community, "ada", "bob", Kind.UNLINKED)
    await community.scoring.recompute(NOW)

    assert linked is not None
    assert linked.snapshot.total_mint == 1  # of the thanks to eve
    assert cred_of(community, "bob") == pytest.approx(1)


async def test_a_person_has_so_many_thanks_a_week_over_all_their_accounts(
    community: Community,
) -> None:
    await community.settings.set(
        {"thanks.per-week": 2}, author="operator", reason="", now_ms=NOW
    )
    sunday = week_start(NOW) + WEEK_MS
    left = (await thank(community, "ada", "bob", now_ms=sunday - 2)).left
    await link(community, "ada", "eve")
    last = (await thank(community, "eve", "cyd", now_ms=sunday - 1)).left

    with pytest.raises(NotAllowedError, match="all 2 thanks"):
        await thank(community, "ada", "dan", now_ms=sunday - 1)
    again = await thank(community, "ada", "dan", now_ms=sunday)
    assert (left, last, again.left) == (1, 0, 1)


async def test_thanks_from_before_history_begins_do_not_count(community: Community) -> None:
    await let_only_entries_mint(community)
    await thank(community, "ada", "bob", now_ms=NOW - DAY_MS)
    await thank(community, "ada", "cyd")
    await community.settings.set(
        {"history.start": "2026-01-01"}, author="", reason="", now_ms=NOW
    )

    await community.scoring.recompute(NOW)

    scores = community.scoring.scores
    assert scores is not None
    assert scores.snapshot.total_mint == 1
    assert cred_of(community, "cyd") == pytest.approx(1)


async def test_a_community_can_do_without_thanks(community: Community) -> None:
    await community.settings.set({"thanks.per-week": 0}, author="", reason="", now_ms=NOW)

    with pytest.raises(NotAllowedError, match="gives no thanks"):
        await thank(community, "ada", "bob")


@pytest.mark.parametrize("about", [None, PlatformId("discord", "m1")])
async def test_the_same_thanks_count_once_within_some_days(
    community: Community, about: PlatformId | None
) -> None:
    await thank(community, "ada", "bob", about=about)
    await link(community, "ada", "eve")

    for giver in ("ada", "eve"):
        with pytest.raises(NotAllowedError, match=r"Bob for that already \(thanks:1\)"):
            await thank(community, giver, "cyd", "bob", reason="The  Tour", about=about)
    assert (await thank(community, "ada", "cyd", about=about)).id == "thanks:2"
    later = NOW + 7 * DAY_MS
    assert (await thank(community, "ada", "bob", about=about, now_ms=later)).id == "thanks:3"


@pytest.mark.parametrize(
    "reason", ["the tour.", "The tour!!", "the\u200b tour", "the tour\u2060 …", "\uff54he tour"]
)
async def test_a_dot_or_an_invisible_character_does_not_make_other_thanks(
    community: Community, reason: str
) -> None:
    await thank(community, "ada", "bob", reason="the tour")

    with pytest.raises(NotAllowedError, match="Bob for that already"):
        await thank(community, "ada", "bob", reason=reason)
    assert (await thank(community, "ada", "bob", reason="the tours")).id == "thanks:2"


async def test_the_same_reason_for_another_message_is_another_thanks(
    community: Community,
) -> None:
    await record_events(community, *liked_message("dan", "eve", "m2"))
    await thank(community, "ada", about=PlatformId("discord", "m1"), reason="well said")

    given = await thank(community, "ada", about=PlatformId("discord", "m2"), reason="well said")

    assert given.id == "thanks:2"


async def test_two_accounts_of_one_person_are_thanked_as_one(community: Community) -> None:
    await link(community, "bob", "cyd")

    given = await thank(community, "ada", "cyd", "bob")

    assert given.receivers == (number(community, "cyd"),)


async def test_two_thanks_at_once_get_two_numbers(community: Community) -> None:
    given = await asyncio.gather(
        *(thank(community, "ada", receiver) for receiver in ("bob", "cyd", "dan", "eve"))
    )

    assert sorted(each.id for each in given) == [f"thanks:{n}" for n in (1, 2, 3, 4)]
    assert sorted(each.left for each in given) == [1, 2, 3, 4]


async def test_who_opted_out_or_was_erased_is_neither_thanked_nor_credited(
    community: Community,
) -> None:
    bob, cyd = number(community, "bob"), number(community, "cyd")
    await set_opted_out(community.database, bob, NOW)
    await erase_accounts(community.database, [cyd], NOW)
    await community.directory.refresh()

    for account, word in ((bob, "opted out"), (cyd, "erased")):
        with pytest.raises(NotAllowedError, match=word):
            await thanks.give(
                community, number(community, "ada"), [account], reason="x", now_ms=NOW
            )
        with pytest.raises(NotAllowedError, match=word):
            await add(community, shares={account: 1})


async def test_what_the_erased_gave_stays_as_numbers_without_their_words(
    community: Community,
) -> None:
    await let_only_entries_mint(community)
    await thank(community, "ada", "bob")
    await add(community, author="ada")
    await erase_accounts(community.database, [number(community, "ada")], NOW)
    await community.directory.refresh()

    (kept,) = await entries_of(community, EntryType.THANKS)
    await community.scoring.recompute(NOW)
    assert (kept.title, kept.number) == ("", None)
    assert cred_of(community, "bob") == pytest.approx(1)
    assert (await thank(community, "eve", "bob")).id == "thanks:2"


async def test_no_byte_of_what_the_erased_wrote_is_left_in_the_files(
    community: Community, tmp_path: Path
) -> None:
    ada = number(community, "ada")
    await add(community, author="cyd", title="Watered them")
    await thank(community, "ada", "bob", reason="zinnias in thanks")
    await add(community, author="ada", title="zinnias in work", link="https://zinnias.example")
    await initiatives.open_initiative(community, ada, "zinnias in initiatives", NOW, NOW)
    await contributions.reject(community, 1, ada, "zinnias in reasons", NOW)
    await community.scoring.recompute(NOW)

    def occurrences() -> int:
        files = [path for path in tmp_path.rglob("*") if path.is_file()]
        return sum(path.read_bytes().count(b"zinnias") for path in files)

    before = occurrences()
    await community.identities.erase_person(ada, NOW)

    assert before >= 5
    assert occurrences() == 0


async def take_back(
    community: Community, giver: str, which: int | None = None, now_ms: int = NOW
) -> None:
    await thanks.take_back(community, number(community, giver), which, now_ms)


async def test_thanks_that_were_taken_back_are_as_if_they_had_never_been(
    community: Community,
) -> None:
    await let_only_entries_mint(community)
    await thank(community, "ada", "bob")
    await thank(community, "ada", "cyd")
    await community.scoring.recompute(NOW)
    assert cred_of(community, "cyd") == pytest.approx(1)

    await take_back(community, "ada", now_ms=NOW + HOUR_MS)
    await community.scoring.recompute(NOW)

    statuses = [entry.status for entry in await entries_of(community, EntryType.THANKS)]
    assert statuses == [EntryStatus.WAITING, EntryStatus.WITHDRAWN]
    assert cred_of(community, "bob") == pytest.approx(1)
    scores = community.scoring.scores
    assert scores is not None
    assert scores.snapshot.total_mint == 1
    again = await thank(community, "ada", "cyd")
    assert (again.id, again.left) == ("thanks:3", 3)


@pytest.mark.parametrize(
    ("giver", "which", "later_ms", "words"),
    [
        ("ada", None, HOUR_MS + 1, "more than an hour ago"),
        ("ada", 1, HOUR_MS + 1, "more than an hour ago"),
        ("bob", 1, 0, "Only whoever gave"),
        ("ada", 7, 0, "no thanks 7"),
    ],
)
async def test_thanks_are_taken_back_only_by_the_giver_and_within_an_hour(
    community: Community, giver: str, which: int | None, later_ms: int, words: str
) -> None:
    await thank(community, "ada", "bob")
    before = await community.log.length()

    with pytest.raises(NotAllowedError, match=words):
        await take_back(community, giver, which, NOW + later_ms)

    assert await community.log.length() == before


async def test_taking_back_twice_is_told_and_takes_nothing_else_back(
    community: Community,
) -> None:
    await thank(community, "ada", "bob")
    await thank(community, "ada", "cyd")
    await take_back(community, "ada")

    for which in (None, 2):
        with pytest.raises(NotAllowedError, match="You took back thanks:2 already"):
            await take_back(community, "ada", which)

    first, _ = await entries_of(community, EntryType.THANKS)
    assert first.status is EntryStatus.WAITING


async def test_thanks_are_taken_back_by_another_account_of_the_giver(
    community: Community,
) -> None:
    await thank(community, "ada", "bob")
    await link(community, "ada", "eve")

    await take_back(community, "eve")

    (kept,) = await entries_of(community, EntryType.THANKS)
    assert kept.status is EntryStatus.WITHDRAWN


async def test_whoever_thanked_nobody_has_nothing_to_take_back(community: Community) -> None:
    await thank(community, "ada", "bob")

    assert await thanks.take_back(community, number(community, "bob"), None, NOW) is None
