"""The reply to a question, and its text as a post."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from bot.chat.discourse.forum import SOURCE, Forum
from bot.chat.discourse.question import Question
from bot.chat.discourse.references import resolve_references, restore_typed
from bot.chat.discourse.render import RenderContext, render
from bot.chat.line.parse import Invocation, parse
from bot.commands.kit.arguments import Argument, ContributionLink
from bot.commands.kit.command import Access
from bot.commands.kit.dispatch import dispatch
from bot.commands.kit.errors import error_reply
from bot.commands.kit.registry import Registry
from bot.commands.kit.reply import Reply
from bot.commands.kit.request import Request
from bot.community.communities import Community
from bot.services import people
from bot.services.known_names import read_known_names


@dataclass(frozen=True, slots=True)
class Answerer:
    """Answers questions about one community. What goes wrong is put into a reply as well."""

    forum: Forum
    registry: Registry
    community: Community
    now_ms: Callable[[], int]

    @property
    def _prefix(self) -> str:
        return f"@{self.forum.username} "

    async def reply(self, question: Question) -> Reply:
        """Return the reply to a question."""
        post, prefix = question.post, self._prefix
        place, visibility = f"t{post.topic}", self.community.visibility
        try:
            line, typed = await resolve_references(question.line, self.forum)
            names = await read_known_names(self.community, SOURCE, str(post.user))
            invocation = parse(line, self.registry, SOURCE, self.now_ms(), names)
            invocation = _with_typed_text(invocation, typed)
            arguments = await self._with_parent(invocation, question)
            groups = await self._groups(invocation, post.username)
        except Exception as error:  # noqa: BLE001 - every error gets a reply
            return error_reply(error, prefix=prefix, activity="reading a line")
        is_private = invocation.command.private or question.is_private
        reply = await dispatch(
            invocation.command,
            Request(
                community=self.community,
                source=SOURCE,
                actor=str(post.user),
                actor_name=post.username,
                is_admin=post.is_staff,
                roles=groups,
                arguments=arguments,
                now_ms=self.now_ms(),
                place=place,
                prefix=prefix,
                # The reply to a private command is sent as a private message.
                is_private=is_private,
                is_overheard=not question.is_private,
                sees=visibility.for_account(SOURCE, str(post.user))
                if is_private
                else visibility.for_readers(SOURCE, place),
                suggestion=invocation.suggestion,
            ),
        )
        return replace(reply, private=reply.private or invocation.command.private)

    async def _groups(self, invocation: Invocation, username: str) -> frozenset[str]:
        """Return the asker's groups, which the forum is asked only where they matter."""
        if invocation.command.access not in {Access.MAINTAINERS, Access.TREASURERS}:
            return frozenset()
        return await self.forum.groups(username)

    async def _with_parent(
        self, invocation: Invocation, question: Question
    ) -> Mapping[str, Argument]:
        """Return the arguments; a contribution that is not named is the post replied to."""
        missing = {
            parameter.name
            for parameter in invocation.command.parameters
            if parameter.type.names_contribution
        } - set(invocation.arguments)
        number = question.post.reply_to
        if number is None or not missing:
            return invocation.arguments
        parent = await self.forum.post_at(question.post.topic, number)
        if parent is None or parent.user == question.me:
            return invocation.arguments  # people reply to our suggestions
        return invocation.about(ContributionLink(SOURCE, f"post:{parent.id}")).arguments

    def render(self, reply: Reply, question: Question, *, private: bool) -> str:
        """Return the text of a reply; if it cannot be rendered, a text that says so."""
        context = RenderContext(
            self.forum.username,
            self.forum.home,
            lambda account: self._name_of(account, str(question.post.user)),
            with_links=private or question.is_private,
        )
        try:
            text = render(reply, context)
        except Exception as error:  # noqa: BLE001 - every error gets a reply
            activity = f"showing “{reply.title:.60}”"
            failure = error_reply(error, prefix=self._prefix, activity=activity)
            text = render(failure, context)
        # Discourse refuses the same text twice within minutes; the comment is not shown.
        return f"{text}\n\n<!-- answers {question.post.id} -->"

    def _name_of(self, account: str, asker: str) -> str:
        """Return an account's name on the forum; "" if the asker may not see the person."""
        person = people.find_by_account(self.community, SOURCE, account, asker=asker)
        number = self.community.directory.account_number(SOURCE, account)
        if number is None or not isinstance(person, people.Person):
            return ""
        name = self.community.directory.account_name(number)
        return "" if any(map(str.isspace, name)) else name


def _with_typed_text(invocation: Invocation, typed: Mapping[str, str]) -> Invocation:
    """Return an invocation whose texts have the names that were typed, not ids."""
    arguments = {
        name: restore_typed(argument, typed) if isinstance(argument, str) else argument
        for name, argument in invocation.arguments.items()
    }
    return replace(invocation, arguments=arguments)


def too_fast_reply() -> Reply:
    """Return the reply to somebody who asks too much."""
    return Reply(
        title="One moment",
        text="That was many questions at once. Ask again in a few minutes.",
        private=True,
        is_error=True,
    )


def interrupted_reply() -> Reply:
    """Return the reply to a question during which the bot was stopped."""
    return Reply(
        title="I was interrupted",
        text="I was stopped while I was at what you asked. If it changes something, that may "
        "have been done: look first, then ask again.",
        private=True,
        is_error=True,
    )


def answered_privately_reply() -> Reply:
    """Return what replaces an answer in a topic once a private one takes its place."""
    return Reply(title="Answered privately", text="See your messages for the answer.")
