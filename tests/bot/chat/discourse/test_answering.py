"""Which posts get an answer, where it goes, and that there is only one."""

import asyncio

import pytest

from bot.chat.discourse.chat import FRESH_MS
from bot.chat.discourse.forum import PostNotice
from bot.chat.discourse.posting import message_external_id
from bot.commands.kit.command import Access, Command, Handler
from bot.commands.kit.registry import Registry
from bot.commands.kit.reply import Reply
from bot.commands.kit.request import Request
from storage.answered_posts import KEPT_MS, AnsweredPosts
from storage.log.batch import Account, Batch
from tests.bot.chat.discourse.scene import Scene
from tests.discourse_server.model import Json

# What is answered ---------------------------------------------------------------------------


async def test_a_post_that_names_the_bot_gets_one_reply_in_its_topic(scene: Scene) -> None:
    asked = scene.says(scene.ada, "@credbot cred board")

    async with scene.running():
        await scene.notify(asked)

    (reply,) = scene.answers()
    assert (reply.topic_id, reply.reply_to) == (scene.topic.id, asked.number)
    assert "**Cred board of Garden**" in reply.raw


@pytest.mark.parametrize(
    "said",
    ["@credbot: cred", "@CredBot, cred", "hello\n\n**@credbot** cred.", "Please @credbot cred"],
)
async def test_how_the_name_is_regular_does_not_matter(scene: Scene, said: str) -> None:
    async with scene.running():
        (reply,) = await scene.asks(scene.ada, said)

    assert reply.topic_id == scene.topic.id
    assert "**adele" in reply.raw


async def test_what_has_no_button_there_is_suggested_as_a_line_to_type(scene: Scene) -> None:
    async with scene.running():
        (first,) = await scene.asks(scene.ada, "@credbot cred board")
        (second,) = await scene.asks(scene.ada, "@credbot cred board 2")

    assert "- Next ▶: reply with `@credbot cred board 2`" in first.raw
    assert "- ◀ Before: reply with `@credbot cred board 1`" in second.raw


async def test_a_history_is_drawn_as_text(scene: Scene) -> None:
    async with scene.running():
        (reply,) = await scene.asks(scene.ada, "@credbot cred history")

    assert "```text" in reply.raw
    assert "█" in reply.raw
    assert "reply with `@credbot cred history @adele 4`" in reply.raw


async def test_a_private_message_needs_no_name_and_is_answered_in_it(scene: Scene) -> None:
    message = scene.writes(scene.ada, "cred")

    async with scene.running():
        await scene.notify(scene.server.forum.posts[message.posts[0]])
        (typo,) = await scene.asks(scene.ada, "cred bord", topic=message)

    first, _ = scene.answers()
    assert first.topic_id == typo.topic_id == message.id
    assert "**adele" in first.raw
    assert "`cred board`" not in typo.raw
    assert "cred board" in typo.raw


async def test_where_others_read_along_a_message_must_name_the_bot(scene: Scene) -> None:
    message = scene.writes(scene.ada, "what do you think?", scene.grace)

    async with scene.running():
        await scene.notify(scene.server.forum.posts[message.posts[0]])
        unasked = scene.answers()
        (reply,) = await scene.asks(scene.ada, "@credbot cred", topic=message)

    assert unasked == []
    assert reply.topic_id == message.id


async def test_a_message_that_groups_read_must_name_the_bot_and_gets_no_private_answer(
    scene: Scene,
) -> None:
    message = scene.writes(scene.ada, "hello")

    def for_groups(reply: Json) -> None:
        if "details" in reply and reply["id"] == message.id:
            reply["details"]["allowed_groups"] = [{"id": 3, "name": "team"}]

    scene.server.troubles.alter(for_groups, "/t/*")
    async with scene.running():
        assert await scene.asks(scene.ada, "cred board", topic=message) == []
        (named,) = await scene.asks(scene.ada, "@credbot cred board", topic=message)
        (private,) = await scene.asks(scene.ada, "@credbot me accounts", topic=message)

    assert named.topic_id == message.id
    assert scene.readers(private) == {scene.ada.id, scene.bot.id}
    assert private.topic_id != message.id


async def test_posts_that_do_not_name_it_are_left_alone(scene: Scene) -> None:
    async with scene.running():
        for text in (
            "cred board",
            "credbot cred",
            "@credbots cred",
            "mail me@credbot.example.org",
            "> @credbot cred board",
            "```\n@credbot cred board\n```",
            "`@credbot cred board`",
            '[quote="grace, post:1, topic:2"]\n@credbot cred board\n[/quote]\nI agree',
        ):
            assert await scene.asks(scene.ada, text) == [], text


async def test_a_mention_of_somebody_is_that_account(scene: Scene) -> None:
    async with scene.running():
        (reply,) = await scene.asks(scene.ada, "@credbot cred @Greta")

    assert reply.raw.startswith("**greta")


async def test_the_address_of_a_post_is_that_post(scene: Scene) -> None:
    asked = f"@credbot cred explain {scene.server.url}/t/the-gate/{scene.topic.id}/1"

    async with scene.running():
        by_number = await scene.asks(scene.grace, asked)
        by_id = await scene.asks(
            scene.grace, f"@credbot cred explain {scene.server.url}/p/{scene.topic.posts[0]}"
        )
        as_shown = await scene.asks(
            scene.grace, f"@credbot cred explain `/p/{scene.topic.posts[0]}`"
        )

    for (reply,) in (by_number, by_id, as_shown):
        assert "Where" not in reply.raw.splitlines()[0]
        assert "cred that flows through it" in reply.raw


async def test_an_answer_to_a_post_is_about_that_post(scene: Scene) -> None:
    first = scene.server.forum.posts[scene.topic.posts[0]]

    async with scene.running():
        (reply,) = await scene.asks(scene.grace, "@credbot cred explain", reply_to=first)
        (own,) = await scene.asks(scene.grace, "@credbot cred explain", reply_to=reply)

    assert "cred that flows through it" in reply.raw
    assert "of greta came from" in own.raw.replace(" (discourse)", "")


# What is not answered -----------------------------------------------------------------------


async def test_only_listed_categories_are_answered_in_and_private_messages_always(
    scene: Scene,
) -> None:
    listed, other = scene.server.forum.category("Bots"), scene.server.forum.category("Other")
    await scene.limit_to(listed)
    here = scene.server.forum.topic(scene.ada, "Ask here", category=listed)
    there = scene.server.forum.topic(scene.ada, "Not here", category=other)

    async with scene.running():
        silent = await scene.asks(scene.ada, "@credbot cred", topic=there)
        (reply,) = await scene.asks(scene.ada, "@credbot cred", topic=here)
        (private,) = await scene.asks(scene.ada, "cred", topic=scene.writes(scene.ada, "hi"))

    assert silent == []
    assert reply.topic_id == here.id
    assert scene.is_private(private)


async def test_it_never_answers_itself_or_other_bots(scene: Scene) -> None:
    robot = scene.server.forum.user("robot")
    await scene.community.log.append(
        Batch(accounts=(Account("discourse", str(robot.id), "bot", "robot"),))
    )
    await scene.community.directory.refresh()

    async with scene.running():
        for user in (scene.bot, scene.server.forum.system, robot):
            asked = scene.says(user, "@credbot cred board")
            before = len(scene.answers())
            await scene.notify(asked)
            assert len(scene.answers()) == before, user.username


async def test_it_knows_itself_by_number_whatever_it_was_called(scene: Scene) -> None:
    own = scene.says(scene.bot, "@credbot cred board")

    async with scene.running():
        scene.chat.notice(
            PostNotice(
                own.id, 1, scene.server.clock.now_ms(), "former-name", "@credbot cred board"
            )
        )
        await scene.chat.wait_until_settled()

    assert scene.answers() == [own]


async def test_posts_that_the_forum_hides_are_not_answered(scene: Scene) -> None:
    scene.server.troubles.alter(lambda post: post.update(hidden=True), "/posts/*")

    async with scene.running():
        assert await scene.asks(scene.ada, "@credbot cred") == []


async def test_whispers_and_deleted_posts_are_not_answered(scene: Scene) -> None:
    forum = scene.server.forum
    whisper = forum.post(scene.topic, scene.ada, "@credbot cred", kind=4)
    deleted = scene.says(scene.ada, "@credbot cred")
    forum.delete(deleted)

    async with scene.running():
        await scene.notify(whisper, deleted)

    assert scene.answers() == []


async def test_history_is_not_answered(scene: Scene) -> None:
    old = scene.says(scene.ada, "@credbot cred")
    scene.server.clock.advance(FRESH_MS / 1000 + 1)

    async with scene.running():
        await scene.notify(old)

    assert scene.answers() == []


async def test_who_asks_too_fast_is_told_once_and_stops_nobody_else(scene: Scene) -> None:
    scene.server.troubles.per_minute = None
    many = [scene.says(scene.ada, "@credbot cred") for _ in range(8)]

    async with scene.running():
        await scene.notify(*many)
        ours = scene.answers()
        (to_grace,) = await scene.asks(scene.grace, "@credbot cred")

    assert sum("One moment" in post.raw for post in ours) == 1
    assert len(ours) == 6
    assert "**greta" in to_grace.raw


async def test_two_programs_that_answer_each_other_come_to_an_end(scene: Scene) -> None:
    scene.server.troubles.per_minute = None
    message = scene.writes(scene.grace, "hello")
    async with scene.running():
        answers = 0
        for _ in range(60):
            scene.server.clock.advance(5)
            answers += len(await scene.asks(scene.grace, "pardon?", topic=message))

    assert 20 <= answers <= 25


# Privately ----------------------------------------------------------------------------------


async def test_a_refusal_goes_by_private_message_to_the_asker_alone(scene: Scene) -> None:
    async with scene.running():
        (reply,) = await scene.asks(scene.ada, "@credbot cred nobody-of-that-name")

    assert scene.is_private(reply)
    assert scene.readers(reply) == {scene.ada.id, scene.bot.id}
    assert "I know nobody called" in reply.raw


async def test_a_private_answer_to_a_message_that_others_read_goes_into_one_of_its_own(
    scene: Scene,
) -> None:
    message = scene.writes(scene.ada, "look", scene.grace)

    async with scene.running():
        (reply,) = await scene.asks(
            scene.ada, "@credbot cred nobody-of-that-name", topic=message
        )

    assert reply.topic_id != message.id
    assert scene.readers(reply) == {scene.ada.id, scene.bot.id}


async def test_everything_of_a_private_command_is_private(scene: Scene) -> None:
    scene.registry = _with(
        scene.registry, _command(_replying("here is all I know"), private=True)
    )

    async with scene.running():
        (reply,) = await scene.asks(scene.ada, "@credbot probe")

    assert scene.is_private(reply)


async def test_where_the_topic_is_closed_the_answer_comes_privately(scene: Scene) -> None:
    scene.topic.closed = True

    async with scene.running():
        (reply,) = await scene.asks(scene.ada, "@credbot cred")

    assert scene.is_private(reply)
    assert "**adele" in reply.raw


async def test_posts_are_linked_only_where_nobody_else_is_told_of_it(scene: Scene) -> None:
    message = scene.writes(scene.ada, "hello")

    async with scene.running():
        (public,) = await scene.asks(scene.ada, "@credbot cred explain")
        (private,) = await scene.asks(scene.ada, "cred explain", topic=message)

    number = scene.topic.posts[0]
    assert f"(`/p/{number}`)" in public.raw
    assert "](" not in public.raw
    assert f"]({scene.server.url}/p/{number})" in private.raw


# Rights -------------------------------------------------------------------------------------


async def test_staff_is_who_the_forum_says_it_is_at_that_moment(scene: Scene) -> None:
    scene.registry = _with(scene.registry, _command(_replying("done"), access=Access.ADMINS))

    async with scene.running():
        (before,) = await scene.asks(scene.ada, "@credbot probe")
        scene.ada.moderator = True
        (as_moderator,) = await scene.asks(scene.ada, "@credbot probe")
        scene.ada.moderator, scene.ada.admin = False, True
        (as_admin,) = await scene.asks(scene.ada, "@credbot probe")
        scene.ada.admin = False
        (after,) = await scene.asks(scene.ada, "@credbot probe")

    assert "done" in as_moderator.raw
    assert "done" in as_admin.raw
    assert "For server admins" in before.raw
    assert "For server admins" in after.raw


async def test_a_handler_is_told_who_asks_and_where(scene: Scene) -> None:
    seen: list[Request] = []

    async def note(request: Request) -> Reply:
        seen.append(request)
        return Reply(title="noted")

    scene.registry = _with(scene.registry, _command(note))

    async with scene.running():
        await scene.asks(scene.ada, "@credbot probe")

    (request,) = seen
    assert (request.source, request.actor) == ("discourse", str(scene.ada.id))
    assert (request.actor_name, request.place) == ("adele", f"t{scene.topic.id}")
    assert request.command_line("cred board", "2") == "@credbot cred board 2"


# Exactly one --------------------------------------------------------------------------------


async def test_a_post_told_again_is_not_answered_again(scene: Scene) -> None:
    asked = scene.says(scene.ada, "@credbot cred")

    async with scene.running():
        await scene.notify(asked, asked)
        await scene.notify(asked)

    assert len(scene.answers()) == 1


async def test_a_post_told_again_after_a_restart_is_not_answered_again(scene: Scene) -> None:
    asked = scene.says(scene.ada, "@credbot cred")
    async with scene.running():
        await scene.notify(asked)

    async with scene.running():
        await scene.notify(asked)

    assert len(scene.answers()) == 1


async def test_an_answer_that_nobody_confirmed_is_looked_for_before_it_is_posted_again(
    scene: Scene,
) -> None:
    lost = scene.server.troubles.lose("/posts.json", times=2)

    async with scene.running():
        public = await scene.asks(scene.ada, "@credbot cred")
        private = await scene.asks(scene.grace, "@credbot cred nobody-of-that-name")

    assert lost.times == 0
    assert len(public) == len(private) == 1
    assert scene.server.requests_for("/posts/*/replies.json")
    assert scene.server.requests_for("/t/external_id/*")


async def test_an_answer_that_was_surely_not_posted_is_posted_later(scene: Scene) -> None:
    down = scene.server.troubles.fail(502, "/posts.json", times=2)

    async with scene.running():
        (reply,) = await scene.asks(scene.ada, "@credbot cred")

    assert down.times == 0
    assert "**adele" in reply.raw


async def test_a_crash_after_the_answer_was_posted_makes_no_second_one(scene: Scene) -> None:
    asked = scene.says(scene.ada, "@credbot cred")
    await _leave_unfinished(scene, asked.id)
    scene.says(scene.bot, "here it is", reply_to=asked)

    async with scene.running():
        await scene.notify(asked)

    assert len(scene.answers()) == 1
    known = await AnsweredPosts(scene.community.database, "discourse").get(str(asked.id))
    assert known is not None
    assert known.is_done
    assert known.reply == str(scene.answers()[0].id)


async def test_a_crash_after_a_private_answer_makes_no_second_one(scene: Scene) -> None:
    asked = scene.says(scene.ada, "@credbot cred")
    await _leave_unfinished(scene, asked.id)
    scene.server.forum.topic(
        scene.bot, "Your question", to=[scene.ada], external_id=message_external_id(asked.id)
    )

    async with scene.running():
        await scene.notify(asked)

    assert len(scene.answers()) == 1


async def test_what_a_crash_interrupted_is_not_done_again_but_told_of_once(
    scene: Scene,
) -> None:
    done: list[str] = []
    stopped = asyncio.Event()

    async def hang(request: Request) -> Reply:
        done.append(request.actor)
        stopped.set()
        await asyncio.Event().wait()
        return Reply(title="never")

    scene.registry = _with(scene.registry, _command(hang))
    asked = scene.says(scene.ada, "@credbot probe")
    async with scene.running():
        hearing = asyncio.create_task(scene.notify(asked))
        await stopped.wait()
        hearing.cancel()

    for _ in range(2):
        async with scene.running():
            await scene.notify(asked)
            (other,) = await scene.asks(scene.grace, "@credbot cred")
            assert "**greta" in other.raw

    assert len(done) == 1
    (reply,) = [post for post in scene.answers() if "I was interrupted" in post.raw]
    assert scene.readers(reply) == {scene.ada.id, scene.bot.id}


async def test_who_got_no_answer_while_the_forum_was_down_is_told_when_it_is_well_again(
    scene: Scene,
) -> None:
    down = scene.server.troubles.fail(502, "/posts.json")

    async with scene.running():
        asked = scene.says(scene.ada, "@credbot cred")
        await scene.notify(asked)
        scene.server.troubles.end(down)
        await scene.notify(asked)
        (other,) = await scene.asks(scene.grace, "@credbot cred")
        (later,) = await scene.asks(scene.grace, "@credbot cred board")

    (reply,) = [post for post in scene.answers() if post not in (other, later)]
    assert "I was interrupted" in reply.raw
    assert scene.readers(reply) == {scene.ada.id, scene.bot.id}


async def test_who_got_no_answer_is_told_also_where_nobody_asks_anything_more(
    scene: Scene,
) -> None:
    down = scene.server.troubles.fail(502, "/posts.json")

    async with scene.running():
        await scene.notify(scene.says(scene.ada, "@credbot cred"))
        assert scene.answers() == []
        scene.server.troubles.end(down)
        async with asyncio.timeout(10):
            while not scene.answers():  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0)

    (reply,) = scene.answers()
    assert "I was interrupted" in reply.raw


async def test_one_post_that_fails_keeps_no_other_from_its_answer(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    asked = scene.says(scene.ada, "@credbot cred")
    scene.server.troubles.fail(500, f"/posts/{asked.id}.json")

    async with scene.running():
        await scene.notify(asked)
        (other,) = await scene.asks(scene.grace, "@credbot cred")

    assert "**greta" in other.raw
    assert f"post {asked.id} is not answered" in caplog.text


async def test_a_forum_that_is_down_when_it_begins_is_asked_until_it_is_there(
    scene: Scene,
) -> None:
    scene.server.troubles.fail(503, "/u/credbot.json", times=9)

    async with scene.running():
        (reply,) = await scene.asks(scene.ada, "@credbot cred")

    assert "**adele" in reply.raw


async def test_nothing_of_what_was_asked_is_kept(scene: Scene) -> None:
    async with scene.running():
        await scene.asks(scene.ada, "@credbot cred supercalifragilistic")

    file = scene.community.database.path
    data = b"".join(
        part.read_bytes() for part in file.parent.iterdir() if part.name.startswith(file.name)
    )
    assert b"supercalifragilistic" not in data


# Edits --------------------------------------------------------------------------------------


async def test_an_edited_post_has_its_answer_edited_once(scene: Scene) -> None:
    forum = scene.server.forum
    asked = scene.says(scene.ada, "@credbot cred")
    async with scene.running():
        await scene.notify(asked)
        (reply,) = scene.answers()
        first = reply.raw
        forum.edit(asked, "@credbot cred board")
        await scene.notify(asked)
        second = reply.raw
        forum.edit(asked, "@credbot help")
        await scene.notify(asked)

    assert "**adele" in first
    assert "**Cred board of Garden**" in second
    assert reply.raw == second
    assert len(scene.answers()) == 1


async def test_an_edit_after_a_restart_edits_the_answer_too(scene: Scene) -> None:
    asked = scene.says(scene.ada, "@credbot cred")
    async with scene.running():
        await scene.notify(asked)
    scene.server.clock.advance(hours=5)
    scene.server.forum.edit(asked, "@credbot cred board")

    async with scene.running():
        await scene.notify(asked)

    (reply,) = scene.answers()
    assert "**Cred board of Garden**" in reply.raw


async def test_an_edit_of_something_else_in_a_post_runs_nothing_again(scene: Scene) -> None:
    done: list[str] = []

    async def note(request: Request) -> Reply:
        done.append(request.actor)
        return Reply(title="noted", text="And this is what I have to say about it.")

    scene.registry = _with(scene.registry, _command(note))
    asked = scene.says(scene.ada, "Hallo\n\n@credbot probe")
    async with scene.running():
        await scene.notify(asked)
        scene.server.forum.edit(asked, "Hello\n\n@credbot probe")
        await scene.notify(asked)

    assert len(done) == 1


async def test_a_mistake_put_right_is_answered_in_the_topic(scene: Scene) -> None:
    asked = scene.says(scene.ada, "@credbot cred board of all")
    async with scene.running():
        await scene.notify(asked)
        (private,) = scene.answers()
        scene.server.forum.edit(asked, "@credbot cred board")
        await scene.notify(asked)

    _, public = scene.answers()
    assert scene.is_private(private)
    assert not scene.is_private(public)
    assert "**Cred board of Garden**" in public.raw


async def test_an_edit_that_makes_the_answer_private_takes_it_from_the_topic(
    scene: Scene,
) -> None:
    asked = scene.says(scene.ada, "@credbot cred")
    async with scene.running():
        await scene.notify(asked)
        scene.server.forum.edit(asked, "@credbot cred nobody-of-that-name")
        await scene.notify(asked)

    public, private = scene.answers()
    assert "I know nobody called" in private.raw
    assert scene.is_private(private)
    assert public.raw.startswith("**Answered privately**")


async def test_an_answer_that_staff_deleted_is_not_posted_again(scene: Scene) -> None:
    asked = scene.says(scene.ada, "@credbot cred")
    async with scene.running():
        await scene.notify(asked)
        scene.server.forum.delete(scene.answers()[0])
        scene.server.forum.edit(asked, "@credbot cred board")
        await scene.notify(asked)

    assert len(scene.answers()) == 1


async def test_an_edit_a_day_later_is_left_alone(scene: Scene) -> None:
    asked = scene.says(scene.ada, "@credbot cred")
    async with scene.running():
        await scene.notify(asked)
        (reply,) = scene.answers()
        before = reply.raw
        scene.server.clock.advance(KEPT_MS / 1000 + 1)
        scene.server.forum.edit(asked, "@credbot cred board")
        await scene.notify(asked)

    assert reply.raw == before


# Helpers ------------------------------------------------------------------------------------


def _with(registry: Registry, *commands: Command) -> Registry:
    return Registry((*registry.commands, *commands))


def _command(
    handler: Handler, *, access: Access = Access.EVERYONE, private: bool = False
) -> Command:
    return Command(
        group="",
        name="probe",
        summary="A probe.",
        details="",
        handler=handler,
        access=access,
        private=private,
    )


def _replying(text: str) -> Handler:
    async def handler(_: Request) -> Reply:
        return Reply(title="Probe", text=text)

    return handler


async def _leave_unfinished(scene: Scene, post: int) -> None:
    """Record an unfinished answer, as a crash leaves it."""
    await AnsweredPosts(scene.community.database, "discourse").begin(
        str(post),
        str(scene.ada.id),
        version=1,
        line=b"",
        now_ms=scene.server.clock.now_ms(),
    )
