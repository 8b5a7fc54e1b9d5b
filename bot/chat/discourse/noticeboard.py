"""Posts announcements as topics of a category, and what follows as replies in them."""

from bot.chat.discourse.forum import Forum, ForumError, ForumRefusedError
from bot.chat.discourse.render import RenderContext, render
from bot.chat.noticeboard import CannotPostError, Notice, PostedNotice, begin_alike
from bot.chat.text.invisible_characters import strip_controls
from bot.commands.admin.announce import PostingRights

_MOST_TITLE = 200
_LEAST_TITLE = 15
"""Characters of a topic's title that Discourse asks for by default."""


class DiscourseNoticeboard:
    """Announcements of one forum.

    Parameters
    ----------
    forum
        As the bot's account sees it.
    """

    def __init__(self, forum: Forum) -> None:
        self._forum = forum

    async def check(self, place: str) -> PostingRights:
        """Return what is missing in a category; the forum tells the rest when it is tried."""
        if not place.isdecimal():
            return PostingRights(obstacles=("it is no category",))
        return PostingRights()

    async def post(self, notice: Notice) -> PostedNotice:
        """Post an announcement in its topic, or as a topic, unless it is there."""
        try:
            if notice.thread is not None and notice.answers is not None:
                return await self._reply(notice, int(notice.thread), int(notice.answers))
            return await self._open(notice)
        except ForumRefusedError as error:
            raise CannotPostError(f"the forum refuses: {error}") from error
        except ForumError as error:
            raise CannotPostError(f"the forum does not answer: {error}") from error

    async def _open(self, notice: Notice) -> PostedNotice:
        # Discourse refuses a second topic with the same external id.
        external_id = f"credbot-notice-{notice.key}"
        post = await self._forum.message(external_id)
        if post is None:
            title = strip_controls(notice.reply.title)[:_MOST_TITLE].ljust(_LEAST_TITLE, ".")
            post = await self._forum.open_topic(
                int(notice.place), title, self._render(notice), external_id
            )
        opened = await self._forum.post(post)
        return PostedNotice(None if opened is None else str(opened.topic), str(post))

    async def _reply(self, notice: Notice, topic: int, first: int) -> PostedNotice:
        me = await self._forum.user(self._forum.username)
        for post, author in await self._forum.replies(first):
            if author == me:
                reply = await self._forum.post(post)
                title = "" if reply is None else reply.raw.partition("\n")[0].strip("*")
                if begin_alike(title, notice.reply.title):
                    return PostedNotice(str(topic), str(post))
        post = await self._forum.reply(topic, 1, self._render(notice))
        return PostedNotice(str(topic), str(post))

    def _render(self, notice: Notice) -> str:
        context = RenderContext(self._forum.username, self._forum.home)
        # Discourse refuses the same text twice within minutes; the comment is not shown.
        return f"{render(notice.reply, context)}\n\n<!-- notice {notice.key} -->"
