"""Previews on a forum: asked in a topic, answered by private message."""

from tests.bot.chat.discourse.scene import Scene


async def test_a_preview_asked_in_a_topic_is_answered_by_private_message(scene: Scene) -> None:
    async with scene.running():
        (reply,) = await scene.asks(
            scene.ada, "@credbot weights preview edge.authors=1/0 over last 12 weeks"
        )

    assert scene.is_private(reply)
    assert scene.readers(reply) == {scene.ada.id, scene.bot.id}
    assert "What that would do" in reply.raw
    assert "Gain most" in reply.raw
    assert reply.raw.index("You") < reply.raw.index("All cred")
    assert "adele" in reply.raw.partition("Gain most")[2]


async def test_what_a_weight_does_and_mistakes_are_answered_privately_too(
    scene: Scene,
) -> None:
    async with scene.running():
        (does,) = await scene.asks(scene.ada, "@credbot weights why edge.authors")
        (listed,) = await scene.asks(scene.ada, "@credbot weights why")
        (mistake,) = await scene.asks(scene.ada, "@credbot weights preview emojis.default=2")

    assert all(map(scene.is_private, (does, listed, mistake)))
    assert "What edge authors does" in does.raw
    assert "reply with `@credbot weights why node.like`" in listed.raw
    assert "did you mean" in mistake.raw
