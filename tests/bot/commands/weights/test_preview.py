"""`weights preview` on the garden: what it tells, to whom, and how often."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from bot.chat.line.parse import parse
from bot.commands.catalogue import build_registry
from bot.commands.kit.charts import DumbbellChart
from bot.commands.kit.dispatch import dispatch
from bot.commands.kit.reply import Reply, Table
from bot.community.communities import Community
from bot.services.weights.preview import preview
from storage.canonical_json import Json
from storage.log.batch import Batch, Place
from tests.bot.commands.garden import (
    ADA,
    BEE,
    GENERAL,
    GRACE,
    LINUS,
    NOW_MS,
    QUIET,
    communities,
    garden,
    post,
    request,
    run,
)
from tests.bot.community.identities.linking import link, number, on_discord, on_forum
from tests.bot.forum import ADA_L, both_places

REGISTRY = build_registry()
FIRST_MESSAGE = "800000000000001"
"""By Ada, with one reaction."""
BACK_ROOM = "500000000000777"


@pytest.fixture
async def community(tmp_path: Path) -> AsyncIterator[Community]:
    async with communities(tmp_path) as opened:
        yield await garden(opened)


async def ask(
    community: Community,
    line: str,
    *,
    actor: str = ADA,
    sees: Callable[[str, str], bool] = lambda *_: True,
) -> Reply:
    invocation = parse(line, REGISTRY, "discord", NOW_MS)
    asked = request(community, actor=actor, is_private=True)
    asked = replace(asked, arguments=invocation.arguments, sees=sees)
    return await dispatch(invocation.command, asked)


def facts(reply: Reply) -> dict[str, str]:
    return {fact.name: fact.value for fact in reply.facts}


def rows(reply: Reply, title: str) -> dict[str, tuple[str, ...]]:
    table: Table = next(table for table in reply.tables if table.title == title)
    return {str(row[0]): tuple(map(str, row[1:])) for row in table.rows}


# What it tells ------------------------------------------------------------------------------


async def test_the_askers_own_gain_comes_first_and_is_that_of_the_table(
    community: Community,
) -> None:
    reply = await ask(community, f"weights preview message.{FIRST_MESSAGE}=4")

    assert reply.private
    assert reply.facts[0].name == "You"
    before, after, points = rows(reply, "Gain most")["Ada"]
    assert facts(reply)["You"].startswith(f"{before} → {after} cred (+")
    assert facts(reply)["You"].endswith(f"({points} points)")
    assert f"message {FIRST_MESSAGE}: 1 → 4" in reply.text
    assert "!weights propose message" in reply.after


async def test_what_is_foretold_is_shown_on_the_board_once_it_is_so(
    community: Community,
) -> None:
    told = rows(await ask(community, f"weights preview message.{FIRST_MESSAGE}=4"), "Lose most")

    await community.settings.set(
        {f"weights.message.{FIRST_MESSAGE}": 4}, author="operator", reason="", now_ms=NOW_MS
    )
    await community.scoring.recompute(NOW_MS)
    board = await ask(community, "cred board")

    shown = {str(row[1]): row for table in board.tables for row in table.rows}
    assert {name: shown[name][2] for name in told} == {
        name: after for name, (_, after, _) in told.items()
    }


async def test_the_picture_has_the_asker_first_even_if_others_move_more(
    community: Community,
) -> None:
    line = f"weights preview message.{FIRST_MESSAGE}=4"

    reply = await ask(community, line, actor=LINUS)

    assert isinstance(reply.chart, DumbbellChart)
    own, *others = reply.chart.rows
    assert own.name == "Linus"
    assert own.after < own.before
    assert "Ada" in [row.name for row in others]
    assert f"Linus from {own.before:.1f} to {own.after:.1f}" in reply.chart.alt
    assert len({row.name for row in reply.chart.rows}) == len(reply.chart.rows)


async def test_of_somebody_without_cred_it_says_so_and_shows_the_others(
    community: Community,
) -> None:
    reply = await ask(community, f"weights preview message.{FIRST_MESSAGE}=4", actor=QUIET)

    assert facts(reply)["You"] == "no cred before or after"
    assert "Ada" in rows(reply, "Gain most")


async def test_bots_and_people_who_opted_out_are_in_no_table_and_no_picture(
    community: Community,
) -> None:
    await ask(community, "me optout", actor=GRACE)
    await community.scoring.recompute(NOW_MS)

    shown = str(await ask(community, "weights preview edge.authors=1/0"))

    assert "Ada" in shown
    assert "Grace" not in shown
    assert "Bee" not in shown
    assert BEE not in shown


async def test_a_rule_about_somebody_who_opted_out_is_answered_as_about_nobody(
    community: Community,
) -> None:
    line = "weights preview dependencies.Grace=2026-01-01: 1"
    known = await ask(community, line)
    await ask(community, "me optout", actor=GRACE)

    unknown = await ask(community, line)

    assert not known.is_error
    assert 'nobody called "Grace" is known here' in unknown.text


async def test_a_period_is_that_of_a_payout_and_its_weeks_are_named(
    community: Community,
) -> None:
    reply = await ask(community, "weights preview edge.authors=1/0 over last month")

    shown = await ask(community, "cred last month")
    assert "last month (27 Sep – 31 Oct 2026)" in reply.after
    assert (
        facts(reply)["You"].partition(" → ")[0] in shown.text + str(shown.facts) + shown.title
    )


@pytest.mark.parametrize(
    ("line", "remark"),
    [
        ("👍=1", "That is so already, so it would change nothing."),
        ("🎉=7", "Nobody's cred would change: nothing that counts has that weight."),
        ("👍=2", "Everybody's cred would change by the same factor"),
        ("emoji.default=0", "Nothing would mint cred any more: everybody would have 0."),
        ("role.123=0.5", "the largest counts"),
    ],
)
async def test_what_does_nothing_or_ends_everything_is_said(
    community: Community, line: str, remark: str
) -> None:
    reply = await ask(community, f"weights preview {line}")

    assert remark in reply.text
    assert reply.chart is None


async def test_nobodys_share_is_called_moved_when_nothing_mints(community: Community) -> None:
    reply = await ask(community, "weights preview emoji.default=0")

    assert [fact.name for fact in reply.facts] == ["You", "All cred"]
    assert facts(reply)["All cred"].endswith("→ 0")


# Mistakes -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("emojis.default=2", 'did you mean "weights.emoji.default"?'),
        ("chanel.general=2", 'did you mean "weights.channel.general"?'),
        ("channel.genral=2", 'did you mean "general"?'),
        ("edge.autors=2", 'did you mean "authors"?'),
        ("👍=-1", "must be a number from 0 to 1,000,000,000, not '-1'"),
        ("👍=lots", "must be a number from 0 to 1,000,000,000, not 'lots'"),
        ("scoring.accrual=2", "must be a number from 0 to 1, not '2'"),
        ("scoring.accrual=0.9", "may sum to at most 1"),
        ("👍=3 last month", "Say “over” before a period: 👍=3 over last month."),
        ("👍=3 over 2019", "There is no cred in 2019"),
        ("👍=3 👍=4", "given twice"),
        ("👍=3 emoji.👍=4", "given twice"),
    ],
)
async def test_a_mistake_is_answered_by_what_would_be_right(
    community: Community, typed: str, told: str
) -> None:
    reply = await ask(community, f"weights preview {typed}")

    assert reply.is_error
    assert told in reply.text
    assert reply.private


# How often ----------------------------------------------------------------------------------


async def test_a_person_has_ten_at_once_however_many_accounts_they_use(
    tmp_path: Path,
) -> None:
    async with both_places(tmp_path) as community:
        await link(community, on_discord(ADA), on_forum(ADA_L))
        await community.identities.refresh()
        found = parse("weights preview 👍=2", REGISTRY, "discord", NOW_MS)

        async def title_for(source: str, actor: str) -> str:
            asked = request(community, actor=actor, is_private=True)
            asked = replace(asked, source=source, arguments=found.arguments)
            return (await dispatch(found.command, asked)).title

        accounts = [("discord", ADA), ("forum", ADA_L)] * 6
        titles = [await title_for(*account) for account in accounts]
        others = await title_for("discord", GRACE)

    assert titles == ["What that would do"] * 10 + ["One moment"] * 2
    assert others == "What that would do"


async def test_mistakes_do_not_count(community: Community) -> None:
    for _ in range(15):
        assert (await ask(community, "weights preview 👍=-1")).is_error

    assert not (await ask(community, "weights preview 👍=2")).is_error


async def test_other_commands_are_answered_while_previews_are_computed(
    community: Community,
) -> None:
    entered, leave = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def occupy() -> None:
        loop.call_soon_threadsafe(entered.set)
        asyncio.run_coroutine_threadsafe(leave.wait(), loop).result(30)

    busy = asyncio.create_task(community.scoring._in_worker(occupy))  # noqa: SLF001
    await entered.wait()
    waiting = asyncio.create_task(ask(community, "weights preview 👍=2"))

    board = await ask(community, "cred board")
    weights = await ask(community, "weights show 👍")

    assert not waiting.done()
    assert not board.is_error
    assert not weights.is_error
    leave.set()
    await busy
    assert (await waiting).title == "What that would do"


# What not everybody may know ----------------------------------------------------------------


@pytest.fixture
async def with_back_room(community: Community) -> Community:
    """A room with a message of Grace's that Linus liked."""
    events = [replace(event, place=BACK_ROOM) for event in post(900, GRACE, 10, [LINUS])]
    room = Place("discord", BACK_ROOM, "layoffs-q1", "text channel")
    await community.log.append(Batch(events=tuple(events), places=(room,)))
    await community.directory.refresh()
    await community.scoring.recompute(NOW_MS)
    return community


def sees_only_general(_source: str, place: str) -> bool:
    return place == GENERAL


HIDDEN_KEYS = (
    f"channel.{BACK_ROOM}",
    "message.800000000000900",
    f"node.sourcecred/discord/MESSAGE/{BACK_ROOM}/800000000000900",
    f"node.sourcecred/discord/REACTION/{BACK_ROOM}",
    f"edge.sourcecred/discord/AUTHORS/MESSAGE/user/{GRACE}/{BACK_ROOM}",
)


@pytest.mark.parametrize("key", HIDDEN_KEYS)
@pytest.mark.parametrize("line", ["weights preview {key}={value}", "weights why {key}"])
async def test_whom_a_hidden_place_pays_is_told_only_to_who_sees_it(
    with_back_room: Community, line: str, key: str
) -> None:
    value = "0 / 0" if key.startswith("edge") else "0"
    asked = line.format(key=key, value=value)

    refused = await ask(with_back_room, asked, sees=sees_only_general)
    told = await ask(with_back_room, asked)

    assert refused.title == "Which weight?"
    assert "Grace" not in str(refused)
    assert "layoffs" not in str(refused)
    assert not told.is_error


async def test_a_hidden_place_is_refused_in_the_words_of_a_place_that_is_none(
    with_back_room: Community,
) -> None:
    hidden = await ask(
        with_back_room, f"weights preview channel.{BACK_ROOM}=0", sees=sees_only_general
    )
    nowhere = await ask(
        with_back_room, "weights preview channel.599999999999999=0", sees=sees_only_general
    )
    by_name = await ask(
        with_back_room, "weights preview channel.layoffs-q1=0", sees=sees_only_general
    )
    by_other = await ask(
        with_back_room, "weights preview channel.layofs-q1=0", sees=sees_only_general
    )

    assert hidden.text.replace(BACK_ROOM, "X") == nowhere.text.replace("599999999999999", "X")
    assert by_name.text.replace("layoffs-q1", "X") == by_other.text.replace("layofs-q1", "X")


async def test_who_sees_a_place_can_name_it(with_back_room: Community) -> None:
    reply = await ask(with_back_room, "weights preview channel.layoffs-q1=0")

    assert "channel #layoffs-q1: 1 → 0" in reply.text
    assert "Grace" in rows(reply, "Lose most")


# Laws ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes", [{"weights.edge.authors": "2 / 0.5"}, {"weights.emoji.👍": 3}]
)
async def test_shares_sum_to_one_and_gains_to_what_is_minted_more(
    community: Community, changes: Mapping[str, Json]
) -> None:
    told = await preview(community, changes, now_ms=NOW_MS)
    scores = community.scoring.scores
    assert scores is not None

    bee = str(number(community, "discord", BEE))
    row = scores.index_of(bee)
    assert row is not None
    assert bee not in told.effects
    hidden = scores.cred_of(row, slice(None))
    assert sum(effect.share_before for effect in told.effects.values()) == pytest.approx(
        1 - hidden / told.total_before
    )
    assert sum(effect.share_after for effect in told.effects.values()) <= 1 + 1e-12
    assert told.total_before == pytest.approx(scores.snapshot.total_mint)


async def test_a_setting_that_is_no_weight_is_told_with_who_sets_it(
    community: Community,
) -> None:
    reply = await run(community, "weights propose", changes="votes.recusal=yes", reason="so")

    assert reply.title == "Not a weight"
    assert "!settings set votes.recusal" in reply.text
