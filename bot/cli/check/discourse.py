"""Asks each forum whether the bot can read it, and checks how its webhooks arrive."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp

from bot.cli.check.finding import Finding, Level
from bot.commands.kit.wording import pluralize
from bot.runtime.clock import Sleep
from bot.settings import Settings
from bot.sources.discourse.api import records
from bot.sources.discourse.api.client import ForumClient
from bot.sources.discourse.api.errors import MalformedPayloadError
from bot.sources.discourse.api.transport import (
    AccessDeniedError,
    DiscourseError,
    ForumTransport,
)
from bot.sources.discourse.forums import ForumSettings, read_forums


async def check_discourse(
    settings: Settings, sleep: Sleep = asyncio.sleep
) -> AsyncIterator[Finding]:
    """Yield findings about each forum: whether its API answers, and its webhooks.

    Raises
    ------
    SettingsError
        If the settings of a forum cannot be used.
    """
    async with aiohttp.ClientSession() as session:
        for forum in read_forums(settings):
            client = ForumClient(ForumTransport(forum.access, session, sleep=sleep))
            yield await _check_api(forum, client)
            yield _check_webhooks(forum, settings)


async def _check_api(forum: ForumSettings, client: ForumClient) -> Finding:
    subject = f"forum {forum.name}"
    try:
        categories = [
            records.parse_category(category) for category in await client.categories()
        ]
    except AccessDeniedError:
        remedy = (
            "make a key in its admin pages (API keys) for that user, and copy it into "
            "CRED_DISCOURSE_API_KEY"
            if forum.access.api_key is not None
            else "it can be read by members alone, so set CRED_DISCOURSE_API_KEY"
        )
        return Finding(subject, Level.PROBLEM, f"It does not let the bot in: {remedy}.")
    except (DiscourseError, MalformedPayloadError) as error:
        message = str(error).rstrip(".")
        return Finding(
            subject, Level.PROBLEM, f"{message}: check CRED_DISCOURSE_URL, and try again later."
        )
    private = sum(category.is_restricted for category in categories)
    left_out = f"; {private} private, left out" if private else ""
    readable = pluralize(len(categories) - private, "category", "categories")
    return Finding(subject, Level.GOOD, f"{readable} can be read{left_out}.")


def _check_webhooks(forum: ForumSettings, settings: Settings) -> Finding:
    subject = f"webhooks of {forum.name}"
    if forum.webhook_secret is None:
        return Finding(
            subject,
            Level.ADVICE,
            "There is no secret, so webhooks are not accepted, and news takes minutes to "
            "arrive. Set CRED_DISCOURSE_WEBHOOK_SECRET to get it at once.",
        )
    if settings.web_port is None:
        return Finding(
            subject,
            Level.PROBLEM,
            "There is a secret, but no web server: set CRED_WEB_PORT.",
        )
    return Finding(
        subject, Level.GOOD, f"Accepted on {settings.web_host}, port {settings.web_port}."
    )
