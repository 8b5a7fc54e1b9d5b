"""Finding people, and what to call them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.community.communities import Community
from bot.services import people
from storage.log.batch import Account, Batch
from storage.people.erasure import erase_accounts
from storage.people.linking import LinkStore
from tests.bot.commands.garden import ADA, BEE, GRACE, NOW_MS
from tests.bot.community.identities.linking import (
    link,
    number,
    on_discord,
    on_forum,
)
from tests.bot.forum import ADA_L, LURKER, NAMESAKE, ROBOT, both_places
from tests.storage.builders import set_opted_out


@pytest.fixture
async def community(tmp_path: Path) -> AsyncIterator[Community]:
    async with both_places(tmp_path) as opened:
        yield opened


async def test_a_person_is_called_by_their_account_on_the_communitys_platform(
    community: Community,
) -> None:
    ada_l = number(community, "forum", ADA_L)
    assert people.display_name(community, ada_l) == "ada_l (forum)"

    await link(community, on_forum(ADA_L), on_discord(ADA))

    assert people.display_name(community, ada_l) == "Ada"


async def test_a_person_is_called_where_one_asks_what_they_are_called_there(
    community: Community,
) -> None:
    await link(community, on_forum(ADA_L), on_discord(ADA))
    await community.scoring.recompute(NOW_MS)
    scores = community.scoring.scores
    assert scores is not None
    ada = number(community, "discord", ADA)

    assert people.display_name(community, ada, "forum") == "ada_l"
    assert people.participant_name(community, str(ada), scores, "forum") == "ada_l"
    assert people.participant_name(community, str(ada), scores, "discord") == "Ada"
    found = people.find_by_account(community, "forum", ADA_L, asker=ADA_L)
    assert isinstance(found, people.Person)
    assert (found.name, found.display_name) == ("ada_l", "ada_l")


async def test_a_person_is_called_by_a_name_that_is_not_erased(community: Community) -> None:
    await link(community, on_forum(ADA_L), on_discord(ADA))
    await community.scoring.recompute(NOW_MS)
    scores = community.scoring.scores
    assert scores is not None
    ada, ada_l = number(community, "discord", ADA), number(community, "forum", ADA_L)
    await erase_accounts(community.database, [ada], NOW_MS)
    await community.directory.refresh()

    # The scores still know both as one person, whose id is the erased account's number.
    assert people.participant_name(community, str(min(ada, ada_l)), scores) == "ada_l (forum)"


async def test_a_name_of_several_accounts_of_one_person_is_not_ambiguous(
    community: Community,
) -> None:
    await community.log.append(Batch(accounts=(Account("forum", ADA_L, "user", "Gra"),)))
    await community.directory.refresh()
    assert isinstance(
        people.find_by_text(community, "discord", "Gra", asker=ADA), people.AmbiguousMatch
    )

    await link(community, on_discord(GRACE), on_forum(ADA_L))

    found = people.find_by_text(community, "discord", "Gra", asker=ADA)
    assert isinstance(found, people.Person)
    assert found.account == number(community, "discord", GRACE)


@pytest.mark.parametrize("name", ["Grace", "grace"])
async def test_a_name_on_the_askers_platform_beats_the_same_name_elsewhere(
    community: Community, name: str
) -> None:
    await community.log.append(Batch(accounts=(Account("forum", LURKER, "user", "grace"),)))
    await community.directory.refresh()

    here = people.find_by_text(community, "discord", name, asker=ADA)
    there = people.find_by_text(community, "forum", name, asker=ADA_L)

    assert isinstance(here, people.Person)
    assert here.account == number(community, "discord", GRACE)
    assert isinstance(there, people.Person)
    assert there.account == number(community, "forum", LURKER)


@pytest.mark.parametrize("typed", ["gracie", "GRACIE"])
async def test_a_user_name_on_the_askers_platform_beats_a_name_elsewhere(
    community: Community, typed: str
) -> None:
    await community.log.append(
        Batch(
            accounts=(
                Account("discord", GRACE, other_names=("Gracie",)),
                Account("forum", LURKER, "user", "gracie"),
            )
        )
    )
    await community.directory.refresh()

    found = people.find_by_text(community, "discord", typed, asker=ADA)

    assert isinstance(found, people.Person)
    assert found.account == number(community, "discord", GRACE)


async def test_the_start_of_a_name_here_that_is_a_whole_name_elsewhere_is_asked_about(
    community: Community,
) -> None:
    await community.log.append(
        Batch(
            accounts=(
                Account("discord", "4711", "user", "Bruno Castellan"),
                Account("forum", "4712", "user", "bruno"),
            )
        )
    )
    await community.directory.refresh()

    found = people.find_by_text(community, "discord", "Bruno", asker=ADA)

    assert isinstance(found, people.AmbiguousMatch)
    assert {candidate.name for candidate in found.candidates} == {"Bruno Castellan", "bruno"}


async def test_of_one_platform_a_name_is_found_whatever_others_are_called(
    community: Community,
) -> None:
    # Exactly so on Discord, but for capitals on the forum.
    await community.log.append(Batch(accounts=(Account("forum", LURKER, "user", "gRACE"),)))
    await community.directory.refresh()

    found = people.find_by_text(community, "discord", "forum:Grace", asker=ADA)

    assert isinstance(found, people.Person)
    assert found.account == number(community, "forum", LURKER)


async def test_an_account_of_another_platform_is_named_after_its_platform(
    community: Community,
) -> None:
    found = people.find_by_text(community, "discord", "forum:Ada", asker=ADA)

    assert isinstance(found, people.Person)
    assert found.account == number(community, "forum", NAMESAKE)


async def test_somebody_of_whom_one_account_is_a_bot_is_none(community: Community) -> None:
    ada, robot = number(community, "discord", ADA), number(community, "forum", ROBOT)
    # As an import may: no command does.
    await community.database.write(
        lambda plain: LinkStore(plain).link([(ada, robot)], "import", NOW_MS)
    )
    await community.identities.refresh()
    scores = await community.scoring.recompute(NOW_MS)
    assert scores is not None

    assert str(ada) not in people.hidden_participants(community, scores)
    found = people.find_by_account(community, "forum", ROBOT, asker=ADA_L)
    assert isinstance(found, people.Person)
    assert not found.is_bot


async def test_who_opted_out_is_hidden_in_scores_that_do_not_know_a_link_of_theirs_yet(
    community: Community,
) -> None:
    scores = community.scoring.scores
    assert scores is not None
    await link(community, on_discord(ADA), on_forum(ADA_L))
    await set_opted_out(community.database, number(community, "forum", ADA_L), NOW_MS)
    await community.directory.refresh()

    hidden = people.hidden_participants(community, scores)

    assert {str(number(community, "discord", ADA)), str(number(community, "forum", ADA_L))} <= (
        hidden
    )


async def test_a_person_is_a_bot_only_if_all_their_accounts_are(community: Community) -> None:
    scores = community.scoring.scores
    assert scores is not None

    hidden = people.hidden_participants(community, scores)

    assert str(number(community, "forum", ROBOT)) in hidden
    assert str(number(community, "discord", ADA)) not in hidden


async def test_of_a_bot_and_one_person_with_a_name_the_person_is_meant(
    community: Community,
) -> None:
    await community.log.append(Batch(accounts=(Account("discord", "77", "user", "Beech"),)))
    await community.directory.refresh()

    found = people.find_by_text(community, "discord", "be", asker=ADA)
    bot = people.find_by_text(community, "discord", "bee", asker=ADA)

    assert isinstance(found, people.Person)
    assert found.account == number(community, "discord", "77")
    assert isinstance(bot, people.Person)
    assert bot.account == number(community, "discord", BEE)
