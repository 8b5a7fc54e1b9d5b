"""One forum over HTTP: paced, patient for a while, and honest about what went wrong.

ForumError
├── RefusedError      operator: the key is wrong, or may not see this
├── GoneError         nobody: what was asked for is not there, or is hidden
├── UnwellError       platform: down, slow, or too busy; ask again later
└── OddAnswerError    platform: an answer that is not what Discourse sends; its schema changed
"""

import asyncio
import json
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import aiohttp
from pydantic import SecretStr
from yarl import URL

from bot.sources.discourse.api.errors import MalformedPayloadError

_log = logging.getLogger(__name__)

Sleep = Callable[[float], Awaitable[None]]
"""Waits for seconds; tests need not."""
Query = Sequence[tuple[str, str | int]]

ATTEMPTS: Final = 4
LONGEST_SECONDS: Final = 300.0
"""The longest that is waited because a forum asks for it."""
LARGEST_ANSWER: Final = 16 * 2**20
TIMEOUT_SECONDS: Final = 30.0
PER_MINUTE: Final = 55
"""Discourse allows 60 requests a minute of a key; SourceCred made 55."""

_MINUTE: Final = 60.0
_OK: Final = range(200, 300)
_MOVED: Final = range(300, 400)
_HIDDEN: Final = frozenset({401, 403})
_GONE: Final = frozenset({404, 410})
_UNWANTED: Final = 422
_BUSY: Final = 429
_BROKEN: Final = 500


class DiscourseError(Exception):
    """A forum did not answer what it was asked. The message is for operators."""


class AccessDeniedError(DiscourseError):
    """The forum does not let us: a wrong key, or one that may not see this."""


class NotFoundError(DiscourseError):
    """What was asked for is not there, or hidden as if it were not."""


class UnavailableError(DiscourseError):
    """The forum is down, slow, or answers nothing that can be used; later it may."""


class UnexpectedResponseError(DiscourseError, MalformedPayloadError):
    """The forum's answer is not what Discourse sends."""


@dataclass(frozen=True, slots=True)
class Access:
    """How a forum is reached."""

    url: str
    """Without a slash at its end: "https://forum.example.org"."""
    api_key: SecretStr | None = None
    """None: what everybody may read is read."""
    api_user: str = "system"

    def headers(self) -> Mapping[str, str]:
        """Return what every request says."""
        said = {"Accept": "application/json", "User-Agent": "credbot"}
        if self.api_key is not None:
            said |= {
                "Api-Key": self.api_key.get_secret_value(),
                "Api-Username": self.api_user,
            }
        return said


class Pace:
    """At most so many calls in a minute, however many tasks ask for their turn."""

    def __init__(
        self,
        calls: int = PER_MINUTE,
        sleep: Sleep = asyncio.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sleep = sleep
        self._clock = clock
        self._times: deque[float] = deque(maxlen=calls)
        self._queue = asyncio.Lock()

    async def turn(self) -> None:
        """Return when the next call may be made."""
        async with self._queue:
            if len(self._times) == self._times.maxlen:
                wait = self._times[0] + _MINUTE - self._clock()
                if wait > 0:
                    await self._sleep(wait)
            self._times.append(self._clock())


class ForumTransport:
    """Requests to one forum.

    Parameters
    ----------
    access
        Where it is, and as whom.
    session
        Closed by whoever made it.
    pace
        How fast.
    sleep
        How pauses are waited for.
    timeout_seconds
        How long one answer may take.
    """

    def __init__(
        self,
        access: Access,
        session: aiohttp.ClientSession,
        *,
        pace: Pace | None = None,
        sleep: Sleep = asyncio.sleep,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self._access = access
        self._session = session
        self._pace = pace or Pace(sleep=sleep)
        self._sleep = sleep
        self._timeout = aiohttp.ClientTimeout(total=timeout_seconds)
        self.on_trouble: Callable[[str], None] = lambda _words: None
        """Told in words before each pause; "" when the forum answers again."""

    async def get(self, path: str, query: Query = ()) -> Any:  # noqa: ANN401 - JSON
        """Return the JSON that a path answers.

        Raises
        ------
        ForumError
            One of its kinds.
        """
        return await self._patiently("GET", path, query, None)

    async def post(self, path: str, body: Mapping[str, object]) -> Any:  # noqa: ANN401 - JSON
        """Return what sending a body answers. Only what was surely not done is sent again.

        Raises
        ------
        ForumError
            One of its kinds. After an `UnavailableError` it may have been done all the same.
        """
        return await self._patiently("POST", path, (), body)

    async def put(self, path: str, body: Mapping[str, object]) -> Any:  # noqa: ANN401 - JSON
        """Return what replacing something answers; as `post`."""
        return await self._patiently("PUT", path, (), body)

    async def moved(self, path: str) -> str:
        """Return where a path leads to, as a path of this forum.

        Raises
        ------
        ForumError
            One of its kinds; `UnexpectedResponseError` where it leads nowhere.
        """
        return str(await self._patiently("GET", path, (), None, follow=True))

    async def _patiently(
        self,
        method: str,
        path: str,
        query: Query,
        body: Mapping[str, object] | None,
        *,
        follow: bool = False,
    ) -> Any:  # noqa: ANN401 - JSON
        for attempt in range(1, ATTEMPTS + 1):
            await self._pace.turn()
            try:
                answer = await self._once(method, path, query, body, follow=follow)
            except _TransientError as again:
                done = attempt == ATTEMPTS or (body is not None and not again.undone)
                pause = again.after or 2.0**attempt
                if done or pause > LONGEST_SECONDS:
                    self.on_trouble(again.words)
                    raise UnavailableError(again.words) from again
                words = f"{again.words}; trying again in {pause:.0f} s"
                _log.warning("%s: %s", self._access.url, words)
                self.on_trouble(words)
                await self._sleep(pause)
            else:
                self.on_trouble("")
                return answer
        raise AssertionError(attempt)  # pragma: no cover - the last attempt raises or returns

    async def _once(
        self,
        method: str,
        path: str,
        query: Query,
        body: Mapping[str, object] | None,
        *,
        follow: bool,
    ) -> Any:  # noqa: ANN401 - JSON
        try:
            async with self._session.request(
                method,
                URL(self._access.url + path, encoded=False).with_query(list(query)),
                json=body,
                headers=self._access.headers(),
                # A redirect to elsewhere would be given the key.
                allow_redirects=False,
                timeout=self._timeout,
            ) as answer:
                status, headers = answer.status, answer.headers
                text = await _read(answer, path)
        except TimeoutError:
            raise _TransientError("the forum does not answer in time") from None
        except aiohttp.ClientConnectionError as error:
            # What was refused before it was sent was not done.
            undone = isinstance(error, aiohttp.ClientConnectorError)
            raise _TransientError("the forum cannot be reached", undone=undone) from error
        except (aiohttp.ClientError, OSError) as error:
            raise _TransientError("the forum breaks off") from error
        if status == _BUSY:
            asked = _retry_after(headers.get("Retry-After"))
            raise _TransientError("the forum asks us to slow down", after=asked, undone=True)
        if status in _OK:
            return _json(text, path)
        if status == _UNWANTED and body is not None:
            raise AccessDeniedError(
                f"the forum does not take what is sent to {path} ({status})"
            )
        if status >= _BROKEN:
            raise _TransientError(f"the forum answers {status}")
        self._refused(status, path, headers.get("Location"), follow=follow)
        return _path(headers.get("Location", ""), path)

    def _refused(self, status: int, path: str, location: str | None, *, follow: bool) -> None:
        if status in _HIDDEN:
            raise AccessDeniedError(f"the forum refuses {path} ({status}): check its API key")
        if status in _GONE:
            raise NotFoundError(f"the forum has no {path} ({status})")
        if status not in _MOVED:
            raise UnexpectedResponseError(f"the forum answers {path} with {status}")
        if not follow:
            to = f" to {URL(location).origin()}" if location and "://" in location else ""
            raise UnexpectedResponseError(
                f"the forum has moved{to}: set its address to where it is now ({path})"
            )


class _TransientError(Exception):
    """To be asked again, after a pause."""

    def __init__(self, words: str, *, after: float | None = None, undone: bool = False) -> None:
        super().__init__(words)
        self.words = words
        self.after = after
        self.undone = undone


async def _read(answer: aiohttp.ClientResponse, path: str) -> bytes:
    """Return an answer's body, if it is not too long."""
    parts, length = [], 0
    async for part in answer.content.iter_any():
        length += len(part)
        if length > LARGEST_ANSWER:
            raise UnexpectedResponseError(f"the forum's answer to {path} is longer than 16 MB")
        parts.append(part)
    return b"".join(parts)


def _json(text: bytes, path: str) -> Any:  # noqa: ANN401 - JSON
    if not text:
        return None

    def refuse(constant: str) -> float:
        raise ValueError(constant)

    try:
        return json.loads(text, parse_constant=refuse)
    except (ValueError, RecursionError):
        raise UnexpectedResponseError(f"the forum's answer to {path} is no JSON") from None


def _path(location: str, path: str) -> str:
    try:
        return URL(location).path
    except ValueError:
        raise UnexpectedResponseError(f"the forum sends {path} nowhere") from None


def _retry_after(text: str | None) -> float | None:
    """Return how long a forum asks to wait; a date, or nonsense, is as if it said nothing."""
    try:
        seconds = float(text or "")
    except ValueError:
        return None
    return max(seconds, 1.0) if seconds < float("inf") else None
