"""Transport compression as the client's gateway address asks for it.

discord.py asks for zlib-stream, or for zstd-stream where Python (3.14) or the zstandard package
can read it; the stand-in then has the same means to write it.
"""

from __future__ import annotations

import importlib
import zlib
from collections.abc import Callable

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


def _zstd() -> Compress:
    try:
        module = importlib.import_module("compression.zstd")
    except ImportError:
        package = importlib.import_module("zstandard")
        stream = package.ZstdCompressor().compressobj()
        flush_block = package.COMPRESSOBJ_FLUSH_BLOCK

        def compress_with_package(data: bytes) -> bytes:
            written: bytes = stream.compress(data) + stream.flush(flush_block)
            return written

        return compress_with_package
    compressor_ = module.ZstdCompressor()

    def compress(data: bytes) -> bytes:
        written: bytes = compressor_.compress(data, compressor_.FLUSH_BLOCK)
        return written

    return compress
