"""Proposals and votes, by the real discord.py client against the in-process Discord."""

import pytest

from bot.services.weights.proposals import read_proposals
from cred.governance.tally import VoteChoice
from tests.bot.chat.discord.scene import Scene, buttons_by_label, embed_text
from tests.bot.commands.garden import NOW_MS
from tests.discord_server.model import Message, User

PROPOSE = "!weights propose 👍=3 because it is worth more"


@pytest.fixture(autouse=True)
async def without_a_waiting_time(scene: Scene) -> None:
    await scene.community.settings.set(
        {"votes.electors-days": 0}, author="operator", reason="", now_ms=NOW_MS
    )


async def choices_of(scene: Scene, number: int = 1) -> list[VoteChoice]:
    proposals = await read_proposals(scene.community)
    course = proposals.get(number).course(scene.now_ms[0])
    return sorted(course.ballots.choices.values())


async def press(scene: Scene, user: User, message: Message, label: str) -> str:
    reply = await scene.server.press(
        user, message, buttons_by_label(message)[label]["custom_id"]
    )
    assert reply.ephemeral
    return embed_text(reply.message)


async def test_a_press_votes_privately_and_leaves_the_proposal_as_it_is(scene: Scene) -> None:
    async with scene.bot():
        proposal = await scene.ask(scene.ada, PROPOSE)
        before = embed_text(proposal)

        own = await press(scene, scene.ada, proposal, "For")
        others = await press(scene, scene.grace, proposal, "Against")

    assert "Ada, who proposes it" in before
    assert "You vote for" in own
    assert "You vote against" in others
    assert embed_text(proposal) == before
    assert await choices_of(scene) == [VoteChoice.AGAINST, VoteChoice.FOR]


async def test_a_button_votes_after_a_restart_and_a_vote_can_be_changed(scene: Scene) -> None:
    async with scene.bot():
        proposal = await scene.ask(scene.ada, PROPOSE)
        await press(scene, scene.grace, proposal, "Against")

    async with scene.bot():
        changed = await press(scene, scene.grace, proposal, "For")

    assert "Before, you had voted against" in changed
    assert await choices_of(scene) == [VoteChoice.FOR]


async def test_a_reason_is_written_in_a_form_that_outlives_a_restart(scene: Scene) -> None:
    async with scene.bot():
        proposal = await scene.ask(scene.ada, PROPOSE)
        reply = await scene.server.press(
            scene.grace, proposal, buttons_by_label(proposal)["For"]["custom_id"]
        )
        button = buttons_by_label(reply.message)["Say why"]["custom_id"]
        form = await scene.server.press(scene.grace, reply.message, button)
        assert form.modal["title"] == "Say why"

    async with scene.bot():
        done = await scene.server.submit_modal(form, text="thumbs\nare @everyone's")

    assert done.ephemeral
    reasons = (await read_proposals(scene.community)).get(1).reasons
    assert [reason.text for reason in reasons] == ["it is worth more", "thumbs are @everyone's"]


async def test_who_is_no_elector_is_told_so(scene: Scene) -> None:
    newcomer = scene.server.world.member(scene.guild, "newcomer")
    async with scene.bot():
        proposal = await scene.ask(scene.ada, PROPOSE)

        told = await press(scene, newcomer, proposal, "For")

    assert "not heard anything of you" in told
    assert await choices_of(scene) == []


async def test_a_veto_is_for_whom_the_role_is_given_at_that_moment(scene: Scene) -> None:
    role = scene.server.world.role(scene.guild, "keeper")
    await scene.community.settings.set(
        {"roles.maintainers": str(role.id), "votes.veto-hours": 1},
        author="operator",
        reason="",
        now_ms=NOW_MS,
    )
    async with scene.bot():
        proposal = await scene.ask(scene.ada, PROPOSE)
        await press(scene, scene.grace, proposal, "For")
        scene.now_ms[0] += 7 * 86_400_000 + 60_000

        refused = await scene.ask(scene.grace, "!weights veto 1 because I say so")
        scene.server.world.set_roles(scene.guild, scene.grace, role)
        vetoed = await scene.ask(scene.grace, "!weights veto 1 because it was not announced")

    assert "For maintainers" in embed_text(refused)
    assert "vetoed" in embed_text(vetoed)
    assert scene.community.settings.get("weights.emoji.👍") == 1


async def test_no_reply_tells_how_others_vote_before_the_close(scene: Scene) -> None:
    async with scene.bot():
        proposal = await scene.ask(scene.ada, PROPOSE)
        await press(scene, scene.grace, proposal, "Against")
        texts = [
            embed_text(await scene.ask(scene.ada, line))
            for line in ("!weights proposals", "!weights proposals 1")
        ]
        scene.now_ms[0] += 7 * 86_400_000
        closed = embed_text(await scene.ask(scene.ada, "!weights proposals 1"))

    assert all("1 of " in text for text in texts)
    assert not any("1 against" in text for text in texts)
    assert "1 against" in closed


async def test_keys_are_offered_while_one_types_by_names_that_one_sees(scene: Scene) -> None:
    async def get_choices(option: str, words: str, typed: str) -> list[str]:
        reply = await scene.server.autocomplete(
            scene.ada, scene.general, words, option, **{option: typed}
        )
        return [choice["value"] for choice in reply.choices]

    async with scene.bot():
        await scene.has_slash_commands()
        shown = await get_choices("which", "weights show", "chan")
        changes = await get_choices("changes", "weights preview", "👍=2 accr")
        settings = await get_choices("setting", "settings set", "veto")
        scene.community.visibility.may_see = lambda *_: False
        hidden = await get_choices("which", "weights show", "chan")
        long = await get_choices("changes", "weights preview", "x" * 400)

    assert "channel.general" in shown
    assert changes == ["👍=2 scoring.accrual=0.4"]
    assert settings == ["votes.veto-hours"]
    assert hidden == ["channel.default"]
    assert long == []
