"""User names that changed hands on the forum: the authors of posts decide who is who."""

from collections.abc import Mapping

import pytest

from bot.community.communities import Community
from bot.importers.sourcecred.accounts import LINKED_BY
from bot.importers.sourcecred.importer import ImportResult
from cred.facts.events import Event, Kind, Provenance
from storage.log.batch import Account, Batch
from tests.bot.importers.sourcecred.instances import NOW, THREE, import_from

ADA = "100000000000000011"
FINN = "dI50muzGi8ViB7tKnSN1lQ"
FINN_S_POSTS = ("post:102", "post:202", "post:302")
ADA_S_POSTS = ("topic:1", "post:101", "topic:2", "post:201")
GWEN_S_POSTS = ("post:103", "topic:3", "post:301")

Authors = Mapping[str, str]
"""Account id by post."""


def posts(of: str, *written: str) -> dict[str, str]:
    return dict.fromkeys(written, of)


async def read_forum(
    community: Community,
    names: Mapping[str, str],
    *authors: Authors,
    bot: str = "",
) -> None:
    """Record a forum's accounts, whose each post was at first, and whose it was said to be."""
    accounts = tuple(
        Account("discourse", id_, "bot" if id_ == bot else "user", name)
        for id_, name in names.items()
    )
    events = [
        Event(
            source="discourse",
            kind=Kind.AUTHORED if later else Kind.POSTED,
            at_ms=NOW + later,
            seen_ms=NOW + later,
            provenance=Provenance.BACKFILL,
            actor=author,
            target=post,
            place=None if later else "topic:1",
            text=None if later else "post",
        )
        for later, owners in enumerate(authors)
        for post, author in owners.items()
    ]
    await community.log.append(Batch(events=tuple(events), accounts=accounts))


async def import_again(community: Community) -> tuple[ImportResult, str]:
    """Import once more; return what it did, and what it says of the forum's names."""
    _, result = await import_from(community, THREE)
    await community.identities.refresh()
    (line,) = (line for line in result.report if line.part == "user names of the forum")
    return result, f"{line.imported} / {line.skipped}"


def is_one_person(community: Community, forum_id: str, other: tuple[str, str]) -> bool:
    number, person = community.directory.account_number, community.identities.person
    return person(number("discourse", forum_id) or -1) == person(number(*other) or -2)


async def test_a_forum_s_posts_tell_whose_account_is_whose(community: Community) -> None:
    first, said = await import_again(community)
    assert first.by_name_only == 4
    assert "Ada_L, system, gwen, finn: none of their posts has been read here" in said

    await read_forum(
        community,
        {"1": "Ada_L", "2": "finn", "3": "finnegan"},
        posts("1", *ADA_S_POSTS) | posts("2", *FINN_S_POSTS),
    )
    second, said = await import_again(community)

    assert second.by_name_only == 2
    assert said.startswith("2 names linked")
    assert is_one_person(community, "1", ("discord", ADA))
    assert is_one_person(community, "2", ("sourcecred", FINN))
    assert not is_one_person(community, "3", ("sourcecred", FINN))


async def test_a_name_that_changed_hands_ties_whoever_wrote_the_posts(
    community: Community,
) -> None:
    await import_from(community, THREE)
    await read_forum(
        community,
        {"2": "finn_old", "7": "finn"},
        posts("2", "post:102") | posts("7", "post:900"),
    )

    await import_again(community)

    assert is_one_person(community, "2", ("sourcecred", FINN))
    assert not is_one_person(community, "7", ("sourcecred", FINN))


async def test_a_name_alone_ties_nobody(community: Community) -> None:
    await read_forum(community, {"7": "finn"}, posts("7", "post:900"))

    result, said = await import_again(community)

    assert result.by_name_only == 4
    assert "finn: none of their posts has been read here, so user 7 (finn) may be" in said
    assert not is_one_person(community, "7", ("sourcecred", FINN))


async def test_posts_of_several_accounts_tie_nobody(community: Community) -> None:
    await read_forum(
        community,
        {"2": "finn_old", "7": "finn"},
        posts("2", "post:102", "post:202") | posts("7", "post:302"),
    )

    _, said = await import_again(community)

    assert "finn: the posts are of 2 accounts: user 2 (finn_old), user 7 (finn)" in said
    for forum_id in ("2", "7"):
        assert not is_one_person(community, forum_id, ("sourcecred", FINN))


async def test_a_post_that_was_given_away_later_is_still_its_first_author_s(
    community: Community,
) -> None:
    await read_forum(
        community,
        {"1": "Ada_L", "2": "finn_old"},
        posts("2", *FINN_S_POSTS),
        posts("1", "post:302"),
    )

    await import_again(community)

    assert is_one_person(community, "2", ("sourcecred", FINN))
    assert not is_one_person(community, "1", ("sourcecred", FINN))


@pytest.mark.parametrize(
    ("names", "tied"), [({"2": "finn", "5": "x"}, "2"), ({"2": "y", "5": "x"}, None)]
)
async def test_of_two_who_had_all_posts_the_name_decides_or_nobody(
    community: Community, names: dict[str, str], tied: str | None
) -> None:
    await read_forum(community, names, posts("2", *FINN_S_POSTS), posts("5", *FINN_S_POSTS))

    await import_again(community)

    for forum_id in names:
        is_finn = is_one_person(community, forum_id, ("sourcecred", FINN))
        assert is_finn == (forum_id == tied)


async def test_who_has_the_posts_of_several_people_is_none_of_them_but_their_namesake(
    community: Community,
) -> None:
    """Whoever leaves a forum may leave their posts to somebody else."""
    everything = posts("1", *ADA_S_POSTS, *FINN_S_POSTS, *GWEN_S_POSTS)
    await read_forum(community, {"1": "ada_l"}, everything)

    result, said = await import_again(community)

    assert result.by_name_only == 3
    assert "gwen, finn: the posts are of user 1 (ada_l) now, who has those of others" in said
    assert is_one_person(community, "1", ("discord", ADA))
    assert not is_one_person(community, "1", ("sourcecred", FINN))


async def test_a_bot_that_has_the_posts_is_nobody_of_the_ledger(community: Community) -> None:
    await read_forum(community, {"-1": "finn"}, posts("-1", *FINN_S_POSTS), bot="-1")

    _, said = await import_again(community)

    assert "finn: the posts are of user -1 (finn) now" in said
    assert not is_one_person(community, "-1", ("sourcecred", FINN))


async def test_a_wrong_link_of_an_earlier_import_is_undone_and_told(
    community: Community,
) -> None:
    await import_from(community, THREE)
    await read_forum(community, {"2": "finn_old", "7": "finn"}, posts("2", *FINN_S_POSTS))
    by_name = Event(
        source="sourcecred",
        kind=Kind.LINKED,
        at_ms=NOW,
        seen_ms=NOW,
        provenance=Provenance.IMPORT,
        actor="discourse/user/https://forum.example.org/finn",
        object="7",
        object_source="discourse",
        text=LINKED_BY,
    )
    await community.log.append(Batch(events=(by_name,)))

    _, said = await import_again(community)

    assert "finn: an earlier import linked an account that wrote none of their posts" in said
    assert is_one_person(community, "2", ("sourcecred", FINN))
    assert not is_one_person(community, "7", ("sourcecred", FINN))
    again, _ = await import_again(community)
    assert again.new_events == 0
