"""Asks Discord whether the token is valid, and what the bot may hear and do."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

import aiohttp
import discord
from discord.http import Route

from bot.cli.check.finding import Finding, Level
from bot.settings import Settings

_NEEDED: Final = discord.Permissions(
    view_channel=True,
    read_message_history=True,
    send_messages=True,
    send_messages_in_threads=True,
    embed_links=True,
    attach_files=True,
)
"""The permissions without which the bot cannot answer."""
_INVITED: Final = _NEEDED | discord.Permissions(create_public_threads=True)
"""The permissions that the invitation asks for, as in README. Without threads, what follows a
proposal is posted in its channel."""

_TIMEOUT_SECONDS: Final = 20
_UNAUTHORISED: Final = 401


async def check_discord(settings: Settings, token: str) -> AsyncIterator[Finding]:
    """Yield findings about the token, the intents, and the permissions on each server."""
    base = str(settings.discord_api_url or Route.BASE).rstrip("/")
    headers = {"Authorization": f"Bot {token}"}
    timeout = aiohttp.ClientTimeout(total=_TIMEOUT_SECONDS)
    async with aiohttp.ClientSession(headers=headers, timeout=timeout) as session:
        try:
            status, user = await _get(session, f"{base}/users/@me")
            if status == _UNAUTHORISED:
                yield Finding(
                    "token",
                    Level.PROBLEM,
                    "Discord refuses it: in the developer portal, Bot → Reset Token, and copy "
                    "the new one into CRED_DISCORD_TOKEN.",
                )
                return
            if not isinstance(user, Mapping) or "username" not in user:
                yield _unexpected_answer(base, status)
                return
            yield Finding("token", Level.GOOD, f"Discord knows the bot as {user['username']}.")
            _, application = await _get(session, f"{base}/applications/@me")
            if isinstance(application, Mapping):
                for finding in _intents(settings, int(application.get("flags") or 0)):
                    yield finding
            status, guilds = await _get(session, f"{base}/users/@me/guilds")
            if not isinstance(guilds, list):
                yield _unexpected_answer(base, status)
                return
            for finding in _servers(guilds, str(user["id"])):
                yield finding
        except (aiohttp.ClientError, TimeoutError) as error:
            yield Finding(
                "Discord",
                Level.PROBLEM,
                f"{base} is not reached ({type(error).__name__}): check the network, a proxy, "
                "and CRED_DISCORD_API_URL if you set it.",
            )


async def _get(session: aiohttp.ClientSession, url: str) -> tuple[int, Any]:
    async with session.get(url) as response:
        try:
            return response.status, await response.json(content_type=None)
        except ValueError:
            return response.status, None


def _unexpected_answer(base: str, status: int) -> Finding:
    return Finding(
        "Discord",
        Level.PROBLEM,
        f"{base} answers with status {status}, not as Discord does: try again later, or mend "
        "CRED_DISCORD_API_URL.",
    )


def _intents(settings: Settings, flags: int) -> list[Finding]:
    enabled = discord.ApplicationFlags._from_value(flags)  # noqa: SLF001 -- discord.py has no public way
    findings = []
    for name, variable, is_wanted, is_on, consequence in (
        (
            "Message Content",
            "CRED_DISCORD_MESSAGE_CONTENT",
            settings.discord_message_content,
            enabled.gateway_message_content or enabled.gateway_message_content_limited,
            "Without it `!cred` is not understood; mentioning the bot and /cred are.",
        ),
        (
            "Server Members",
            "CRED_DISCORD_MEMBERS",
            settings.discord_members,
            enabled.gateway_guild_members or enabled.gateway_guild_members_limited,
            "Without it roles count for nothing, and nobody is seen to join or leave.",
        ),
    ):
        subject = f"intent {name}"
        if is_wanted and not is_on:
            findings.append(
                Finding(
                    subject,
                    Level.PROBLEM,
                    "It is off: in the developer portal, Bot → Privileged Gateway Intents, "
                    f"switch it on, or set {variable}=no. {consequence}",
                )
            )
        elif is_wanted:
            findings.append(Finding(subject, Level.GOOD, "On."))
        else:
            findings.append(
                Finding(subject, Level.ADVICE, f"Not asked for ({variable}). {consequence}")
            )
    return findings


def _servers(guilds: list[Any], client_id: str) -> list[Finding]:
    if not guilds:
        link = discord.utils.oauth_url(
            client_id, permissions=_INVITED, scopes=("bot", "applications.commands")
        )
        return [Finding("servers", Level.PROBLEM, f"The bot is on none. Invite it with {link}")]
    findings = []
    for guild in guilds:
        granted = discord.Permissions(int(guild.get("permissions") or 0))
        missing = [
            name.replace("_", " ")
            for name, needed in _NEEDED
            if needed and not getattr(granted, name) and not granted.administrator
        ]
        subject = f"server {guild.get('name', guild.get('id'))}"
        if missing:
            findings.append(
                Finding(
                    subject,
                    Level.PROBLEM,
                    f"The bot may not: {', '.join(missing)}. Give its role these permissions "
                    "in Server Settings → Roles.",
                )
            )
        else:
            findings.append(Finding(subject, Level.GOOD, "The bot may read and answer there."))
    return findings
