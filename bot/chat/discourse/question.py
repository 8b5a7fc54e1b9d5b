"""Posts that ask the bot something, and what each asks."""

from dataclasses import dataclass, replace
from typing import Final

from bot.chat.discourse.forum import SOURCE, Forum, ForumPost, ForumTopic
from bot.chat.discourse.mentions import command_line
from bot.community.communities import Community

ANSWERS_IN: Final = "discourse.answers-in"
"""Setting: the categories in which the bot answers; none: in all."""


@dataclass(frozen=True, slots=True)
class Question:
    """A post that says something to the bot, in a place where it may answer."""

    post: ForumPost
    topic: ForumTopic
    me: int
    """Id of the bot's account."""
    line: str

    @property
    def is_private(self) -> bool:
        """Whether only the asker and the bot can read it."""
        topic, readers = self.topic, {self.me, self.post.user}
        return topic.is_message and not topic.is_for_groups and set(topic.readers) == readers


async def find_post(forum: Forum, number: int) -> ForumPost | None:
    """Return a post if a user wrote it for everybody who reads its topic, else None.

    Discourse's own users, whose ids are below 0, are not meant.

    Raises
    ------
    ForumError
        If the forum does not answer.
    """
    post = await forum.post(number)
    if post is None or not post.is_plain or post.user is None or post.user <= 0:
        return None
    return post


async def read_question(
    forum: Forum, community: Community, number: int, me: int
) -> Question | None:
    """Return what a post asks, as the forum shows it now; None: nothing that we answer.

    Raises
    ------
    ForumError
        If the forum does not answer.
    """
    post = await find_post(forum, number)
    if post is None or post.user == me or _is_known_bot(community, post):
        return None
    topic = await forum.topic(post.topic)
    if topic is None or not _answers_in(community, topic, me):
        return None
    question = Question(post, topic, me, "")
    line = command_line(forum.username, post.raw, is_private=question.is_private)
    return None if line is None else replace(question, line=line)


def _is_known_bot(community: Community, post: ForumPost) -> bool:
    number = community.directory.account_number(SOURCE, str(post.user))
    return number is not None and community.directory.account_kind(number) != "user"


def _answers_in(community: Community, topic: ForumTopic, me: int) -> bool:
    if topic.is_message:
        # With a key of staff, the private messages of others can be seen, too.
        return me in topic.readers
    categories = community.settings.get(ANSWERS_IN)
    if not isinstance(categories, list) or not categories:
        return True
    return str(topic.category) in categories
