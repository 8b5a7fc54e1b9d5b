"""Thanks, work and initiatives by their rules, on a real file."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.community.communities import Communities, Community
from bot.community.errors import NotAllowedError
from bot.services.entries import contributions, initiatives, thanks
from bot.services.entries import entry_events as events
from bot.services.entries.contributions import Draft
from bot.services.entries.entries import Entry, read_entries, write_entries
from bot.services.entries.entry_events import EventStamp, PlatformId
from bot.services.entries.entry_types import EntryDetails, EntryStatus, EntryType, ReferenceKind
from bot.services.entries.thanks import GivenThanks
from bot.sources import discover
from cred.epochs import DAY_MS, WEEK_MS, week_start
from cred.facts.events import Event, Kind, Provenance
from storage.log.batch import Account, Batch
from storage.people.erasure import erase_account, set_opted_out
from tests.bot.community.scoring.test_scoring import NOW, cred_of, hear, praised

NAMES = ("ada", "bob", "cyd", "dan", "eve", "bot")


@pytest.fixture
def worker() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as pool:
        yield pool


@pytest.fixture
async def community(tmp_path: Path, worker: ThreadPoolExecutor) -> AsyncIterator[Community]:
    async with Communities(tmp_path, list(discover().values()), worker) as opened:
        community = await opened.get_or_create("discord-1", "A server", "discord", "1")
        await hear(community, *praised("dan", "eve", "m1"))
        await community.log.append(
            Batch(
                accounts=tuple(
                    Account("discord", one, "bot" if one == "bot" else "user", one.capitalize())
                    for one in NAMES
                )
            )
        )
        await community.directory.refresh()
        yield community


def number(community: Community, name: str, source: str = "discord") -> int:
    found = community.directory.account_number(source, name)
    assert found is not None
    return found


async def thank(
    community: Community,
    giver: str,
    *receivers: str,
    reason: str = "the tour",
    about: PlatformId | None = None,
    now_ms: int = NOW,
) -> GivenThanks:
    return await thanks.give(
        community,
        number(community, giver),
        [number(community, receiver) for receiver in receivers],
        reason=reason,
        about=about,
        now_ms=now_ms,
    )


async def without_messages(community: Community) -> None:
    """Have nothing mint but what is entered by hand."""
    await community.settings.set({"weights.emoji.default": 0}, author="", reason="", now_ms=NOW)


async def link(community: Community, one: str, other: str, kind: Kind = Kind.LINKED) -> None:
    await hear(
        community,
        Event(
            source="discord",
            kind=kind,
            at_ms=NOW,
            seen_ms=NOW,
            provenance=Provenance.LIVE,
            actor=one,
            object=other,
            text="code",
        ),
    )


async def add(community: Community, author: str = "ada", **more: Any) -> Entry:  # noqa: ANN401 - what differs
    draft = Draft(title="Fixed it", shares={number(community, "bob"): 1}, at_ms=NOW - DAY_MS)
    draft = replace(draft, **more)
    return await contributions.add(community, number(community, author), draft, NOW)


async def approved(community: Community, **more: Any) -> Entry:  # noqa: ANN401
    made = await add(community, **more)
    assert made.number is not None
    return await contributions.approve(community, made.number, number(community, "cyd"), NOW)


async def all_of(community: Community, what: EntryType) -> tuple[Entry, ...]:
    return (await read_entries(community)).of_type(what)


# Thanks -------------------------------------------------------------------------------------


async def test_thanks_are_numbered_kept_with_their_reason_and_minted_for_the_receivers(
    community: Community,
) -> None:
    await without_messages(community)
    first = await thank(community, "ada", "bob", "cyd")
    second = await thank(community, "bob", "cyd", reason="the   soup \n")

    kept = await all_of(community, EntryType.THANKS)
    await community.scoring.recompute(NOW)
    assert (first.id, second.id) == ("thanks:1", "thanks:2")
    assert [entry.title for entry in kept] == ["the tour", "the soup"]
    assert cred_of(community, "ada") == 0
    assert cred_of(community, "bob") + cred_of(community, "cyd") == pytest.approx(2)


async def test_scores_hear_of_what_is_entered(community: Community) -> None:
    heard: list[str] = []
    community.on_news = lambda: heard.append("news")

    await thank(community, "ada", "bob")
    await community.scoring.recompute(NOW)
    await thank(community, "ada", "cyd")

    assert heard == ["news", "news"]
    assert await community.scoring.is_due()


async def test_thanks_for_a_message_go_to_its_author_and_name_it(community: Community) -> None:
    given = await thank(community, "ada", reason="", about=PlatformId("discord", "m1"))

    (kept,) = await all_of(community, EntryType.THANKS)
    assert given.receivers == (number(community, "dan"),)
    assert kept.references == (
        (ReferenceKind.THANKS_FOR, community.directory.contribution_number("discord", "m1")),
    )


async def test_thanks_for_what_was_entered_go_to_those_who_did_it_not_who_entered_it(
    community: Community,
) -> None:
    bob, cyd, eve = (number(community, one) for one in ("bob", "cyd", "eve"))
    await add(community, author="ada", shares={bob: 1, cyd: 2})
    await opened(community, author="ada")
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
    await without_messages(community)
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
    await without_messages(community)
    await thank(community, "ada", "bob", now_ms=NOW - DAY_MS)
    await thank(community, "ada", "cyd")
    await community.settings.set(
        {"history.start": "2026-01-01"}, author="", reason="", now_ms=NOW
    )

    await community.scoring.recompute(NOW)

    standing = community.scoring.scores
    assert standing is not None
    assert standing.snapshot.total_mint == 1
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


async def test_the_same_reason_for_another_message_is_another_thanks(
    community: Community,
) -> None:
    await hear(community, *praised("dan", "eve", "m2"))
    await thank(community, "ada", about=PlatformId("discord", "m1"), reason="well said")

    given = await thank(community, "ada", about=PlatformId("discord", "m2"), reason="well said")

    assert given.id == "thanks:2"


async def test_two_accounts_of_one_person_are_thanked_as_one(community: Community) -> None:
    await link(community, "bob", "cyd")

    given = await thank(community, "ada", "cyd", "bob")

    assert given.receivers == (number(community, "cyd"),)


async def test_two_thanks_at_once_get_two_numbers(community: Community) -> None:
    given = await asyncio.gather(
        *(thank(community, "ada", one) for one in ("bob", "cyd", "dan", "eve"))
    )

    assert sorted(one.id for one in given) == [f"thanks:{n}" for n in (1, 2, 3, 4)]
    assert sorted(one.left for one in given) == [1, 2, 3, 4]


async def test_who_opted_out_or_was_erased_is_neither_thanked_nor_credited(
    community: Community,
) -> None:
    bob, cyd = number(community, "bob"), number(community, "cyd")
    await set_opted_out(community.database, bob, NOW)
    await erase_account(community.database, cyd, NOW)
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
    await without_messages(community)
    await thank(community, "ada", "bob")
    await add(community, author="ada")
    await erase_account(community.database, number(community, "ada"), NOW)
    await community.directory.refresh()

    (kept,) = await all_of(community, EntryType.THANKS)
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
    await initiatives.start(community, ada, "zinnias in initiatives", NOW, NOW)
    await contributions.reject(community, 1, ada, "zinnias in reasons", NOW)
    await community.scoring.recompute(NOW)

    def found() -> int:
        files = [path for path in tmp_path.rglob("*") if path.is_file()]
        return sum(path.read_bytes().count(b"zinnias") for path in files)

    before = found()
    await community.identities.erase(ada, NOW)

    assert before >= 5
    assert found() == 0


# Work ---------------------------------------------------------------------------------------


async def test_work_waits_for_a_second_person_and_then_mints_for_its_people_by_shares(
    community: Community,
) -> None:
    shares = {number(community, "bob"): 3, number(community, "eve"): 1}
    made = await add(community, shares=shares, kind="Docs", link="https://example.org/1")
    await community.scoring.recompute(NOW)
    waiting = community.scoring.scores
    done = await contributions.approve(community, 1, number(community, "cyd"), NOW)
    await community.scoring.recompute(NOW)

    assert waiting is not None
    assert waiting.snapshot.total_mint == 1  # the reaction's
    assert (made.id, made.status, made.details.kind) == (
        "contribution:1",
        EntryStatus.WAITING,
        "docs",
    )
    assert (made.title, made.link) == ("Fixed it", "https://example.org/1")
    assert (done.status, done.decided_by) == (EntryStatus.APPROVED, number(community, "cyd"))
    assert cred_of(community, "bob") > 2 * cred_of(community, "eve") > 0


async def test_the_weights_of_a_kind_of_work_and_of_one_contribution_multiply(
    community: Community,
) -> None:
    await approved(community, kind="docs")
    await community.settings.set(
        {"weights.work.docs": 3, "weights.contribution.1": 2}, author="", reason="", now_ms=NOW
    )

    await community.scoring.recompute(NOW)

    standing = community.scoring.scores
    assert standing is not None
    assert standing.snapshot.total_mint == 1 + 6


@pytest.mark.parametrize("who", ["ada", "bob", "dan", "eve"])
async def test_whoever_entered_it_or_has_a_share_approves_nothing_by_any_account(
    community: Community, who: str
) -> None:
    await add(community)
    await link(community, "ada", "dan")
    await link(community, "bob", "eve")

    with pytest.raises(NotAllowedError, match=r"second person|somebody else"):
        await contributions.approve(community, 1, number(community, who), NOW)


async def test_rejected_work_says_why_and_changes_no_number(community: Community) -> None:
    await thank(community, "ada", "bob")
    await community.scoring.recompute(NOW)
    before = community.scoring.scores
    await add(community, shares={number(community, "eve"): 2})
    await contributions.reject(community, 1, number(community, "cyd"), "not done", NOW)
    await community.scoring.recompute(NOW)

    (listed,) = await contributions.list_all(community)
    after = community.scoring.scores
    assert (listed.work.status, listed.reason) == (EntryStatus.REJECTED, "not done")
    assert before is not None
    assert after is not None
    assert after.participants == before.participants
    assert after.cred.tobytes() == before.cred.tobytes()
    with pytest.raises(NotAllowedError, match="rejected already"):
        await contributions.approve(community, 1, number(community, "dan"), NOW)
    with pytest.raises(NotAllowedError, match="rejected already"):
        await contributions.reject(community, 1, number(community, "dan"), "again", NOW)


async def test_approved_work_is_not_rejected(community: Community) -> None:
    made = await approved(community)

    with pytest.raises(NotAllowedError, match="approved already"):
        await contributions.reject(community, 1, number(community, "dan"), "no", NOW)

    (listed,) = await contributions.list_all(community)
    assert (listed.work.status, listed.reason) == (made.status, "")


async def test_work_is_withdrawn_by_any_account_of_who_entered_it(community: Community) -> None:
    await add(community)
    await link(community, "ada", "eve")

    made = await contributions.withdraw(community, 1, number(community, "eve"), NOW)

    assert made.status is EntryStatus.WITHDRAWN


async def test_of_several_who_decide_at_once_one_does(community: Community) -> None:
    await add(community)
    cyd, dan = number(community, "cyd"), number(community, "dan")

    done = await asyncio.gather(
        contributions.approve(community, 1, cyd, NOW),
        contributions.approve(community, 1, dan, NOW),
        contributions.reject(community, 1, dan, "no", NOW),
        return_exceptions=True,
    )

    assert sum(isinstance(one, NotAllowedError) for one in done) == 2
    assert sum(isinstance(one, Entry) for one in done) == 1


async def test_a_few_people_are_thanked_at_once_and_shares_go_to_a_few_more(
    community: Community,
) -> None:
    crowd = [f"guest{n}" for n in range(26)]
    await community.log.append(
        Batch(accounts=tuple(Account("discord", one, "user", one) for one in crowd))
    )
    await community.directory.refresh()

    with pytest.raises(NotAllowedError, match="at most 10 people at once; these are 11"):
        await thank(community, "ada", *crowd[:11])
    assert len((await thank(community, "ada", *crowd[:10])).receivers) == 10
    shares = {number(community, one): 1 for one in crowd}
    with pytest.raises(NotAllowedError, match="At most 25 people"):
        await add(community, shares=shares)
    del shares[number(community, "guest25")]
    assert len((await add(community, shares=shares)).shares) == 25


async def test_withdrawing_approved_work_restores_the_numbers_bit_for_bit(
    community: Community,
) -> None:
    await thank(community, "ada", "bob")
    await community.scoring.recompute(NOW)
    before = community.scoring.scores
    await approved(community, at_ms=NOW - 30 * DAY_MS)
    await community.scoring.recompute(NOW)
    between = community.scoring.scores

    withdrawn = await contributions.withdraw(community, 1, number(community, "ada"), NOW)

    await community.scoring.recompute(NOW)
    after = community.scoring.scores
    assert before is not None
    assert between is not None
    assert after is not None
    assert withdrawn.status is EntryStatus.WITHDRAWN
    assert len(between.starts_ms) > len(before.starts_ms)
    assert after.starts_ms.tobytes() == before.starts_ms.tobytes()
    assert after.participants == before.participants
    assert after.cred.tobytes() == before.cred.tobytes()


async def test_only_its_author_withdraws_work_and_only_once(community: Community) -> None:
    await add(community)

    with pytest.raises(NotAllowedError, match="Only whoever entered it"):
        await contributions.withdraw(community, 1, number(community, "bob"), NOW)
    with pytest.raises(NotAllowedError, match="withdraw it instead"):
        await contributions.reject(community, 1, number(community, "ada"), "no", NOW)
    await contributions.withdraw(community, 1, number(community, "ada"), NOW)
    with pytest.raises(NotAllowedError, match="withdrawn already"):
        await contributions.withdraw(community, 1, number(community, "ada"), NOW)


async def test_the_reason_of_a_rejection_is_erased_with_whoever_gave_it(
    community: Community,
) -> None:
    await add(community)
    await contributions.reject(community, 1, number(community, "cyd"), "not done", NOW)
    await erase_account(community.database, number(community, "cyd"), NOW)

    (listed,) = await contributions.list_all(community)

    assert (listed.work.title, listed.work.status) == ("Fixed it", EntryStatus.REJECTED)
    assert listed.reason == ""


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"title": "  "}, "a title"),
        ({"title": "“ ”"}, "a title"),
        ({"link": "https://"}, "begins with https"),
        ({"link": "https:///x"}, "begins with https"),
        ({"shares": {}}, "who did it"),
        ({"kind": "magic"}, "no kind of work “magic”; this community has code, design"),
        ({"link": "ftp://x"}, "begins with https"),
        ({"link": "https://a.example/x y"}, "no blanks"),
        ({"link": "https://" + "x" * 400}, "at most 400"),
        ({"at_ms": NOW + 1}, "yet to come"),
        ({"at_ms": NOW - 400 * DAY_MS}, "before the day"),
    ],
)
async def test_work_that_lacks_something_is_refused_in_a_sentence(
    community: Community, more: dict[str, Any], words: str
) -> None:
    await community.settings.set(
        {"history.start": "2025-06-01"}, author="", reason="", now_ms=NOW
    )

    with pytest.raises(NotAllowedError, match=words):
        await add(community, **more)

    assert await all_of(community, EntryType.CONTRIBUTION) == ()


async def test_neither_work_nor_initiatives_are_dated_where_they_would_cost_many_weeks(
    community: Community,
) -> None:
    with pytest.raises(NotAllowedError, match="more than 5 years ago"):
        await add(community, at_ms=NOW - 6 * 366 * DAY_MS)
    with pytest.raises(NotAllowedError, match="more than 5 years ago"):
        await initiatives.start(community, number(community, "ada"), "Old", 0, NOW)
    with pytest.raises(NotAllowedError, match="yet to come"):
        await initiatives.start(community, number(community, "ada"), "New", NOW + 1, NOW)

    assert (await add(community, at_ms=NOW - 4 * 366 * DAY_MS)).id == "contribution:1"


@pytest.mark.parametrize("share", [0, -1, 10**6 + 1])
async def test_a_share_is_a_whole_number_from_one_up(community: Community, share: int) -> None:
    with pytest.raises(NotAllowedError, match="A share"):
        await add(community, shares={number(community, "bob"): share})


async def test_shares_of_one_person_s_accounts_are_added_up(community: Community) -> None:
    await link(community, "bob", "eve")

    made = await add(
        community, shares={number(community, "bob"): 2, number(community, "eve"): 1}
    )

    assert made.shares == {number(community, "bob"): 3}


async def test_the_same_work_is_entered_once_unless_the_first_was_withdrawn(
    community: Community,
) -> None:
    await add(community)
    with pytest.raises(NotAllowedError, match="contribution 1 already"):
        await add(community, author="eve", title="fixed IT")
    await contributions.withdraw(community, 1, number(community, "ada"), NOW)

    assert (await add(community)).id == "contribution:2"


async def test_the_community_s_list_has_the_kinds(community: Community) -> None:
    await community.settings.set(
        {"contributions.kinds": "garden, kitchen"}, author="", reason="", now_ms=NOW
    )

    with pytest.raises(NotAllowedError, match="this community has garden, kitchen"):
        await add(community)
    assert (await add(community, kind="Kitchen")).details.kind == "kitchen"


# Initiatives --------------------------------------------------------------------------------


async def opened(community: Community, author: str = "ada", title: str = "Garden") -> Entry:
    return await initiatives.start(community, number(community, author), title, NOW, NOW)


async def gather(
    community: Community,
    thing: PlatformId,
    how: ReferenceKind = ReferenceKind.CONTRIBUTES,
    which: int = 1,
) -> Entry:
    return await initiatives.gather(community, which, number(community, "ada"), thing, how, NOW)


async def test_an_initiative_mints_once_complete_for_its_champions_and_what_it_gathers(
    community: Community,
) -> None:
    await approved(community)
    await opened(community)
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
    standing = community.scoring.scores
    assert standing is not None
    assert standing.snapshot.total_mint == 3
    assert all(now > then for now, then in zip(after, before, strict=True))
    assert [how for how, _ in made.references] == [
        ReferenceKind.CONTRIBUTES,
        ReferenceKind.CONTRIBUTES,
    ]
    assert (done.status, done.champions) == (EntryStatus.COMPLETE, (number(community, "eve"),))
    assert bob in (await all_of(community, EntryType.CONTRIBUTION))[0].shares


async def test_the_settings_weigh_an_initiative_before_and_after(community: Community) -> None:
    await community.settings.set(
        {"initiatives.weight": "2 / 8"}, author="", reason="", now_ms=NOW
    )
    await opened(community)
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
    await opened(community)
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
    await opened(community)
    await opened(community, title="Kitchen")
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
        lambda all_: gather(all_, PlatformId("discord", "m1"), which=7),
        "There is no initiative 7",
    ),
    (
        lambda all_: gather(all_, PlatformId("discord", "m1"), which=2),
        "Initiative 2 is complete",
    ),
    (lambda all_: opened(all_, title="garden"), "initiative 1 already"),
    (lambda all_: opened(all_, title=" "), "a title"),
]


@pytest.mark.parametrize(("attempt", "words"), REFUSED, ids=[words for _, words in REFUSED])
async def test_what_an_initiative_cannot_have_is_refused_in_a_sentence(
    community: Community, attempt: Callable[[Community], object], words: str
) -> None:
    await opened(community)
    await opened(community, title="Kitchen")
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
    ada, bob, eve = (number(community, one) for one in ("ada", "bob", "eve"))
    await opened(community)
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
    await opened(community)

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
    await without_messages(community)
    await thank(community, "ada", "bob")
    await thank(community, "ada", "cyd")
    await opened(community)
    await initiatives.complete(community, 1, number(community, "cyd"), NOW)
    await community.scoring.recompute(NOW)

    standing = community.scoring.scores
    assert standing is not None
    assert standing.snapshot.total_mint == 4 * 0.5 + 4 + 3 * 2


async def test_nobody_champions_twice_and_bots_never_do(community: Community) -> None:
    await opened(community)
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
    await opened(community)
    await hear(
        community,
        *[event for event in praised("dan", "eve", "m7") if event.kind is Kind.REACTED],
    )
    await community.directory.refresh()

    with pytest.raises(NotAllowedError, match="not seen that message"):
        await gather(community, PlatformId("discord", "m7"))


async def test_what_is_complete_can_be_begun_anew_under_its_title(community: Community) -> None:
    await opened(community)
    with pytest.raises(NotAllowedError, match="That is initiative 1 already"):
        await opened(community, author="bob", title="GARDEN")
    await initiatives.complete(community, 1, number(community, "cyd"), NOW)

    assert (await opened(community)).number == 2


async def test_numbers_count_up_past_those_that_an_import_took(community: Community) -> None:
    taken = events.entry_event(
        "thanks:2", EntryDetails(EntryType.THANKS), None, EventStamp(NOW, NOW)
    )
    await hear(community, taken)

    assert (await thank(community, "ada", "bob")).id == "thanks:3"


async def test_who_opts_out_while_something_is_entered_is_not_in_it(
    community: Community,
) -> None:
    bob, before = number(community, "bob"), await community.log.length()
    ada, told = PlatformId("discord", "ada"), EventStamp(NOW, NOW)

    async with write_entries(community) as state:
        await set_opted_out(community.database, bob, NOW)
        given = events.thanks_events(
            "thanks:1", ada, [PlatformId("discord", "bob")], None, told
        )
        with pytest.raises(NotAllowedError, match="just opted out"):
            await state.record(Batch(events=given))

    assert await community.log.length() == before
