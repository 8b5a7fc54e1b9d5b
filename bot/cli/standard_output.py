"""Standard output that says so when it cannot be written: a lost result is no success."""

import errno
import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from bot.cli.status import OutputError


def guard_standard_output() -> None:
    """Have whatever is printed from here on raise `OutputError` where it cannot be.

    A reader that went away (`| head`) stays the `BrokenPipeError` it is.
    """
    plain = sys.stdout
    if plain is None:  # closed before we began
        sys.stdout = _Guarded(_Nowhere(), "utf-8", write_through=True)
    elif isinstance(plain, io.TextIOWrapper):
        encoding, errors = plain.encoding, plain.errors
        line_buffering, write_through = plain.line_buffering, plain.write_through
        sys.stdout = _Guarded(
            plain.detach(),
            encoding,
            errors,
            line_buffering=line_buffering,
            write_through=write_through,
        )


class _Guarded(io.TextIOWrapper):
    """Standard output, whoever writes to it."""

    def write(self, text: str, /) -> int:
        with _told():
            return super().write(text)

    def flush(self) -> None:
        with _told():
            super().flush()


class _Nowhere(io.BytesIO):
    """What stands for a standard output that is closed."""

    def write(self, _data: object, /) -> NoReturn:
        raise OSError(errno.EBADF, "it is closed")


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OutputError(
            f"Standard output cannot be written ({error.strerror}): the result is not whole."
        ) from error
