"""Payloads that are parsed, and what becomes of malformed ones."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from bot.sources.discourse.api.errors import MalformedPayloadError
from bot.sources.discourse.api.transport import UnexpectedResponseError

_log = logging.getLogger(__name__)
_T = TypeVar("_T")


@dataclass(slots=True)
class Validator:
    """Parses a forum's payloads.

    Attributes
    ----------
    malformed
        Payloads that were left out so far because they were malformed.
    """

    home: str
    malformed: int = 0

    def leave_out(self, kind: str, error: Exception) -> None:
        """Count a payload that is left out, and say so in the log."""
        self.malformed += 1
        _log.warning("a %s of %s is left out: %s", kind, self.home, error)

    def parse_each(
        self,
        payloads: Sequence[Any],
        parse: Callable[[Any], _T],
        kind: str,
        *,
        suspect: int = 1,
    ) -> list[_T]:
        """Return the payloads, parsed, without malformed ones.

        Parameters
        ----------
        suspect
            So many or more that are all malformed are no chance.

        Raises
        ------
        UnexpectedResponseError
            If all of at least `suspect` are malformed: the forum's schema has changed.
        """
        parsed, reason = [], ""
        for payload in payloads:
            try:
                parsed.append(parse(payload))
            except MalformedPayloadError as error:
                reason = str(error)
                self.leave_out(kind, error)
        if len(payloads) >= suspect and not parsed:
            raise UnexpectedResponseError(reason)
        return parsed


def parse_one(payload: Any, parse: Callable[[Any], _T], name: str) -> _T:
    """Return a payload, parsed.

    Raises
    ------
    UnexpectedResponseError
        If it is malformed; the message begins with its name.
    """
    try:
        return parse(payload)
    except MalformedPayloadError as error:
        raise UnexpectedResponseError(f"{name}: {error}") from None
