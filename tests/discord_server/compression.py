"""Transport compression, as the query of the client's gateway address asks for it.

discord.py asks for zlib-stream, or for zstd-stream where Python (3.14) or the zstandard package
can read it; the stand-in can then write it by the same means.
"""

from __future__ import annotations

import importlib
import zlib
from collections.abc import Callable
from typing import Any

Compress = Callable[[bytes], bytes]


def compressor(name: str | None) -> Compress | None:
    """Return a function that compresses one message of a stream; None for plain text.

    Raises ValueError for a compression that Discord does not have.
    """
    if name is None:
        return None
    if name == "zlib-stream":
        return _zlib()
    if name == "zstd-stream":
        return _zstd()
    raise ValueError(f"unknown compression {name}")


def _zlib() -> Compress:
    stream = zlib.compressobj()

    def compress(data: bytes) -> bytes:
        # one context for the whole connection; each message ends in a sync flush's four bytes
        return stream.compress(data) + stream.flush(zlib.Z_SYNC_FLUSH)

    return compress


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


STANDARD, PACKAGE = _module("compression.zstd"), _module("zstandard")


def _zstd() -> Compress:
    if STANDARD is not None:
        stream = STANDARD.ZstdCompressor()
        return lambda data: bytes(stream.compress(data, stream.FLUSH_BLOCK))
    stream = PACKAGE.ZstdCompressor().compressobj()
    block = PACKAGE.COMPRESSOBJ_FLUSH_BLOCK
    return lambda data: bytes(stream.compress(data) + stream.flush(block))
