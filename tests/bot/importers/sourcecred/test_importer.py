"""After an import the community's own scores are those that the instance published."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from bot.community.communities import Community
from bot.community.errors import SettingMistakeError
from bot.importers.sourcecred.accounts import account_for
from bot.importers.sourcecred.comparison import compare
from bot.importers.sourcecred.instance import read_instance
from bot.importers.sourcecred.mapping import map_config
from bot.services.entries.entries import read_entries
from bot.services.entries.entry_types import EntryType
from bot.services.people import participant_name
from cred.facts.events import Event, Kind, Provenance
from storage.archives import Archives
from storage.log.batch import Batch
from storage.people.erasure import erase_accounts
from tests.bot.commands.garden import run
from tests.bot.importers.sourcecred.instances import (
    NOW,
    THREE,
    copy_instance,
    edit_json,
    import_from,
    real,
)
from tests.storage.builders import set_opted_out

ADA = "100000000000000011"
FORUM = "https://forum.example.org"


def weekly_cred(community: Community, number: int) -> NDArray[np.float64]:
    """Return the cred by week of the participant whom an account belongs to."""
    scores = community.scoring.scores
    assert scores is not None
    person = str(community.identities.person(number))
    weeks: NDArray[np.float64] = scores.cred[scores.participants.index(person)]
    return weeks


async def reply_text(community: Community, asker: str, **arguments: str) -> str:
    """Return the reply to "!cred …" as text."""
    reply = await run(community, "cred show", actor=asker, **arguments)
    return f"{reply.title} {reply.text} {reply.facts}"


@pytest.mark.parametrize(
    "where",
    [pytest.param(lambda: THREE, id="three-plugins"), pytest.param(real, id="community-anon")],
)
async def test_the_community_s_scores_are_the_published_ones(
    community: Community, where: Callable[[], Path]
) -> None:
    instance, result = await import_from(community, where())

    assert instance.published is not None
    assert result.scores is not None
    theirs = {row.id: row.ours for row in compare(instance, sourcecred_boundaries=True).rows}
    for participant in instance.ledger.participants:
        weeks = weekly_cred(community, result.participants[participant.id])
        assert weeks == pytest.approx(instance.published.cred[participant.id], abs=8e-5)
        assert weeks.sum() == pytest.approx(theirs[participant.id], rel=1e-9)
    assert result.scores.snapshot.total_mint == pytest.approx(
        instance.published.total, rel=1e-6
    )


async def test_everybody_is_one_participant_called_as_in_the_ledger(
    community: Community,
) -> None:
    instance, result = await import_from(community, THREE)

    scores = result.scores
    assert scores is not None
    assert sorted(
        participant_name(community, participant, scores) for participant in scores.participants
    ) == sorted(
        participant.name
        + (
            " (sourcecred)"
            if participant.name in {"finn", "gwen", "system", "sourcecred"}
            else ""
        )
        for participant in instance.ledger.participants
    )


async def test_moving_in_again_changes_nothing(community: Community) -> None:
    await import_from(community, THREE)
    version, head = community.settings.version, await community.log.head()

    _, again = await import_from(community, THREE)

    assert (again.new_events, list(again.new_archives), again.changed_settings) == (0, [], 0)
    assert community.settings.version == version
    assert await community.log.head() == head


async def test_links_that_were_undone_stay_undone(community: Community) -> None:
    instance, result = await import_from(community, THREE)
    ada = instance.ledger.participants[0]
    discord = community.directory.account_number("discord", ADA)
    assert discord is not None
    await community.identities.refresh()
    await community.identities.unlink(discord, NOW)

    _, again = await import_from(community, THREE)
    await community.identities.refresh()

    assert again.new_events == 0
    assert weekly_cred(community, discord).sum() > 1.0
    whole = compare(instance, sourcecred_boundaries=True).rows[0].ours
    parts = (
        weekly_cred(community, discord).sum()
        + weekly_cred(community, result.participants[ada.id]).sum()
    )
    assert parts == pytest.approx(whole, rel=0.2)  # what is passed on is shared otherwise


async def test_weights_and_choices_become_settings_with_their_reason(
    community: Community,
) -> None:
    await import_from(community, THREE)

    get = community.settings.get
    assert get("weights.emoji.🔥") == 2.0
    assert get("weights.emoji.cred:100000000000000041") == 4.0
    assert get("weights.role.100000000000000031") == 1.5
    assert get("weights.channel.100000000000000021") == 0.5
    assert get("weights.category.5") == 1.5
    assert get("weights.tag.guide") == 2.0
    assert get("discourse.url") == FORUM
    assert get("discord.props-channels") == ["100000000000000022"]
    assert get("weights.node.like") == 2.0  # by the kind's name, not its address
    assert get("weights.edge.mentions") == [0.5, 0.0625]
    assert get("budgets.sourcecred/discord") == [["2022-01-02", 4.0], ["2022-01-23", 3.0]]
    assert get("sourcecred.archive") == ["discord", "discourse", "initiatives"]
    history = await community.settings._log.history()  # noqa: SLF001
    assert [
        (settings_version.author, settings_version.reason) for settings_version in history
    ] == [("import", "moved in from SourceCred")]


async def test_a_weight_changed_later_counts_in_the_archive(community: Community) -> None:
    instance, result = await import_from(community, THREE)
    before = sum(
        weekly_cred(community, participant).sum()
        for participant in result.participants.values()
    )

    changes = {"weights.node.like": 4.0, "budgets.sourcecred/discord": None}
    await community.settings.set(changes, author="operator", reason="more", now_ms=NOW)
    await community.scoring.recompute(NOW)

    after = sum(
        weekly_cred(community, participant).sum()
        for participant in result.participants.values()
    )
    assert after > before + 10
    assert len(instance.archives) == 4


async def test_switching_over_draws_what_is_heard_in_place_of_the_archive(
    community: Community,
) -> None:
    _, result = await import_from(community, THREE)
    post = {"source": "discord", "at_ms": NOW, "seen_ms": NOW, "provenance": Provenance.LIVE}
    events = (
        Event(kind=Kind.POSTED, actor=ADA, target="900", place="c", **post),  # type: ignore[arg-type]
        Event(kind=Kind.REACTED, actor="777", target="900", text="🔥", **post),  # type: ignore[arg-type]
    )
    await community.log.append(Batch(events=events))
    ada = next(iter(result.participants.values()))

    await community.scoring.recompute(NOW)
    archived = len(weekly_cred(community, ada))
    await community.settings.set(
        {"sourcecred.archive": "discourse, initiatives"},
        author="operator",
        reason="Discord is read",
        now_ms=NOW,
    )
    await community.scoring.recompute(NOW)

    assert archived == 7  # what is heard of Discord is not drawn beside its archive
    heard = weekly_cred(community, ada)
    assert len(heard) > 100
    assert heard[-1] > 0.5  # one participant, there and here


async def test_without_archives_the_imported_cred_is_gone_and_comes_back(
    community: Community,
) -> None:
    await import_from(community, THREE)
    for chosen, count in (("off", 0), ("discourse", 1)):
        await community.settings.set(
            {"sourcecred.archive": chosen}, author="operator", reason="", now_ms=NOW
        )
        assert await community.scoring.is_due()
        scores = await community.scoring.recompute(NOW)
        assert scores is not None
        assert (scores.snapshot.total_mint > 0) == bool(count)


async def test_who_opted_out_is_left_out_of_archives_and_mints_nothing(
    community: Community,
) -> None:
    instance, result = await import_from(community, THREE)
    mint = result.scores.snapshot.total_mint if result.scores else 0.0
    discord = community.directory.account_number("discord", ADA)
    assert discord is not None

    await set_opted_out(community.database, discord, NOW)
    scores = await community.scoring.recompute(NOW)

    assert scores is not None
    assert (
        str(result.participants[instance.ledger.participants[0].id]) not in scores.participants
    )
    assert scores.snapshot.total_mint == pytest.approx(mint)


async def test_who_is_erased_is_in_no_archive_and_keeps_their_cred(
    community: Community,
) -> None:
    await import_from(community, THREE)
    discord = community.directory.account_number("discord", ADA)
    assert discord is not None
    before = community.scoring.scores
    assert before is not None

    await erase_accounts(community.database, [discord], NOW)
    assert await community.scoring.is_due()
    after = await community.scoring.recompute(NOW)

    assert after is not None
    assert after.cred.sum() == pytest.approx(before.cred.sum())
    (stored,) = await community.database.read(
        lambda plain: plain.execute(
            "SELECT count(*) FROM accounts WHERE ref = ?", (ADA,)
        ).fetchone()
    )
    assert stored == 0
    graph = after.ranking.graph if after.ranking else None
    assert graph is not None
    names = [graph.node_address(node) for node in range(len(graph.mint))]
    assert not any(ADA in address for address in names)


async def test_what_no_setting_can_name_goes_into_the_archive(
    community: Community, tmp_path: Path
) -> None:
    root = copy_instance(tmp_path)
    file = "N\0sourcecred\0initiatives\0initiative\0INITIATIVE_FILE\0"
    file += "https://example.org/initiatives\0guide.json\0"

    def set_weight(value: list[dict[str, dict[str, float]]]) -> object:
        value[1]["nodeWeights"][file] = 50.0
        return value

    edit_json(root, "config/weights.json", set_weight)
    instance, result = await import_from(community, root)

    theirs = compare(instance, sourcecred_boundaries=True)
    assert theirs.total_mint > 100
    assert result.scores is not None
    assert result.scores.snapshot.total_mint == pytest.approx(theirs.total_mint)
    assert not any("guide.json" in setting.key for setting in community.settings.list())


async def test_settings_that_are_refused_are_left_with_the_reason(
    community: Community, tmp_path: Path
) -> None:
    root = copy_instance(tmp_path)

    def odd(value: list[dict[str, object]]) -> object:
        value[0]["beginningDate"] = "2099-01-01"
        value[0]["somethingNew"] = 1
        return value

    edit_json(root, "config/plugins/sourcecred/discord/config.json", odd)
    instance = read_instance(root, UTC)
    _, result = await import_from(community, root)

    assert result.report[0].part == "history.start"
    assert "no later than today" in result.report[0].skipped
    assert "somethingNew (not known)" in json.dumps(
        [line.skipped for line in map_config(instance).report]
    )


async def test_show_tells_the_published_number(community: Community) -> None:
    await import_from(community, THREE)

    assert "22.9" in await reply_text(community, ADA)
    assert "10.5" in await reply_text(community, ADA, person="finn")


def test_addresses_are_accounts_of_the_platform_where_it_is_known() -> None:
    assert account_for(("sourcecred", "discord", "MEMBER", "bot", "12")) == ("discord", "12")
    assert account_for(("sourcecred", "core", "IDENTITY", "X")) == ("sourcecred", "X")
    assert account_for(("external", "club", "7")) == ("sourcecred", "external/club/7")


async def test_initiatives_by_hand_are_worth_what_they_were(community: Community) -> None:
    instance = read_instance(THREE, UTC)
    published = instance.published
    assert published is not None

    _, result = await import_from(community, THREE, initiatives_by_hand=True)

    get = community.settings.get
    assert get("sourcecred.archive") == ["discord", "discourse"]
    for participant in instance.ledger.participants:
        weeks = weekly_cred(community, result.participants[participant.id])
        assert weeks == pytest.approx(published.cred[participant.id], abs=8e-5)
    initiatives = (await read_entries(community)).of_type(EntryType.INITIATIVE)
    assert [(entry.title, entry.status) for entry in initiatives] == [
        ("Guide", "complete"),
        ("Importer", "complete"),
    ]
    _, again = await import_from(community, THREE, initiatives_by_hand=True)
    assert (again.new_events, list(again.new_archives), again.changed_settings) == (0, [], 0)


async def test_initiatives_can_be_taken_over_later(community: Community) -> None:
    await import_from(community, THREE)

    _, result = await import_from(community, THREE, initiatives_by_hand=True)

    assert result.scores is not None
    assert result.scores.snapshot.total_mint == pytest.approx(62.075)
    assert result.changed_settings == 1


async def test_what_initiatives_name_that_nobody_knows_is_told(
    community: Community, tmp_path: Path
) -> None:
    root = copy_instance(tmp_path)
    name = "config/plugins/sourcecred/initiatives/initiatives/guide.json"

    def odd(value: list[dict[str, object]]) -> object:
        value[1]["champions"] = ["@ghost"]
        return value

    edit_json(root, name, odd)
    _, result = await import_from(community, root, initiatives_by_hand=True)

    assert result.report[-1].skipped == "@ghost: nobody of the ledger"


async def test_a_platform_that_was_switched_over_stays_so(community: Community) -> None:
    await import_from(community, THREE)
    await community.settings.set(
        {"sourcecred.archive": "discourse"}, author="operator", reason="", now_ms=NOW
    )

    _, again = await import_from(community, THREE)

    assert again.changed_settings == 0
    assert community.settings.get("sourcecred.archive") == ["discourse"]


async def test_another_graph_under_the_same_settings_is_scored_anew(
    community: Community,
) -> None:
    await import_from(community, THREE)
    archives = Archives(community.database)
    assert not await community.scoring.is_due()
    discourse = await archives.load("discourse")

    await archives.keep([replace(discourse, node_weight=discourse.node_weight * 2)], NOW)

    assert await community.scoring.is_due()


async def rows(community: Community) -> list[int]:
    """Return how many rows each table has that an import writes."""
    tables = ("accounts", "contributions", "descriptions", "events")
    return await community.database.read(
        lambda plain: [
            plain.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables
        ]
    )


@pytest.mark.parametrize("initiatives_by_hand", [False, True])
async def test_importing_again_after_an_erasure_brings_nobody_back_and_changes_no_score(
    community: Community, *, initiatives_by_hand: bool
) -> None:
    instance, result = await import_from(
        community, THREE, initiatives_by_hand=initiatives_by_hand
    )
    ada = community.directory.account_number("discord", ADA)
    assert ada is not None
    await community.identities.refresh()

    erased = await community.identities.erase_person(ada, NOW)
    before = await rows(community)
    await import_from(community, THREE, initiatives_by_hand=initiatives_by_hand)

    assert len(erased.accounts) == 4  # also the ledger's, and her name on the forum
    assert await rows(community) == before
    assert community.directory.find_account("ada") == []
    archive = await Archives(community.database).load("discourse")
    assert "Ada_L" not in archive.texts
    assert result.scores is not None
    for participant in instance.ledger.participants:
        number = result.participants[participant.id]
        index = result.scores.participants.index(str(community.identities.person(number)))
        assert weekly_cred(community, number) == pytest.approx(result.scores.cred[index])


@pytest.mark.parametrize(
    ("taken", "reason"),
    [
        ({"budgets.sourcecred": "2022-01-02: 5"}, "budgets for .* overlap"),
        ({"attributions.{ben}-{ada}": "2022-01-02: 0.9"}, r"sum to 1\.15"),
    ],
)
async def test_what_contradicts_the_community_s_rules_is_refused_before_anything_is_written(
    community: Community, tmp_path: Path, taken: dict[str, str], reason: str
) -> None:
    """Accounts have their numbers from an import without rules."""
    root = copy_instance(tmp_path)
    for name in ("pluginBudgets", "personalAttributions"):
        (root / "config" / f"{name}.json").unlink()
    instance, first = await import_from(community, root)
    ids = {person.name: person.id for person in instance.ledger.participants}
    numbers = {name: str(first.participants[ids[name]]) for name in ("ada", "ben")}
    changes = {key.format(**numbers): value for key, value in taken.items()}
    await community.settings.set(changes, author="o", reason="", now_ms=NOW)
    version, head = community.settings.version, await community.log.head()

    with pytest.raises(SettingMistakeError, match=reason):
        await import_from(community, THREE)
    assert community.settings.version == version
    assert await community.log.head() == head
    assert await community.scoring.recompute(NOW)


async def test_a_rule_that_is_refused_is_so_before_anything_is_written(
    community: Community, tmp_path: Path
) -> None:
    root = copy_instance(tmp_path)

    def nameless(value: dict[str, dict[str, object]]) -> object:
        value["plugins"] = {"/": value["plugins"]["sourcecred/discord"]}
        return value

    edit_json(root, "config/pluginBudgets.json", nameless)

    with pytest.raises(SettingMistakeError, match="say what the budget is for"):
        await import_from(community, root)
    assert await community.log.length() == 0
    assert await Archives(community.database).digests() == {}
