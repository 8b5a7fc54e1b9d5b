"""On a forum, one's own data is told and erased by private message."""

import re

from tests.bot.chat.discourse.scene import Scene


async def test_ones_data_comes_by_private_message_and_to_nobody_else(scene: Scene) -> None:
    async with scene.running():
        refused = await scene.asks(scene.grace, "@credbot me data")
        message = scene.writes(scene.grace, "me data")
        await scene.notify(scene.server.forum.posts[message.posts[0]])
    answer = scene.answers()[-1]

    public = "".join(post.raw for post in refused if not scene.is_private(post))
    assert "personal-data" not in public
    assert scene.is_private(answer)
    assert scene.readers(answer) == {scene.bot.id, scene.grace.id}
    assert "credbot/personal-data-1" in answer.raw
    assert re.search(rf'"id": ?"{scene.grace.id}"', answer.raw)


async def test_an_erasure_by_private_message_takes_two_steps_and_is_answered_once(
    scene: Scene,
) -> None:
    forum = scene.server.forum
    async with scene.running():
        message = scene.writes(scene.grace, "me erase")
        first = forum.posts[message.posts[0]]
        await scene.notify(first)
        asked = scene.answers()[-1]
        second = scene.says(scene.grace, "me erase confirm", topic=message)
        await scene.notify(second)
        done = scene.answers()[-1]
        count = len(scene.answers())
        await scene.notify(first, second)

    assert "Erase you?" in asked.raw
    assert "me erase confirm" in asked.raw
    assert "You are erased" in done.raw
    assert len(scene.answers()) == count
    await scene.community.directory.refresh()
    assert scene.community.directory.account_number("discourse", str(scene.grace.id)) is None
    rows = await scene.community.database.read(
        lambda plain: plain.execute("SELECT asker FROM answered_posts").fetchall()
    )
    assert (str(scene.grace.id),) not in rows
