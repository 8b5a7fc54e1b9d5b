"""What a forum says of the bot: whether it is there, lets it in, and can tell it things."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp

from bot.cli.check.finding import Finding, Level
from bot.commands.kit.wording import pluralize
from bot.settings import Settings
from bot.sources.discourse.api import records
from bot.sources.discourse.api.client import ForumClient
from bot.sources.discourse.api.errors import MalformedPayloadError
from bot.sources.discourse.api.transport import (
    AccessDeniedError,
    DiscourseError,
    ForumTransport,
    Sleep,
)
from bot.sources.discourse.forums import ForumSettings, read_forums


async def check_discourse(
    settings: Settings, sleep: Sleep = asyncio.sleep
) -> AsyncIterator[Finding]:
    """Yield findings about each forum: the answer, the key, the webhooks.

    Raises
    ------
    SettingsError
        If the settings of a forum cannot be used.
    """
    async with aiohttp.ClientSession() as session:
        for forum in read_forums(settings):
            client = ForumClient(ForumTransport(forum.access, session, sleep=sleep))
            yield await _answers(forum, client)
            yield _webhooks(forum, settings)


async def _answers(forum: ForumSettings, client: ForumClient) -> Finding:
    what = f"forum {forum.name}"
    try:
        found = [records.parse_category(one) for one in await client.categories()]
    except AccessDeniedError:
        remedy = (
            "make a key in its admin pages (API keys) for that user, and copy it into "
            "CRED_DISCOURSE_API_KEY"
            if forum.access.api_key is not None
            else "it can be read by members alone, so set CRED_DISCOURSE_API_KEY"
        )
        return Finding(what, Level.PROBLEM, f"It does not let the bot in: {remedy}.")
    except (DiscourseError, MalformedPayloadError) as error:
        words = str(error).rstrip(".")
        return Finding(
            what, Level.PROBLEM, f"{words}: check CRED_DISCOURSE_URL, and try again later."
        )
    private = sum(one.is_restricted for one in found)
    left_out = f"; {private} private, left out" if private else ""
    readable = pluralize(len(found) - private, "category", "categories")
    return Finding(what, Level.GOOD, f"{readable} can be read{left_out}.")


def _webhooks(forum: ForumSettings, settings: Settings) -> Finding:
    what = f"webhooks of {forum.name}"
    if forum.webhook_secret is None:
        return Finding(
            what,
            Level.ADVICE,
            "There is no secret, so none are listened for: what happens is heard within "
            "minutes. Set CRED_DISCOURSE_WEBHOOK_SECRET to hear it at once.",
        )
    if settings.web_port is None:
        return Finding(
            what,
            Level.PROBLEM,
            "There is a secret, but nothing listens: set CRED_WEB_PORT.",
        )
    return Finding(
        what, Level.GOOD, f"Listened for on {settings.web_host}, port {settings.web_port}."
    )
