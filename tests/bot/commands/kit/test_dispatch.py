"""Errors become replies; none becomes a stack trace in a chat."""

import logging
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.commands.kit.command import Command
from bot.commands.kit.dispatch import dispatch
from bot.commands.kit.errors import UserError
from bot.commands.kit.reply import Reply
from bot.commands.kit.request import Request
from bot.community.communities import Community
from bot.community.errors import CommunityError, IdentityRefusedError, NotAllowedError
from cred.errors import InvalidInputError, NotConvergedError
from storage.errors import DiskError
from tests.bot.commands.garden import communities, garden, request


@pytest.fixture
async def community(tmp_path: Path) -> AsyncIterator[Community]:
    async with communities(tmp_path) as opened:
        yield await garden(opened, scored=False)


async def _nothing(_: Request) -> Reply:
    return Reply(title="nothing")


COMMAND = Command(group="", name="test", summary="x", details="x", handler=_nothing)


async def reply_to_error(community: Community, error: Exception) -> Reply:
    async def handler(_: Request) -> Reply:
        raise error

    return await dispatch(replace(COMMAND, handler=handler), request(community))


async def test_a_mistake_is_shown_as_it_is_with_lines_to_try(
    community: Community, caplog: pytest.LogCaptureFixture
) -> None:
    mistake = UserError("That is no month.", title="Which month?", try_lines=("cred month",))

    reply = await reply_to_error(community, mistake)

    assert (reply.title, reply.text) == (
        "Which month?",
        "That is no month.\n\n!cred month",
    )
    assert not caplog.records


@pytest.mark.parametrize("error_type", [NotAllowedError, IdentityRefusedError])
async def test_what_a_service_refuses_is_shown_with_its_reason(
    community: Community, caplog: pytest.LogCaptureFixture, error_type: type[CommunityError]
) -> None:
    reply = await reply_to_error(community, error_type("You can't thank yourself."))

    assert (reply.title, reply.text) == ("That can't be done", "You can't thank yourself.")
    assert reply.private
    assert not caplog.records


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (NotConvergedError(9, 1.0, 1e-9), "the last good numbers stay"),
        (InvalidInputError("node secret is negative"), "could not be worked out"),
        (DiskError("/var/secret/x.db failed"), "records can't be read right now"),
        (ZeroDivisionError("secret"), "my fault, not yours"),
    ],
)
async def test_other_errors_say_one_sentence_and_a_reference_to_the_log(
    community: Community, caplog: pytest.LogCaptureFixture, error: Exception, sentence: str
) -> None:
    with caplog.at_level(logging.ERROR):
        reply = await reply_to_error(community, error)

    assert sentence in reply.text
    assert "secret" not in reply.text
    reference = re.search(r"Reference ([0-9a-f]{8})", reply.text)
    assert reference is not None
    (record,) = caplog.records
    assert reference[1] in record.getMessage()
    assert record.exc_info is not None
    assert record.exc_info[1] is error
