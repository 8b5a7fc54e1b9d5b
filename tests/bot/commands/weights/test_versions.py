"""What weights are, their versions, acts of maintainers, and who gained by what."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from bot.commands.catalogue import build_registry
from bot.commands.kit.dispatch import dispatch
from bot.commands.kit.reply import Reply
from bot.community.communities import Community
from bot.community.settings.voting_settings import MAY_ACT
from bot.services.weights.audit import audit_weights
from bot.services.weights.preview import preview
from bot.services.weights.schedule import list_scheduled
from cred.epochs import WEEK_MS, week_start
from tests.bot.commands.garden import (
    ADA,
    GENERAL,
    GRACE,
    NOW_MS,
    communities,
    garden,
    request,
    run,
)
from tests.bot.community.identities.linking import number

REGISTRY = build_registry()
THUMB = "weights.emoji.👍"
KEEPER = "900000000000901"


@pytest.fixture
async def community(tmp_path: Path) -> AsyncIterator[Community]:
    async with communities(tmp_path) as opened:
        yield await garden(opened)


async def configure(
    community: Community, changes: dict[str, object], *, author: str = "operator", days: int = 0
) -> int:
    return await community.settings.set(
        changes,  # type: ignore[arg-type]
        author=author,
        reason="as we agreed",
        now_ms=NOW_MS + days * 86_400_000,
    )


async def act(community: Community, changes: str, *, roles: frozenset[str]) -> Reply:
    command = REGISTRY.find("weights set")
    assert command is not None
    made = request(community, changes=changes, reason="a slip")
    return await dispatch(command, replace(made, roles=roles))


def cells(reply: Reply) -> list[tuple[str, ...]]:
    return [tuple(map(str, row)) for table in reply.tables for row in table.rows]


# What there is --------------------------------------------------------------------------------


async def test_what_is_not_at_its_default_is_shown_first_and_then_the_groups(
    community: Community,
) -> None:
    before = await run(community, "weights show")
    await configure(community, {THUMB: 3, f"weights.channel.{GENERAL}": 0.5})

    after = await run(community, "weights show")

    assert before.text == "Every weight has its default."
    assert cells(after)[:2] == [
        ("channel.general", "0.5", "default 1"),
        ("emoji.👍", "3", "default 1"),
    ]
    assert ("channel", "general, default") in cells(after)


async def test_one_weight_is_shown_with_its_meaning_and_who_made_it_what_it_is(
    community: Community,
) -> None:
    account = number(community, "discord", GRACE)
    await configure(community, {THUMB: 3}, author=f"account:{account}")

    reply = await run(community, "weights show", which="👍")

    facts = {fact.name: fact.value for fact in reply.facts}
    assert facts["Now"] == "3"
    assert facts["Default"] == "1"
    assert "version 1" in facts["Since"]
    assert "by Grace: as we agreed" in facts["Since"]


@pytest.mark.parametrize("group", ["node", "edge", "emoji", "role", "scoring", "budgets"])
async def test_each_group_is_shown_by_its_name(community: Community, group: str) -> None:
    reply = await run(community, "weights show", which=group)

    assert not reply.is_error
    assert reply.title == f"Weights: {group}"


# Versions -------------------------------------------------------------------------------------


async def test_versions_are_listed_newest_first_and_compared_both_ways(
    community: Community,
) -> None:
    await configure(community, {THUMB: 3})
    await configure(community, {"votes.recusal": True})
    await configure(community, {THUMB: 5, "weights.role.default": 2}, days=1)

    listed = await run(community, "weights history")
    there = await run(community, "weights diff", version=1)
    back = await run(community, "weights diff", version=3, other=1)
    same = await run(community, "weights diff", version=1, other=2)

    assert [row[0] for row in cells(listed)] == ["3", "1"]
    assert set(cells(there)) == {
        ("emoji 👍", "3", "5"),
        ("each role without a weight of its own", "1", "2"),
    }
    assert ("emoji 👍", "5", "3") in cells(back)
    assert same.text == "No weight differs."


async def test_a_version_that_there_is_not_is_told_with_the_newest(
    community: Community,
) -> None:
    await configure(community, {THUMB: 3})

    reply = await run(community, "weights diff", version=4)

    assert reply.is_error
    assert "the newest is 1" in reply.text


async def test_an_export_holds_the_weights_of_a_version_and_is_for_the_asker_alone(
    community: Community,
) -> None:
    await configure(community, {THUMB: 3, "votes.recusal": True})
    await configure(community, {THUMB: None, "scoring.accrual": 0.3})

    now, then = [await run(community, "weights export", **at) for at in ({}, {"version": 1})]

    assert now.private
    weights = [
        json.loads(reply.attachment.content)["weights"]
        for reply in (now, then)
        if reply.attachment is not None
    ]
    assert weights == [{"scoring.accrual": 0.3}, {THUMB: 3.0}]


# Acts -----------------------------------------------------------------------------------------


async def test_maintainers_change_weights_only_where_the_community_lets_them(
    community: Community,
) -> None:
    keepers = frozenset({KEEPER})
    await configure(community, {"roles.maintainers": KEEPER})
    by_nobody = await act(community, "👍=3", roles=frozenset())
    not_allowed = await act(community, "👍=3", roles=keepers)
    await configure(community, {MAY_ACT: True})
    done = await act(community, "👍=3", roles=keepers)
    nothing = await act(community, "👍=3", roles=keepers)
    no_weight = await act(community, "votes.recusal=yes", roles=keepers)

    assert by_nobody.title == "For maintainers"
    assert "by votes alone" in not_allowed.text
    assert "emoji 👍: 1 → 3" in done.text
    assert done.facts[0].name == "Ada, who did it"
    assert "changes nothing" in nothing.text
    assert no_weight.is_error
    made = (await community.settings.history())[-1]
    assert made.author == f"account:{number(community, 'discord', ADA)}"


async def test_an_act_for_next_week_is_listed_until_then(community: Community) -> None:
    await configure(community, {MAY_ACT: True, "roles.maintainers": KEEPER})
    command = REGISTRY.find("weights set")
    assert command is not None
    called = replace(
        request(community, changes="👍=3", reason="later", is_admin=True),
        arguments={
            "changes": "👍=3",
            "reason": "later",
            "week": date(2026, 11, 22),
        },
    )

    reply = await dispatch(command, called)
    listed = await run(community, "weights history")

    (waiting,) = await list_scheduled(community)
    assert waiting.effective_ms == week_start(NOW_MS) + WEEK_MS
    assert reply.title == "It takes effect later"
    assert "emoji 👍 3" in str(listed.tables[0].rows)


# Audit ----------------------------------------------------------------------------------------


async def test_an_audit_adds_up_what_each_gained_by_their_own_changes(
    community: Community,
) -> None:
    ada, grace = (number(community, "discord", id_) for id_ in (ADA, GRACE))
    first = await preview(community, {THUMB: 3}, now_ms=NOW_MS)
    await configure(community, {THUMB: 3}, author=f"account:{ada}")
    second = await preview(community, {"scoring.accrual": 0.1}, now_ms=NOW_MS)
    await configure(community, {"scoring.accrual": 0.1}, author=f"account:{grace}")
    await configure(community, {"votes.recusal": True}, author=f"account:{grace}")

    audit = await audit_weights(community, NOW_MS)

    by_person = {person.person: person for person in audit.people}
    assert by_person[ada].cred == pytest.approx(first.effects[str(ada)].gain)
    assert by_person[grace].share == pytest.approx(second.effects[str(grace)].share_gain)
    assert [change.version.version for change in audit.changes] == [2, 1]
    for person in (ada, grace):
        whole = by_person[person].by_defaults
        assert whole is not None
        assert whole.before == pytest.approx(first.effects[str(person)].before)
        assert whole.after == pytest.approx(second.effects[str(person)].after)


async def test_whoever_opted_out_is_named_nowhere_in_an_audit(community: Community) -> None:
    grace = number(community, "discord", GRACE)
    await configure(community, {THUMB: 3}, author=f"account:{grace}")
    await community.identities.opt_out_account("discord", GRACE, "Grace", NOW_MS)

    reply = await run(community, "weights audit")

    assert "Grace" not in str(reply)
    assert "somebody who opted out" in str(reply)
