import json
import re
from pathlib import Path

from bot.cli.demo import record_sample
from bot.cli.open_communities import open_communities
from bot.demo.cast import HELPER, MAINTAINER, PEOPLE, SPAMMER
from bot.demo.forum import HELPERS_NAME, MEMBERS
from storage.settings import SettingsLog
from tests.bot.cli.conftest import Run

CODE = re.compile(r"[A-Z0-9]{4}(-[A-Z0-9]{4}){2}\W")
"""A code to link accounts by, which is another one each time."""


def test_the_demo_shows_a_board_a_history_and_an_explanation_then_answers(run: Run) -> None:
    done = run("demo", typed=b"!cred\n!cred board\n")

    assert done.status == 0
    before, tour = done.out.split("> !cred board", 1)
    assert "Lantern Gardens" in before
    assert tour.index(f"> !cred history {HELPER}") < tour.index(f"> !cred explain {HELPER}")
    assert "before" in tour
    answers = tour.partition("> !cred why-changed")[2].split("\n> ")[1:]
    assert [answer.splitlines()[0] for answer in answers] == ["!cred", "!cred board"]
    assert f"{MAINTAINER}:" in answers[0]
    assert "Cred board" in answers[1]


def test_the_demo_ends_at_once_where_nothing_is_typed(run: Run) -> None:
    done = run("demo", typed=b"")

    assert done.status == 0
    assert f"> !cred explain {HELPER}" in done.out


def test_it_says_why_its_board_is_shorter_than_its_people_are_many(run: Run) -> None:
    done = run("demo", typed=b"")

    introduction, board = done.out.split("> !cred board", 1)
    everybody = len(PEOPLE) - 1 + len(MEMBERS)
    assert f"{len(PEOPLE)} people" in introduction
    assert f"{everybody} people with" in board
    assert "no cred is not on its board" in " ".join(introduction.split())


def cred_after(words: str, text: str) -> float:
    """Return the cred on the line that begins with some words."""
    found = re.search(rf"^{words}([\d.]+) cred$", text, re.MULTILINE)
    assert found is not None
    return float(found[1])


def test_it_shows_somebodys_cred_before_and_after_their_accounts_were_linked(run: Run) -> None:
    done = run("demo", typed=f"!cred {HELPER}\n@{HELPER}: !me unlink discourse\n".encode())

    linked, after = done.out.split(": !me confirm ", 1)
    before = cred_after(f"{HELPER}: ", linked)
    there = cred_after(rf"{HELPERS_NAME} \(discourse\): ", linked)
    together, later = cred_after("Together now +", after), cred_after(f"{HELPER}: ", after)
    assert max(before, there) < together < before + there
    assert later > together, "the vote of the tour counts what she is thanked for more"
    assert cred_after(rf"{HELPER} \(discord\) +", after.split("Un-linked")[1]) > before


async def test_no_settings_version_of_it_names_a_person(tmp_path: Path) -> None:
    async with open_communities(tmp_path) as opened:
        community = await record_sample(opened, seed=1)

        versions = await SettingsLog(community.database).history()

    assert versions
    assert {settings_version.author for settings_version in versions} == {"operator"}


def test_one_can_speak_as_somebody_else(run: Run) -> None:
    done = run("demo", "--json", typed=f"@{HELPER}: !cred\n".encode())

    [reply] = map(json.loads, done.out.splitlines())
    assert HELPER in reply["title"]


def test_with_json_the_replies_are_all_there_is_on_standard_output(run: Run) -> None:
    done = run("demo", "--json", typed=b"!cred\n\n!cred board\nquit\n!cred\n")

    replies = [json.loads(line) for line in done.out.splitlines()]
    assert len(replies) == 2


def test_the_spammer_earned_nothing_with_320_messages(run: Run) -> None:
    done = run("demo", "--json", typed=f"@{SPAMMER}: !cred\n!cred board\n".encode())

    spammer, board = map(json.loads, done.out.splitlines())
    assert spammer["title"] == f"{SPAMMER}: 0 cred"
    assert SPAMMER not in json.dumps(board)


def test_bytes_that_are_no_text_are_answered_like_any_mistake(run: Run) -> None:
    done = run("demo", "--json", typed=b"\xff\xfe\x00\n!cred\n")

    assert done.status == 0
    assert len(done.out.splitlines()) == 2


def test_the_same_demo_says_the_same_and_another_seed_something_else(run: Run) -> None:
    first, again = (CODE.sub("", run("demo", typed=b"!cred\n").out) for _ in range(2))
    other = CODE.sub("", run("demo", "--seed", "2", typed=b"!cred\n").out)

    assert first == again
    assert first != other
