"""Requests to one forum: paced, repeated while the forum is unavailable, errors by kind.

DiscourseError
├── AccessDeniedError         operator: the key is wrong, or may not see this
├── NotFoundError             nobody: what was asked for does not exist, or is hidden
├── UnavailableError          platform: down, slow or too busy; try again later
│   └── ForumFailureError     platform: it answers, but fails at this (500), perhaps for ever
└── UnexpectedResponseError   platform: not what Discourse sends; its schema has changed
"""

import asyncio
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import aiohttp
from pydantic import SecretStr
from yarl import URL

from bot.runtime.clock import Sleep
from bot.runtime.pace import Pace
from bot.runtime.retry import (
    Backoff,
    RetryPolicy,
    Transient,
    call_with_retries,
)
from bot.sources.discourse.api.errors import MalformedPayloadError
from bot.sources.discourse.api.waiting import asked_seconds

_log = logging.getLogger(__name__)

Query = Sequence[tuple[str, str | int]]

RETRIES: Final = RetryPolicy(4, Backoff(2.0, 300.0), longest_asked_seconds=300.0)
LARGEST_RESPONSE: Final = 16 * 2**20
"""In bytes."""
TIMEOUT_SECONDS: Final = 30.0
CALLS_PER_MINUTE: Final = 55
"""Discourse allows 60 requests a minute of a key; SourceCred made 55."""

_OK: Final = range(200, 300)
_REDIRECTS: Final = range(300, 400)
_DENIED: Final = frozenset({401, 403})
_NOT_FOUND: Final = frozenset({404, 410})
_UNPROCESSABLE: Final = 422
_NOT_LOGGED_IN: Final = b"not_logged_in"
"""Type of the error of a forum that requires a login."""
_TOO_MANY_REQUESTS: Final = 429
_SERVER_ERROR: Final = 500


class DiscourseError(Exception):
    """A forum did not do what it was asked to do. The message is for operators."""


class AccessDeniedError(DiscourseError):
    """The forum denies access: the key is wrong, or may not see this."""


class NotFoundError(DiscourseError):
    """What was asked for does not exist, or is hidden as if it did not."""


class UnavailableError(DiscourseError):
    """The forum is down, slow or too busy. A later request may succeed.

    Attributes
    ----------
    asked_seconds
        How long the forum asks to wait before that; 0 where it does not ask.
    """

    def __init__(self, message: str, asked_seconds: float = 0.0) -> None:
        super().__init__(message)
        self.asked_seconds = asked_seconds


class ForumFailureError(UnavailableError):
    """The forum failed at what it was asked for. It may do so for ever, and nowhere else."""


class UnexpectedResponseError(DiscourseError, MalformedPayloadError):
    """The forum's response is not what Discourse sends."""


@dataclass(frozen=True, slots=True)
class ForumAccess:
    """The address of a forum, and the account that asks."""

    url: str
    """Without a trailing slash: "https://forum.example.org"."""
    api_key: SecretStr | None = None
    """None: only what everybody may read is read."""
    api_user: str = "system"

    def headers(self) -> Mapping[str, str]:
        """Return the headers of every request."""
        headers = {"Accept": "application/json", "User-Agent": "credbot"}
        if self.api_key is not None:
            headers |= {
                "Api-Key": self.api_key.get_secret_value(),
                "Api-Username": self.api_user,
            }
        return headers


class ForumTransport:
    """Sends requests to one forum.

    Parameters
    ----------
    access
        The forum and the account.
    session
        Stays open until whoever made it closes it.
    pace
        Shared by everything that uses the same key.
    sleep
        Waits for a number of seconds.
    timeout_seconds
        The time that one response may take.

    Attributes
    ----------
    on_trouble
        Called with a few words before each pause and when a request is given up; with "" when
        the forum answers again.
    """

    def __init__(
        self,
        access: ForumAccess,
        session: aiohttp.ClientSession,
        *,
        pace: Pace | None = None,
        sleep: Sleep = asyncio.sleep,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self._access = access
        self._session = session
        self._pace = pace or Pace(CALLS_PER_MINUTE, 60.0, sleep)
        self._sleep = sleep
        self._timeout = aiohttp.ClientTimeout(total=timeout_seconds)
        self.on_trouble: Callable[[str], None] = lambda _words: None

    async def get(self, path: str, query: Query = ()) -> Any:
        """Return the JSON at a path.

        Raises
        ------
        DiscourseError
            One of its kinds.
        """
        return await self._request("GET", path, query, None)

    async def get_moved(self, path: str, query: Query = ()) -> Any:
        """Return the JSON at a path, or at the other path of this forum that it redirects to.

        Raises
        ------
        DiscourseError
            One of its kinds.
        """
        answer = await self._request("GET", path, query, None, follow=True)
        if not isinstance(answer, str):
            return answer
        folder = URL(self._access.url).path.rstrip("/")
        return await self.get(answer.removeprefix(folder), query)

    async def post(self, path: str, body: Mapping[str, object]) -> Any:
        """Send a body and return the response.

        It is sent again only after a failure that surely had no effect.

        Raises
        ------
        DiscourseError
            One of its kinds. After an `UnavailableError` it may have had its effect all the
            same.
        """
        return await self._request("POST", path, (), body)

    async def put(self, path: str, body: Mapping[str, object]) -> Any:
        """Replace something and return the response; otherwise as `post`."""
        return await self._request("PUT", path, (), body)

    async def redirect_target(self, path: str) -> str:
        """Return the path of this forum that a path redirects to.

        Raises
        ------
        DiscourseError
            One of its kinds; `UnexpectedResponseError` if the redirect has no valid target.
        """
        return str(await self._request("GET", path, (), None, follow=True))

    async def _request(
        self,
        method: str,
        path: str,
        query: Query,
        body: Mapping[str, object] | None,
        *,
        follow: bool = False,
    ) -> Any:
        async def send() -> Any:
            await self._pace.wait_turn()
            return await self._send_once(method, path, query, body, follow=follow)

        def classify(error: Exception) -> Transient | None:
            if not isinstance(error, _TransientError):
                return None
            may_repeat = body is None or error.had_no_effect
            return Transient(str(error), error.asked_seconds) if may_repeat else None

        try:
            response = await call_with_retries(
                send, RETRIES, classify=classify, before_pause=self._report, sleep=self._sleep
            )
        except _TransientError as error:
            self.on_trouble(str(error))
            kind = ForumFailureError if error.is_failure else UnavailableError
            raise kind(str(error), error.asked_seconds or 0.0) from error
        self.on_trouble("")
        return response

    def _report(self, words: str) -> None:
        _log.warning("%s: %s", self._access.url, words)
        self.on_trouble(words)

    async def _send_once(
        self,
        method: str,
        path: str,
        query: Query,
        body: Mapping[str, object] | None,
        *,
        follow: bool,
    ) -> Any:
        try:
            async with self._session.request(
                method,
                URL(self._access.url + path, encoded=False).with_query(list(query)),
                json=body,
                headers=self._access.headers(),
                # A redirect to elsewhere would be given the key.
                allow_redirects=False,
                timeout=self._timeout,
            ) as response:
                status, headers = response.status, response.headers
                text = await _read(response, path)
        except TimeoutError:
            raise _TransientError("the forum does not answer in time") from None
        except aiohttp.ClientConnectionError as error:
            # Without a connection nothing was sent, so nothing can have had an effect.
            unsent = isinstance(error, aiohttp.ClientConnectorError)
            raise _TransientError(
                "the forum cannot be reached", had_no_effect=unsent
            ) from error
        except (aiohttp.ClientError, OSError) as error:
            raise _TransientError("the forum breaks off") from error
        asked = asked_seconds(headers, text)
        if status == _TOO_MANY_REQUESTS or (status == _UNPROCESSABLE and asked):
            raise _TransientError(
                "the forum asks us to slow down",
                asked_seconds=asked,
                had_no_effect=True,
            )
        if status in _OK:
            return _json(text, path)
        if status == _UNPROCESSABLE and body is not None:
            raise AccessDeniedError(
                f"the forum does not take what is sent to {path} ({status})"
            )
        if status >= _SERVER_ERROR:
            raise _TransientError(
                f"the forum answers {status}",
                asked_seconds=asked,
                is_failure=status == _SERVER_ERROR,
            )
        if status in _DENIED and self._access.api_key is None and _NOT_LOGGED_IN in text:
            raise AccessDeniedError(
                f"the forum shows {path} only to its users ({status}): give the bot a key, "
                "CRED_DISCOURSE_API_KEY (README)"
            )
        self._raise_for_status(status, path, headers.get("Location"), follow=follow)
        return _path(headers.get("Location", ""), path)

    def _raise_for_status(
        self, status: int, path: str, location: str | None, *, follow: bool
    ) -> None:
        if status in _DENIED:
            raise AccessDeniedError(f"the forum refuses {path} ({status}): check its API key")
        if status in _NOT_FOUND:
            raise NotFoundError(f"the forum has no {path} ({status})")
        if status not in _REDIRECTS:
            raise UnexpectedResponseError(f"the forum answers {path} with {status}")
        if not follow:
            raise UnexpectedResponseError(
                f"the forum has moved{_host(location)}: set its address to where it is now "
                f"({path})"
            )


class _TransientError(Exception):
    """A failure that may pass.

    Attributes
    ----------
    asked_seconds
        The pause that the forum asks for; None where it asks for none.
    had_no_effect
        The request surely changed nothing, so even a post may be sent again.
    is_failure
        The forum is there, and fails at what it is asked for.
    """

    def __init__(
        self,
        message: str,
        *,
        asked_seconds: float | None = None,
        had_no_effect: bool = False,
        is_failure: bool = False,
    ) -> None:
        super().__init__(message)
        self.asked_seconds = asked_seconds
        self.had_no_effect = had_no_effect
        self.is_failure = is_failure


async def _read(response: aiohttp.ClientResponse, path: str) -> bytes:
    """Return the body of a response, unless it is too long."""
    parts, length = [], 0
    async for part in response.content.iter_any():
        length += len(part)
        if length > LARGEST_RESPONSE:
            raise UnexpectedResponseError(f"the forum's answer to {path} is longer than 16 MB")
        parts.append(part)
    return b"".join(parts)


def _json(text: bytes, path: str) -> Any:
    if not text:
        return None

    def refuse(constant: str) -> float:
        raise ValueError(constant)

    try:
        return json.loads(text, parse_constant=refuse)
    except (ValueError, RecursionError):
        raise UnexpectedResponseError(f"the forum's answer to {path} is no JSON") from None


def _host(location: str | None) -> str:
    """Return " to" and the host that a redirect leads to; "" if it names none."""
    try:
        return f" to {URL(location or '').origin()}"
    except ValueError:
        return ""


def _path(location: str, path: str) -> str:
    try:
        return URL(location).path
    except ValueError:
        raise UnexpectedResponseError(f"the forum sends {path} nowhere") from None
