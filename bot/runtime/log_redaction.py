"""Keeps tokens and people's messages out of the logs, whatever their level.

Whoever has an interaction's token can answer in the bot's name, and discord.py logs the
addresses that contain it: at DEBUG always, at WARNING when Discord limits a call. At DEBUG it
also logs everything people write. So its records about calls and payloads are dropped below
INFO, and tokens are removed from all others.
"""

import logging
import re
from typing import Final

_VERBOSE: Final = ("discord.gateway", "discord.http", "discord.webhook.async_")
"""Loggers of discord.py that log addresses and payloads."""

_TOKENS: Final = re.compile(
    r"(?<=/webhooks/)(?P<webhook>\d+)/[^/\s?\"'<>]+"
    r"|(?<=/interactions/)(?P<interaction>\d+)/[^/\s?\"'<>]+"
    r"|(?P<quote>['\"])token(?P=quote): *(?P<value>['\"])[^'\"]*(?P=value)"
    # The bot's own: its id, a time and a signature, in base 64.
    r"|\b[\w-]{23,28}\.[\w-]{6,7}\.[\w-]{27,}"
)


def redact_tokens(text: str) -> str:
    """Return a text with "…" in place of each token.

    >>> redact_tokens("POST https://discord.com/api/v10/webhooks/12/aW50ZXJ?wait=true")
    'POST https://discord.com/api/v10/webhooks/12/…?wait=true'
    """

    def redact(match: re.Match[str]) -> str:
        number = match["webhook"] or match["interaction"]
        return f"{number}/…" if number else "…"

    return _TOKENS.sub(redact, text)


class RedactingFormatter(logging.Formatter):
    """Formats records, tracebacks included, without tokens."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the text of a record."""
        return redact_tokens(super().format(record))


class _RedactingFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.INFO:
            return False
        record.msg, record.args = redact_tokens(record.getMessage()), None
        return True


_FILTER: Final = _RedactingFilter()


def redact_discord_logs() -> None:
    """Keep tokens and messages out of what discord.py logs, whatever the handlers."""
    for name in _VERBOSE:
        logging.getLogger(name).addFilter(_FILTER)  # once, however often it is added
