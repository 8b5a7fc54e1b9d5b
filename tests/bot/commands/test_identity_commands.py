"""`me …` and `admin identity …`: what people are told, where, and what they see of cred."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.chat.console.chat import ConsoleChat, Speaker
from bot.chat.line.parse import parse
from bot.commands.catalogue import build_registry
from bot.commands.kit.arguments import Argument, Mention
from bot.commands.kit.dispatch import dispatch
from bot.commands.kit.reply import Reply
from bot.commands.kit.request import Request
from bot.community.communities import Community
from bot.community.identities.transactions import ActingAccount
from storage.people.erasure import set_opted_out
from tests.bot import forum
from tests.bot.commands.garden import ADA, GRACE, LINUS, NAMES, NOW_MS
from tests.bot.forum import ADA_L, GRACE_F, NAMESAKE, both_places


@pytest.fixture
async def community(tmp_path: Path) -> AsyncIterator[Community]:
    async with both_places(tmp_path) as opened:
        yield opened


async def ask(  # noqa: PLR0913 - what a request is made of
    community: Community,
    line: str,
    *,
    source: str = "discord",
    actor: str = ADA,
    is_private: bool = True,
    is_overheard: bool = False,
    is_admin: bool = False,
    **arguments: Argument,
) -> Reply:
    command = build_registry().find(line)
    assert command is not None
    names = forum.NAMES if source == "forum" else NAMES
    return await dispatch(
        command,
        Request(
            community=community,
            source=source,
            actor=actor,
            actor_name=names.get(actor, "Somebody"),
            is_admin=is_admin,
            arguments=arguments,
            now_ms=NOW_MS,
            is_private=is_private,
            is_overheard=is_overheard,
        ),
    )


async def code_for(community: Community, **more: Argument) -> str:
    reply = await ask(community, "me link", platform="forum", **more)  # type: ignore[arg-type]
    match = re.fullmatch(r"Your code: (\S+)", reply.title)
    assert match is not None, reply
    return match[1]


async def link(community: Community) -> Reply:
    code = await code_for(community)
    return await ask(community, "me confirm", source="forum", actor=ADA_L, code=code)


def facts(reply: Reply) -> dict[str, str]:
    return {fact.name: fact.value for fact in reply.facts}


async def shown_cred(community: Community, **who: str) -> str:
    return (await ask(community, "cred show", **who)).title  # type: ignore[arg-type]


# Linking --------------------------------------------------------------------------------------


async def test_a_code_comes_with_what_it_will_do_and_ones_cred_now(
    community: Community,
) -> None:
    mine = await shown_cred(community)

    reply = await ask(community, "me link", platform="forum", account="ada_l")

    assert reply.private
    assert "the forum account “ada_l”" in reply.text
    assert "the cred of that account and yours are one person's" in reply.text
    assert "!me unlink forum undoes it" in reply.text
    assert facts(reply)["Your cred now"] in mine.replace("Ada: ", "")


async def test_a_code_in_the_platforms_place_shows_what_it_would_do(
    community: Community,
) -> None:
    code = await code_for(community)

    reply = await ask(community, "me link", source="forum", actor=ADA_L, platform=code)

    assert reply.title == "Are these both you?"
    assert "Ada (discord) and ada_l (forum) would be one person" in reply.text
    assert f"!me confirm {code}" in reply.text
    assert "If it was not you who asked for this code, don't" in reply.text
    assert set(facts(reply)) == {"Ada (discord)", "ada_l (forum)", "Together, about"}
    assert "no other" in (await ask(community, "me accounts")).text


async def test_confirming_shows_both_creds_before_and_one_after(community: Community) -> None:
    reply = await link(community)

    told = facts(reply)
    assert reply.private
    assert "Ada (discord) and ada_l (forum) are one person's now" in reply.text
    before = [
        float(told[f"{name} before"].split()[0]) for name in ("Ada (discord)", "ada_l (forum)")
    ]
    after = float(told["Together now"].split()[0])
    assert after == pytest.approx(sum(before), rel=0.05)
    assert "It is not quite the sum of the two" in reply.text


async def test_linked_accounts_have_one_cred_whoever_asks_for_it(community: Community) -> None:
    await link(community)

    here = await shown_cred(community)
    assert here.startswith("Ada: ")
    there = await shown_cred(community, source="forum", actor=ADA_L)
    assert there == here.replace("Ada", "ada_l")
    assert (await ask(community, "cred show", actor=GRACE, person="forum:ada_l")).title == here
    await community.scoring.recompute(NOW_MS)
    board = await ask(community, "cred board", source="forum", actor=ADA_L)
    listed = [row[1] for row in board.tables[0].rows]
    assert listed.count("ada_l") == 1
    assert "Ada (discord)" not in listed
    assert "Ada" in listed  # somebody else of that name
    assert "You: #" in board.after
    causes = str((await ask(community, "cred explain", actor=GRACE)).tables)
    assert "reactions of Ada" in causes
    assert "ada_l" not in causes


async def test_of_a_linked_account_nothing_is_left_on_the_board(
    community: Community,
) -> None:
    code = await ask(community, "me link", actor=GRACE, platform="forum")
    await ask(
        community,
        "me confirm",
        source="forum",
        actor=GRACE_F,
        code=code.title.removeprefix("Your code: "),
    )

    board = await ask(community, "cred board")
    assert [row[1] for row in board.tables[0].rows].count("Grace") == 1
    assert "grace_f" not in str(board)

    assert (await ask(community, "cred show", actor=GRACE)).tables


async def test_who_is_only_on_another_platform_is_shown_with_it(community: Community) -> None:
    shown = await ask(community, "cred show", person="forum:Ada")

    assert shown.title.startswith("Ada (forum): ")
    assert "!cred explain forum:3" in shown.after
    other = await ask(community, "cred show", person="ada_l")
    assert "!cred explain @ada_l · " in other.after
    history = await ask(community, "cred history", person="ada_l")
    assert history.title.startswith("ada_l (forum): ")
    assert history.buttons[0].line == f"cred history forum:{ADA_L} 4"


async def test_a_reply_says_that_the_scores_do_not_know_of_a_link_yet(
    community: Community,
) -> None:
    before = await shown_cred(community)
    code = await code_for(community)
    claims = community.identities
    await claims.codes.redeem(code, ActingAccount("forum", ADA_L, "ada_l"), NOW_MS)

    reply = await ask(community, "cred show")
    assert reply.title == before
    assert "the next recompute counts them so" in reply.text
    other = await ask(community, "cred show", source="forum", actor=ADA_L)
    assert other.title != before
    explained = await ask(community, "cred explain")
    assert "the next recompute counts them so" in explained.text
    await community.scoring.recompute(NOW_MS)
    assert "next recompute" not in (await ask(community, "cred show")).text


async def test_where_a_link_cannot_be_scored_at_once_the_next_recompute_is_promised(
    community: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def no(_now_ms: int) -> bool:
        return False

    monkeypatch.setattr(community.scoring, "recompute_if_due", no)

    assert facts(await link(community))["Together now"] == "from the next recompute on"


async def test_news_of_a_link_are_passed_on(
    community: Community,
) -> None:
    heard: list[None] = []
    community.on_news = lambda: heard.append(None)

    await link(community)

    assert heard


async def test_nothing_is_told_where_others_read_along_and_a_code_they_saw_is_void(
    community: Community,
) -> None:
    code = await code_for(community)
    lines: dict[str, dict[str, Argument]] = {
        "me accounts": {},
        "me link": {"platform": "forum"},
        "me unlink": {},
    }
    for line, arguments in lines.items():
        reply = await ask(community, line, is_private=False, **arguments)  # type: ignore[arg-type]
        assert reply.title == "Not in public", line
        assert reply.private

    seen = await ask(
        community, "me confirm", source="forum", actor=ADA_L, is_private=False, code=code
    )

    assert "void now" in seen.text
    later = await ask(community, "me confirm", source="forum", actor=ADA_L, code=code)
    assert "none for this account" in later.text


async def test_a_code_typed_in_public_in_a_platforms_place_is_void_too(
    community: Community,
) -> None:
    code = await code_for(community)

    await ask(
        community, "me link", source="forum", actor=ADA_L, is_private=False, platform=code
    )

    later = await ask(community, "me confirm", source="forum", actor=ADA_L, code=code)
    assert "none for this account" in later.text


async def test_a_code_posted_where_others_read_is_given_but_not_only_looked_at(
    community: Community,
) -> None:
    code = await code_for(community)
    looked = await ask(
        community, "me link", source="forum", actor=ADA_L, is_overheard=True, platform=code
    )
    assert "void now" in looked.text
    late = await ask(community, "me confirm", source="forum", actor=ADA_L, code=code)
    assert late.title == "That can't be done"

    code = await code_for(community)
    given = await ask(
        community, "me confirm", source="forum", actor=ADA_L, is_overheard=True, code=code
    )
    assert given.title == "Linked"


async def test_expired_used_and_foreign_codes_are_told_alike(community: Community) -> None:
    code = await code_for(community, account="ada_l")

    foreign = await ask(community, "me confirm", source="forum", actor=GRACE_F, code=code)
    unknown = await ask(
        community, "me confirm", source="forum", actor=GRACE_F, code="2222-2222-2222"
    )

    assert foreign == unknown


@pytest.mark.parametrize(
    ("arguments", "title"),
    [
        ({}, "Which platform?"),
        ({"platform": "discord"}, "The same platform"),
        ({"platform": "forumm"}, "Which platform?"),
        ({"platform": "forum", "account": Mention("discord", GRACE)}, "Whose?"),
    ],
)
async def test_a_link_that_makes_no_sense_says_what_would(
    community: Community, arguments: dict[str, Argument], title: str
) -> None:
    reply = await ask(community, "me link", **arguments)  # type: ignore[arg-type]

    assert (reply.title, reply.is_error, reply.private) == (title, True, True)


async def test_text_that_is_no_code_is_not_tried(community: Community) -> None:
    for _ in range(20):
        assert (await ask(community, "me confirm", code="please")).title == "Which code?"

    assert (await link(community)).title == "Linked"


# Accounts and un-linking ----------------------------------------------------------------------


async def test_ones_accounts_are_listed_with_how_they_were_linked(
    community: Community,
) -> None:
    await link(community)

    reply = await ask(community, "me accounts")

    assert reply.tables[0].rows == (
        ("discord", "Ada", "a code"),
        ("forum", "ada_l", "a code"),
    )
    assert reply.private


@pytest.mark.parametrize("which", ["forum", "ada_l", "FORUM:Ada_L", f"forum:{ADA_L}"])
async def test_an_account_is_taken_out_by_platform_name_or_id(
    community: Community, which: str
) -> None:
    alone = await shown_cred(community)
    await link(community)

    reply = await ask(community, "me unlink", account=which)

    assert reply.title == "Un-linked"
    assert "ada_l (forum) is a person of its own again" in reply.text
    assert set(facts(reply)) == {"Together before", "Ada (discord)", "ada_l (forum)"}
    assert await shown_cred(community) == alone
    assert len((await ask(community, "me accounts")).tables[0].rows) == 1


async def test_which_account_to_take_out_must_be_said(community: Community) -> None:
    assert (await ask(community, "me unlink")).title == "Nothing to undo"
    await link(community)

    reply = await ask(community, "me unlink")

    assert reply.title == "Which account?"
    assert f"me unlink forum:{ADA_L}" in reply.text


async def test_who_opted_out_by_one_account_is_told_that_all_are(community: Community) -> None:
    await link(community)
    number = community.directory.account_number("forum", ADA_L)
    assert number is not None
    await set_opted_out(community.database, number, NOW_MS)

    mine = await ask(community, "me accounts")
    asked = await ask(community, "cred show", actor=GRACE, person=Mention("discord", ADA))
    explained = await ask(community, "cred explain", actor=GRACE)

    assert "You opted out, with every account that is linked" in mine.text
    assert mine.facts == ()
    assert asked.title == "Opted out"
    assert "reactions of Ada" not in str(explained.tables)
    assert "somebody who opted out" in str(explained.tables)


async def test_who_was_never_heard_of_can_link_and_list(community: Community) -> None:
    assert (await ask(community, "me accounts", actor="4711")).title == "No account yet"

    reply = await ask(community, "me link", actor="4711", platform="forum")

    assert reply.title.startswith("Your code: ")
    assert (await ask(community, "me accounts", actor="4711")).title == "Your account"


# Merges ---------------------------------------------------------------------------------------


async def propose(community: Community) -> Reply:
    return await ask(
        community,
        "admin identity propose",
        actor=GRACE,
        is_admin=True,
        one=Mention("discord", ADA),
        other="forum:ada_l",
        reason="she said so before she left",
    )


async def test_a_merge_is_proposed_listed_approved_and_undone(community: Community) -> None:
    alone = await shown_cred(community, actor=LINUS, person="forum:ada_l")
    proposed = await propose(community)
    assert proposed.title == "Merge 1 is proposed"
    assert "!admin identity approve 1" in proposed.text

    listed = await ask(community, "admin identity list", is_admin=True)
    assert listed.text == "1 merge to be approved, of 1 in all."
    assert "she said so before she left (proposed by Grace" in str(listed.tables[0].rows)

    own = await ask(community, "admin identity approve", actor=GRACE, is_admin=True, number=1)
    assert "second person" in own.text
    done = await ask(community, "admin identity approve", actor=LINUS, is_admin=True, number=1)
    assert done.title == "Merge 1 is done"
    assert "not quite the sum of the two" in done.text
    assert set(facts(done)) == {"Ada (discord)", "ada_l (forum)", "Together now"}
    mine = (await ask(community, "me accounts")).tables[0].rows
    assert mine[1] == ("forum", "ada_l", "maintainers (merge 1)")

    undone = await ask(
        community, "admin identity unmerge", actor=GRACE, is_admin=True, account="forum:ada_l"
    )
    assert undone.title == "Un-merged"
    assert await shown_cred(community, actor=LINUS, person="forum:ada_l") == alone


async def test_a_merge_is_rejected(community: Community) -> None:
    await propose(community)

    reply = await ask(community, "admin identity reject", actor=LINUS, is_admin=True, number=1)

    assert reply.text == "Ada (discord) and ada_l (forum) stay two people."


async def test_a_merge_with_somebody_who_opted_out_can_be_undone_without_naming_them(
    community: Community,
) -> None:
    await propose(community)
    await ask(community, "admin identity approve", actor=LINUS, is_admin=True, number=1)
    ada_l = community.directory.account_number("forum", ADA_L)
    assert ada_l is not None
    await set_opted_out(community.database, ada_l, NOW_MS)

    reply = await ask(
        community,
        "admin identity unmerge",
        actor=LINUS,
        is_admin=True,
        account=Mention("discord", ADA),
    )

    assert reply.title == "Un-merged"
    assert "somebody who opted out" in reply.text
    assert "ada_l" not in str(reply)
    assert (await shown_cred(community)).startswith("Ada: ")


async def test_a_platform_and_a_name_are_no_code_however_long(community: Community) -> None:
    community.identities.platforms = (*community.identities.platforms, "manual")

    reply = await ask(community, "me link", platform="manual", account="abcdef")

    assert reply.title.startswith("Your code: ")


async def test_nobody_waits_for_a_recompute_to_be_told_of_a_link(community: Community) -> None:
    community.scoring.is_running = True

    assert facts(await link(community))["Together now"] == "from the next recompute on"


@pytest.mark.parametrize(
    "line",
    [
        command.line
        for command in build_registry().commands
        if command.group == "admin identity"
    ],
)
async def test_merging_is_for_maintainers(community: Community, line: str) -> None:
    assert (await ask(community, line)).title == "For server admins"


@pytest.mark.parametrize("line", ["propose", "approve", "reject", "unmerge"])
async def test_what_is_missing_is_asked_for(community: Community, line: str) -> None:
    reply = await ask(community, f"admin identity {line}", is_admin=True)

    assert reply.title.startswith("Which")


async def test_health_counts_linked_people_and_merges_that_wait(community: Community) -> None:
    before = facts(await ask(community, "admin health", is_admin=True))
    await link(community)
    graces = community.directory.account_number("discord", GRACE)
    theirs = community.directory.account_number("forum", GRACE_F)
    assert graces is not None
    assert theirs is not None
    await community.identities.merges.propose(
        graces, theirs, ActingAccount("discord", LINUS, "Linus"), "so", NOW_MS
    )

    after = facts(await ask(community, "admin health", is_admin=True))

    assert "Linked" not in before
    assert after["Linked"] == "2 accounts of 1 person"
    assert after["Merges to approve"] == "1 (admin identity list)"


# The console ----------------------------------------------------------------------------------


async def test_the_console_speaks_from_either_platform(community: Community) -> None:
    chat = ConsoleChat(
        community, build_registry(), Speaker(LINUS, "Linus"), now_ms=lambda: NOW_MS
    )

    started = await chat.reply('@"Grace": !me link forum')
    assert started is not None
    code = started.title.removeprefix("Your code: ")
    linked = await chat.reply(f"@forum:grace_f: !me confirm {code}")

    assert linked is not None
    assert linked.title == "Linked"
    mine = await chat.reply("!me accounts")
    assert mine is not None
    assert mine.title == "Your account"


async def test_of_two_with_a_name_the_console_asks_which(community: Community) -> None:
    chat = ConsoleChat(
        community, build_registry(), Speaker(GRACE, "Grace"), now_ms=lambda: NOW_MS
    )

    both = await chat.reply("@Ada: !cred")
    single = await chat.reply('@forum:"Ada": !cred')
    link_in_it = await chat.reply("@grace:cred explain https://discord.com/channels/1/2/3")

    assert both is not None
    assert "Several people fit" in both.text
    assert single is not None
    assert single.title.startswith("Ada: 17.")
    assert link_in_it is not None
    assert link_in_it.title == "Which message?"


@pytest.mark.parametrize("account", [ADA_L, GRACE_F, NAMESAKE])
async def test_more_is_asked_about_the_same_person_of_another_platform(
    community: Community, account: str
) -> None:
    shown = await ask(community, "cred show", actor=LINUS, person=Mention("forum", account))

    line = shown.after.removeprefix("More: ").split(" · ")[0].removeprefix("!")
    called = parse(line, build_registry(), "discord")
    thing = called.arguments["thing"]
    explained = await ask(community, called.command.line, actor=LINUS, thing=thing)

    name, _, cred = shown.title.rpartition(": ")
    assert explained.title == f"Where {cred} of {name} came from"
