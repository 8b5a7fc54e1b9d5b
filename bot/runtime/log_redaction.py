"""Logs that tell no token, whatever their level.

An interaction's token lets whoever has it answer in the bot's name, and discord.py logs the
addresses that it is part of: at DEBUG always, at WARNING where Discord limits a call. At DEBUG
it also logs all that people write. So what it says below INFO of its calls and payloads is
never logged, and tokens are taken out of everything else.
"""

import logging
import re
from typing import Final

_TALKATIVE: Final = ("discord.gateway", "discord.http", "discord.webhook.async_")
"""Loggers of discord.py that tell addresses and payloads."""

_TOKENS: Final = re.compile(
    r"(?<=/webhooks/)(?P<webhook>\d+)/[^/\s?\"'<>]+"
    r"|(?<=/interactions/)(?P<interaction>\d+)/[^/\s?\"'<>]+"
    r"|(?P<quote>['\"])token(?P=quote): *(?P<value>['\"])[^'\"]*(?P=value)"
    # The bot's own: its id, a time and a signature, in base 64.
    r"|\b[\w-]{23,28}\.[\w-]{6,7}\.[\w-]{27,}"
)


def redact_tokens(text: str) -> str:
    """Return a text with "…" in place of each token.

    >>> without_tokens("POST https://discord.com/api/v10/webhooks/12/aW50ZXJ?wait=true")
    'POST https://discord.com/api/v10/webhooks/12/…?wait=true'
    """

    def shown(found: re.Match[str]) -> str:
        number = found["webhook"] or found["interaction"]
        return f"{number}/…" if number else "…"

    return _TOKENS.sub(shown, text)


class RedactingFormatter(logging.Formatter):
    """Writes records, tracebacks included, without tokens."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line or lines of a record."""
        return redact_tokens(super().format(record))


class _RedactingFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno < logging.INFO:
            return False
        record.msg, record.args = redact_tokens(record.getMessage()), None
        return True


_FILTER: Final = _RedactingFilter()


def redact_discord_logs() -> None:
    """Have discord.py log no token and nothing of what people write, through any handler."""
    for name in _TALKATIVE:
        logging.getLogger(name).addFilter(_FILTER)  # once, however often it is added
