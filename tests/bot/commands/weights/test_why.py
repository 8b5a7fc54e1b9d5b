"""`weights why`: what a weight does now, and which ones move most cred."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.chat.line.parse import parse
from bot.commands.catalogue import build_registry
from bot.commands.kit.dispatch import dispatch
from bot.commands.kit.reply import Reply
from bot.community.communities import Community
from bot.services.weights.preview import preview
from bot.services.weights.why import explain_weight, find_strongest
from storage.canonical_json import Json
from storage.log.batch import Batch, Place
from tests.bot.commands.garden import ADA, GENERAL, GRACE, LINUS, NOW_MS, QUIET, post, request
from tests.bot.commands.weights.test_preview import facts, rows
from tests.bot.forum import both_places

REGISTRY = build_registry()
BACK_ROOM = "500000000000777"


@pytest.fixture
async def community(tmp_path: Path) -> AsyncIterator[Community]:
    """The garden with a forum, and a second channel with another emoji."""
    async with both_places(tmp_path) as opened:
        posted = post(900, GRACE, 9, [LINUS, ADA])
        events = [replace(event, place=BACK_ROOM) for event in posted]
        events += [
            replace(event, text="🌱") if event.text else event
            for event in post(901, LINUS, 10, [ADA, GRACE])
        ]
        room = Place("discord", BACK_ROOM, "greenhouse", "text channel")
        await opened.log.append(Batch(events=tuple(events), places=(room,)))
        await opened.directory.refresh()
        await opened.scoring.recompute(NOW_MS)
        yield opened


async def ask(
    community: Community, line: str, *, actor: str = ADA, hidden: str = "nowhere"
) -> Reply:
    invocation = parse(line, REGISTRY, "discord", NOW_MS)
    return await dispatch(
        invocation.command,
        replace(
            request(community, actor=actor, is_private=True),
            arguments=invocation.arguments,
            sees=lambda _source, place: place != hidden,
        ),
    )


# One weight ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "more", "without"),
    [
        ("weights.emoji.🌱", 1.1, 0),
        (f"weights.channel.{BACK_ROOM}", 1.1, 0),
        ("weights.edge.authors", [0.275, 1.1], [0, 0]),
    ],
)
async def test_it_tells_what_previews_of_0_and_of_a_tenth_more_tell(
    community: Community, key: str, more: Json, without: Json
) -> None:
    effect = await explain_weight(community, key, NOW_MS)

    assert effect.raised is not None
    raised = await preview(community, {key: more}, now_ms=NOW_MS)
    absent = await preview(community, {key: without}, now_ms=NOW_MS)
    assert effect.raised.moved == pytest.approx(raised.moved, rel=1e-9)
    assert effect.without.moved == pytest.approx(absent.moved, rel=1e-9)
    for participant, foretold in raised.effects.items():
        assert effect.raised.effects[participant].after == pytest.approx(foretold.after)


async def test_it_counts_what_the_weight_multiplies(community: Community) -> None:
    emoji = await explain_weight(community, "weights.emoji.🌱", NOW_MS)
    room = await explain_weight(community, f"weights.channel.{BACK_ROOM}", NOW_MS)
    mentions = await explain_weight(community, "weights.edge.mentions", NOW_MS)

    assert (emoji.contributions, emoji.edges) == (2, 0)
    assert (room.contributions, room.edges) == (2, 0)
    assert (mentions.contributions, mentions.edges) == (0, 3)


async def test_a_reply_begins_with_what_depends_on_it_and_ends_with_what_to_type(
    community: Community,
) -> None:
    reply = await ask(community, "weights why channel.greenhouse")

    assert reply.title == "What channel #greenhouse does"
    assert [fact.name for fact in reply.facts] == [
        "Without it",
        "It mints",
        "It multiplies",
        "You, by a tenth more",
    ]
    assert facts(reply)["It mints"].startswith("2.0 of ")
    assert facts(reply)["It multiplies"].startswith("2 things that mint")
    assert "Grace" in rows(reply, "Gain most")
    assert reply.after == "Another value: !weights preview channel.greenhouse=2"
    assert reply.private


async def test_of_a_weight_of_0_it_says_that_a_tenth_of_it_is_0(community: Community) -> None:
    reply = await ask(community, "weights why edge.replies")

    assert "a tenth of 0 is 0" in reply.text
    assert facts(reply)["It multiplies"] == "nothing, as it is 0"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("weights why scoring.averaging", "That is a rule, not a weight"),
        ("weights why emojy.👍", "did you mean"),
        ("weights why nothing", "There is no setting"),
    ],
)
async def test_what_is_no_weight_is_refused(community: Community, line: str, told: str) -> None:
    reply = await ask(community, line)

    assert reply.is_error
    assert told in reply.text


# All weights --------------------------------------------------------------------------------


async def test_the_list_has_those_that_move_most_of_all_there_are(community: Community) -> None:
    found = await find_strongest(community, NOW_MS, lambda key: "message" not in key)

    settings = community.settings
    keys = {each.key for each in settings.list()} | {each.key for each in settings.kinds()}
    keys |= {"weights.emoji.👍", "weights.emoji.🌱"}
    keys |= {f"weights.channel.{place}" for place in (GENERAL, BACK_ROOM)}
    moved = {}
    for key in keys:
        value = settings.get(key)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        is_edge = key.startswith("weights.edge.")
        if key.startswith("weights.") and (is_number or is_edge) and settings.get(key):
            effect = await explain_weight(community, key, NOW_MS)
            if effect.raised is not None:
                moved[key] = effect.raised.moved
    listed = [each.preview.moved for each in found]
    assert listed == sorted(listed, reverse=True)
    for is_edge, most in ((False, 4), (True, 1)):
        found_of = [
            each.preview.moved
            for each in found
            if each.key.startswith("weights.edge") is is_edge
        ]
        # Of weights that multiply the same (emoji.default, node.reaction) one is listed.
        all_of = {
            round(value, 7)
            for key, value in moved.items()
            if key.startswith("weights.edge") is is_edge
        }
        assert found_of[:most] == pytest.approx(sorted(all_of, reverse=True)[:most], abs=1e-6)


async def test_the_list_tells_the_askers_own_gain_and_leads_on(community: Community) -> None:
    reply = await ask(community, "weights why", actor=GRACE)

    (table,) = reply.tables
    first = str(table.rows[0][0])
    assert reply.buttons[0].line == f"weights why {first}"
    there = await ask(community, reply.buttons[0].line, actor=GRACE)
    own = str(table.rows[0][2])
    assert facts(there)["You, by a tenth more"].endswith(f"({own} points)")
    assert reply.as_of is not None


async def test_a_newcomer_without_cred_is_told_the_same_weights(community: Community) -> None:
    newcomer = await ask(community, "weights why", actor=QUIET)
    ada = await ask(community, "weights why")

    theirs, adas = newcomer.tables[0].rows, ada.tables[0].rows
    assert [row[:2] for row in theirs] == [row[:2] for row in adas]
    assert {row[2] for row in theirs} == {"±0"}


async def test_a_hidden_channel_is_not_listed(community: Community) -> None:
    blind = str(await ask(community, "weights why", hidden=GENERAL))
    seeing = str(await ask(community, "weights why"))

    assert "channel.general" in seeing
    assert "general" not in blind
    assert "not everybody sees" not in blind


async def test_it_answers_before_the_first_recompute_of_a_process(community: Community) -> None:
    before = await ask(community, "weights why")
    await community.scoring.load()
    assert community.scoring.scores is not None
    assert community.scoring.scores.ranking is None

    after = await ask(community, "weights why")

    assert after.tables == before.tables


async def test_the_list_counts_as_several_computations(community: Community) -> None:
    titles = [(await ask(community, "weights why")).title for _ in range(4)]

    assert titles == ["Which weights move most cred"] * 3 + ["One moment"]
