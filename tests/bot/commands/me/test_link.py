"""`me link` and `me confirm`: what people are told, and where."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.commands.kit.arguments import Argument, Mention
from bot.community.communities import Community
from storage.log.batch import Account, Batch
from tests.bot.commands.garden import GRACE
from tests.bot.commands.me.requests import ask, code_for, facts, link, shown_cred
from tests.bot.forum import ADA_L, GRACE_F, both_places


@pytest.fixture
async def community(tmp_path: Path) -> AsyncIterator[Community]:
    async with both_places(tmp_path) as opened:
        yield opened


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


async def test_a_code_for_an_account_is_given_by_it_under_any_of_its_names(
    community: Community,
) -> None:
    other = Account("forum", ADA_L, other_names=("Ada of the Garden",))
    await community.log.append(Batch(accounts=(other,)))

    code = await code_for(community, account="ada of the garden")
    given = await ask(community, "me confirm", source="forum", actor=ADA_L, code=code)

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


async def test_a_platform_and_a_name_are_no_code_however_long(community: Community) -> None:
    community.identities.platforms = (*community.identities.platforms, "manual")

    reply = await ask(community, "me link", platform="manual", account="abcdef")

    assert reply.title.startswith("Your code: ")


async def test_nobody_waits_for_a_recompute_to_be_told_of_a_link(community: Community) -> None:
    community.scoring.is_running = True

    assert facts(await link(community))["Together now"] == "from the next recompute on"
