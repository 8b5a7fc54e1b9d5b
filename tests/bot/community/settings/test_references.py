"""What settings name: found by id, link or name; noted if it does nothing yet; else refused."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.community.communities import Communities, Community
from bot.community.errors import SettingMistakeError
from bot.community.scoring.graph_building import GraphBuilder, ScoringInputs, weighted_graph
from bot.community.settings.interpret import interpret
from bot.services.settings_requests import SettingsRequest, answer
from bot.sources import discover
from cred.facts.events import Event, Kind, Provenance
from storage.canonical_json import Json
from storage.log.batch import Account, Batch, Place
from tests.laws import examples

NOW = 1_800_000_000_000
GUILD, TALK, GENERAL, SHOP = "700", "600", "500", "501"
TWINS = ("502", "503")
MESSAGE, MAINTAINER, PARTY = "800", "900", "920000000000000001"
NAMES = {"role": {MAINTAINER: "Maintainer", "901": "Guest"}, "emoji": {"921": "unused_one"}}


def happening(source: str, kind: Kind, **more: Any) -> Event:
    return Event(
        source=source,
        kind=kind,
        at_ms=NOW - 9_000_000_000,
        seen_ms=NOW,
        provenance=Provenance.LIVE,
        **more,
    )


def discord(kind: Kind, **more: Any) -> Event:
    return happening("discord", kind, **more)


def forum(kind: Kind, **more: Any) -> Event:
    return happening("discourse", kind, **more)


def happenings() -> Batch:
    """Return a batch in which everything that has a name mints something."""
    events = [
        discord(Kind.PLACE_CHANGED, place=TALK, text="category"),
        discord(Kind.ROLES_CHANGED, actor="2", text=MAINTAINER),
    ]
    for number, channel in enumerate((GENERAL, SHOP, *TWINS)):
        message = str(int(MESSAGE) + number)
        events += [
            discord(Kind.PLACE_CHANGED, place=channel, object=TALK, text="text channel"),
            discord(Kind.POSTED, actor="1", target=message, place=channel, value=5),
            *(
                discord(Kind.REACTED, actor="2", target=message, place=channel, text=emoji)
                for emoji in ("👍", f"party:{PARTY}")
            ),
        ]
    events += [
        forum(Kind.PLACE_CHANGED, place="c5", text="category"),
        forum(Kind.PLACE_CHANGED, place="t3", object="c5", text="guide,how-to"),
        forum(Kind.POSTED, actor="1", target="topic:3", place="t3", text="topic"),
        forum(Kind.POSTED, actor="1", target="post:12", place="t3", text="post", value=9),
        forum(
            Kind.REFERENCED, actor="1", target="post:12", object="topic:3", text="in", value=1
        ),
        forum(Kind.ROLES_CHANGED, actor="2", text="trust:2"),
        forum(Kind.REACTED, actor="2", target="post:12", text="like"),
    ]
    return Batch(
        tuple(events),
        accounts=(
            Account("discord", "1", "user", "ada"),
            Account("discord", "2", "user", "bob"),
            Account("discourse", "1", "user", "grace"),
            Account("discourse", "2", "user", "bob"),
        ),
        places=(
            Place("discord", TALK, "Talk", "category"),
            Place("discord", GENERAL, "general", "text channel"),
            Place("discord", SHOP, "shop", "text channel"),
            *(Place("discord", twin, "twin", "text channel") for twin in TWINS),
            Place("discourse", "c5", "Guides & more", "category"),
            Place("discourse", "t3", "topic 3", "topic"),
        ),
    )


@asynccontextmanager
async def open_community(folder: Path, batch: Batch) -> AsyncIterator[Community]:
    with ThreadPoolExecutor(1) as worker:
        async with Communities(folder, list(discover().values()), worker) as communities:
            made = await communities.get_or_create(f"discord-{GUILD}", "G", "discord", GUILD)
            await made.log.append(batch)
            await made.directory.refresh()
            yield made


@pytest.fixture
async def community(tmp_path: Path) -> AsyncIterator[Community]:
    async with open_community(tmp_path, happenings()) as made:
        yield made


async def change(community: Community, key: str, value: Json = "2") -> dict[str, Any]:
    request = SettingsRequest({key: value}, (), "a test")
    return await answer(community.settings, request, author="ada", now_ms=NOW)


def is_set(community: Community) -> list[str]:
    return [setting.key for setting in community.settings.list() if not setting.is_default]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("channel.general", f"channel.{GENERAL}"),
        ("channel.#General", f"channel.{GENERAL}"),
        (f"channel.<#{GENERAL}>", f"channel.{GENERAL}"),
        (f"channel.https://discord.com/channels/{GUILD}/{GENERAL}", f"channel.{GENERAL}"),
        ("channel.Talk", f"channel.{TALK}"),
        ("emoji.:tada:", "emoji.🎉"),
        ("emoji.tada", "emoji.🎉"),
        ("emoji.thumbsup", "emoji.👍"),
        ("emoji.❤", "emoji.❤️"),
        ("emoji.👍🏽", "emoji.👍🏽"),
        ("emoji.:party:", f"emoji.{PARTY}"),
        ("emoji.party", f"emoji.{PARTY}"),
        (f"emoji.<a:party:{PARTY}>", f"emoji.{PARTY}"),
        (f"emoji.renamed:{PARTY}", f"emoji.{PARTY}"),
        (f"message.https://discord.com/channels/1/2/{MESSAGE}", f"message.{MESSAGE}"),
        (f"role.<@&{MAINTAINER}>", f"role.{MAINTAINER}"),
        ("trust.2", "trust.2"),
        ("category.Guides & more", "category.5"),
        ("category.https://forum.example.org/c/guides/5", "category.5"),
        ("tag.Guide", "tag.guide"),
        ("tag.how to", "tag.how-to"),
        ("post.12", "post.12"),
        ("work.Code", "work.code"),
        ("node.message", "node.message"),
        (
            f"node.sourcecred/discord/REACTION/{GENERAL}",
            f"node.sourcecred/discord/REACTION/{GENERAL}",
        ),
    ],
)
async def test_a_name_stands_for_what_the_community_calls_so(
    community: Community, typed: str, kept: str
) -> None:
    done = await change(community, f"weights.{typed}")

    assert is_set(community) == [f"weights.{kept}"]
    assert done["values"] == {f"weights.{typed}": 2.0}
    doubts = [
        note for note in done["notes"] if "is kept as" not in note and "largest" not in note
    ]
    assert [note for note in doubts if "manual" not in note] == []


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("channel.genral", 'did you mean "general"'),
        ("channel.twin", "502 (#twin), 503 (#twin)"),
        (f"channel.{GUILD}", "is not a channel"),
        ("channel.", "there is no setting"),
        ("emoji.tadaa", 'did you mean "tada"'),
        ("emoji.qwzx", "is no emoji"),
        ("emoji.👍👍", "is no emoji"),
        ("message.hello", "is no message"),
        ("role.Maintainer", "Copy Role ID"),
        ("trust.5", "there are 0, 1, 2, 3, 4"),
        ("trust.leader", "there are 0, 1, 2, 3, 4"),
        ("category.Guide & more", 'did you mean "Guides & more"'),
        ("post.welcome", "is no post"),
        ("thanks.first", "is no thanks"),
        ("initiative.website", "is no initiative"),
        ("contribution.issue:3", "is no contribution"),
        ("node.mesage", 'did you mean "message"'),
        ("node.sourcecred/discrod/MESSAGE", "did you mean"),
    ],
)
async def test_what_can_never_be_meant_is_refused_with_what_may_be(
    community: Community, typed: str, says: str
) -> None:
    with pytest.raises(SettingMistakeError) as refused:
        await change(community, f"weights.{typed}")

    assert says in str(refused.value)
    assert is_set(community) == []


@pytest.mark.parametrize(
    ("key", "value", "note"),
    [
        ("weights.channel.123", "2", "no channel 123 has been seen here; it counts once"),
        ("weights.message.123", "2", "no message 123"),
        ("weights.role.123", "2", "no role 123"),
        (f"weights.emoji.gone:{PARTY[:-1]}9", "2", "no custom emoji with the id"),
        ("weights.category.9", "2", "no category 9"),
        ("weights.tag.guied", "2", 'did you mean "guide"'),
        ("weights.post.99", "2", "no post 99"),
        ("weights.thanks.99", "2", "no thanks 99"),
        ("weights.work.cod", "2", 'did you mean "code"'),
        ("weights.node.thanks", "2", "Nothing of manual was recorded yet"),
        ("weights.node.member", "2", "a member is a person"),
        ("weights.node.sourcecred/discord/MESSAGE/123", "2", "has been seen here"),
        ("weights.node.sourcecred/discord/MESSAGE/500/800/1", "2", "has been seen here"),
        (f"weights.node.sourcecred/discord/MESSAGE/{GENERAL}", "2", "multiplies what weighs 0"),
        ("weights.edge.sourcecred/discord/REPLIES/", "1/1", "is kept as"),
        ("weights.edge.sourcecred/discord/REPLIES/500", "1/1", "multiplies what weighs 0"),
        ("weights.node.sourcecred/github", "2", "no node under sourcecred/github"),
        ("weights.edge.sourcecred/github/", "1/1", "no edge under sourcecred/github"),
        (f"weights.role.{MAINTAINER}", "0.5", "the largest counts"),
        ("budgets.sourcecred/github", "2026-01-04: 4", "no node under sourcecred/github"),
        ("dependencies.99", "2026-01-04: 0.1", "no account has the number 99"),
        ("attributions.1-99", "2026-01-04: 0.1", "no account has the number 99"),
        ("discord.props-channels", "general, 123", "no channel 123"),
        ("discourse.categories-left-out", "5 9", "no category 9"),
        ("discourse.answers-in", "9", "no category 9"),
        ("roles.admins", "123", "no role 123"),
        ("sourcecred.archive", "github", "no graph of github was imported"),
    ],
)
async def test_what_may_come_to_be_known_is_kept_with_a_note(
    community: Community, key: str, value: str, note: str
) -> None:
    done = await change(community, key, value)

    assert any(note in told for told in done["notes"]), done["notes"]
    assert len(is_set(community)) == 1


@pytest.mark.parametrize(
    ("key", "value", "kept"),
    [
        ("discord.props-channels", "general, #shop", [GENERAL, SHOP]),
        ("discord.props-channels", f"<#{SHOP}> {GENERAL}", [GENERAL, SHOP]),
        ("discord.props-channels", "none", []),
        ("discourse.categories-left-out", "Guides & more", ["5"]),
        ("roles.admins", f"<@&{MAINTAINER}>", [MAINTAINER]),
        ("sourcecred.archive", "off", []),
    ],
)
async def test_a_list_takes_names_as_well(
    community: Community, key: str, value: str, kept: list[str]
) -> None:
    await change(community, key, value)

    assert community.settings.get(key) == kept


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("discord.props-channels", "general, shopp", 'did you mean "shop"'),
        ("discord.props-channels", "²", "there is no channel"),
        ("discord.props-channels", "twin", "502 (#twin), 503 (#twin)"),
        ("discourse.answers-in", "Help", "there is no category"),
        ("roles.admins", "Maintainer", "Copy Role ID"),
        ("dependencies.bob", "2026-01-04: 0.1", "bob on discourse"),
        ("dependencies.nobody", "2026-01-04: 0.1", "nobody called"),
        ("attributions.ada-nobody", "2026-01-04: 0.1", "nobody called"),
    ],
)
async def test_a_name_that_nothing_has_or_several_have_is_refused(
    community: Community, key: str, value: str, says: str
) -> None:
    with pytest.raises(SettingMistakeError) as refused:
        await change(community, key, value)

    assert says in str(refused.value)


async def test_people_are_named_by_name(community: Community) -> None:
    ada = community.directory.account_number("discord", "1")
    grace = community.directory.account_number("discourse", "1")

    await change(community, "dependencies.@ada", "2026-01-04: 0.1")
    await change(community, "attributions.ada-grace", "2026-01-04: 0.1")

    assert is_set(community) == [f"attributions.{ada}-{grace}", f"dependencies.{ada}"]


async def test_while_the_bot_runs_roles_and_unused_emoji_go_by_their_names(
    community: Community,
) -> None:
    community.settings.platform_names = lambda: NAMES

    await change(community, "weights.role.maintainer")
    await change(community, "weights.emoji.:unused_one:")
    await change(community, "roles.admins", "Guest")

    assert is_set(community) == [
        "roles.admins",
        "weights.emoji.921",
        f"weights.role.{MAINTAINER}",
    ]
    assert community.settings.get("roles.admins") == ["901"]
    with pytest.raises(SettingMistakeError, match='did you mean "Maintainer"'):
        await change(community, "weights.role.Maintaner")


async def test_a_fresh_community_keeps_ids_and_says_that_nothing_is_known_yet(
    tmp_path: Path,
) -> None:
    async with open_community(tmp_path, Batch()) as community:
        for key in ("weights.channel.123", "weights.trust.2", "weights.emoji.👍"):
            done = await change(community, key)
            assert done["notes"], key

        with pytest.raises(SettingMistakeError, match="there is no channel"):
            await change(community, "weights.channel.general")


async def test_an_emoji_kept_in_an_older_spelling_is_shown_changed_and_reset(
    community: Community,
) -> None:
    old = f"weights.emoji.party:{PARTY}"
    log = community.settings._log  # noqa: SLF001 - as an older credbot wrote it
    await log.append({old: 3.0}, "ada", "", NOW)
    await community.settings.load()

    assert community.settings.get("weights.emoji.:party:") == 3.0
    await change(community, old, 4)
    assert is_set(community) == [f"weights.emoji.{PARTY}"]
    await log.append({old: 3.0}, "ada", "", NOW)
    await community.settings.load()
    await change(community, "weights.emoji.party", None)
    assert is_set(community) == []


# The law: whatever is kept without a note makes a difference.

_WORDS = st.sampled_from(
    (
        f"{GENERAL} {SHOP} {TALK} {GUILD} {MESSAGE} {MAINTAINER} {PARTY} party:{PARTY} 👍 "
        "general twin Talk party 5 3 guide how-to 12 post:12 2 0 7 ada bob code default c5 t3 "
        "message like post member authors topic sourcecred/ x/ like/2 replies "
        f"sourcecred/discord/MESSAGE sourcecred/discord/MESSAGE/{GENERAL}/1 "
        f"sourcecred/discord/MESSAGE/{GENERAL} sourcecred/discord/REACTION/{SHOP}/👍 "
        f"sourcecred/discord/REACTION/x sourcecred/discourse/like sourcecred/discord/REPLIES/1"
    ).split()
)
_NAMES = st.one_of(
    _WORDS,
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12),
    st.integers(0, 10**19).map(str),
)
_FACTORS = ("emoji", "channel", "message", "role", "trust", "category", "tag", "post")


@pytest.fixture(scope="module")
def differs(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, Json], Any]:
    """Return a function: what a change of a weight tells, and whether the graph differs."""
    folder = tmp_path_factory.mktemp("law")

    async def build() -> tuple[Any, ...]:
        async with open_community(folder, happenings()) as community:
            return (
                community.settings._catalogue,  # noqa: SLF001 - asked a thousand times, without a file
                await community.settings._recall_all([]),  # noqa: SLF001
                community.directory,
                await community.log.columns(),
            )

    catalogue, known, directory, events = asyncio.run(build())
    builder = GraphBuilder(list(discover().values()), directory)

    def graph(values: Mapping[str, Json]) -> tuple[np.ndarray, ...]:
        inputs = ScoringInputs(
            0, interpret(values, catalogue), frozenset(), 0, archives=(), archive_parameters={}
        )
        made = weighted_graph(builder.build(events, inputs), inputs)
        return made.mint, made.forward, made.backward

    def try_change(key: str, value: Json) -> tuple[list[str], bool]:
        from bot.community.settings.effects import effect_notes  # noqa: PLC0415

        checked = catalogue.check({key: value}, now_ms=NOW, known=known)
        notes = [note for note in checked.notes if "is kept as" not in note]
        notes += effect_notes(checked.values, checked.values, catalogue, known)
        same = all(
            left.shape == right.shape and np.array_equal(left, right)
            for left, right in zip(graph({}), graph(checked.values), strict=True)
        )
        return notes, not same

    return try_change


@settings(max_examples=examples(1000))
@given(family=st.sampled_from([*_FACTORS, "node", "edge"]), name=_NAMES)
def test_no_weight_is_kept_that_changes_nothing_without_saying_so(
    differs: Callable[[str, Json], tuple[list[str], bool]], family: str, name: str
) -> None:
    value: Json = [7.5, 3.5] if family == "edge" else 7.5
    try:
        notes, makes_difference = differs(f"weights.{family}.{name}", value)
    except SettingMistakeError:
        return  # refused

    from bot.sources.discord.emoji import is_unicode_emoji, normal_emoji  # noqa: PLC0415

    can_happen_any_time = (
        (family == "emoji" and is_unicode_emoji(normal_emoji(name)))
        or (family == "trust" and name in "01234")
        or name in {"default", "message", "like", "post", "authors", "topic", "replies"}
    )
    assert notes or makes_difference or can_happen_any_time
