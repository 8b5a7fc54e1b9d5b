"""No log contains a token, or what people write."""

import logging
from pathlib import Path

import pytest

from bot.cli.run import log_to_stderr
from bot.runtime.log_redaction import RedactingFormatter, redact_discord_logs, redact_tokens
from tests.bot.app.test_app import serving, settings_for
from tests.discord_server import running_discord

INTERACTION = "aW50ZXJhY3Rpb246MTIzOmFiYw-_"
# Not as it looks, so that nobody who searches the repository for secrets finds one.
BOT = "MTIzNDU2Nzg5MDEyMzQ1Njc4/GabcDe/abcdefghijklmnopqrstuvwxyz-_0123456789".replace("/", ".")


async def test_the_whole_bot_logs_none_at_any_level(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(1)
    async with running_discord() as server:
        world = server.world
        guild = world.guild("Common Garden")
        ada = world.member(guild, "ada")
        general = world.channel(guild, "general")
        async with serving(settings_for(server, tmp_path), server):
            world.post(general, ada, "words between us")
            await server.slash(ada, general, "help")
            await server.slash(ada, general, "cred board")
        made = list(server.interactions.made)

    assert len(made) == 2
    assert not [
        secret for secret in (*made, server.token, "words between us") if secret in caplog.text
    ]


@pytest.mark.parametrize(
    "address",
    [
        f"https://discord.com/api/v10/webhooks/12/{INTERACTION}/messages/@original",
        f"https://discord.com/api/v10/interactions/34/{INTERACTION}/callback",
    ],
)
def test_a_warning_of_a_limit_names_the_address_without_its_token(
    address: str, caplog: pytest.LogCaptureFixture
) -> None:
    redact_discord_logs()

    logging.getLogger("discord.http").warning(
        "We are being rate limited. %s %s responded with 429.", "POST", address
    )

    redacted = address.replace(INTERACTION, "…")
    assert caplog.messages == [
        f"We are being rate limited. POST {redacted} responded with 429."
    ]


@pytest.mark.parametrize(
    "text",
    [f"Authorization: Bot {BOT}", f"{{'id': '1', 'token': '{INTERACTION}'}}"],
)
def test_tokens_are_known_by_their_look(text: str) -> None:
    redacted = redact_tokens(text)

    assert INTERACTION not in redacted
    assert BOT not in redacted
    assert "…" in redacted


def test_other_things_are_told_as_they_are() -> None:
    text = "place 123456789012345678/general of https://discord.com/channels/1/2/3 is gone"

    assert redact_tokens(text) == text


def test_no_traceback_tells_one() -> None:
    error = OSError(f"cannot reach /webhooks/12/{INTERACTION}")
    exc_info = (OSError, error, None)
    record = logging.LogRecord("bot", logging.ERROR, __file__, 1, "not sent", (), exc_info)

    assert RedactingFormatter().format(record).endswith("OSError: cannot reach /webhooks/12/…")


def test_that_is_how_the_command_line_logs(monkeypatch: pytest.MonkeyPatch) -> None:
    root = logging.Logger("root")  # noqa: LOG001 - nobody else's
    monkeypatch.setattr(logging, "root", root)

    log_to_stderr("DEBUG")

    assert [type(handler.formatter) for handler in root.handlers] == [RedactingFormatter]
    assert root.level == logging.DEBUG
