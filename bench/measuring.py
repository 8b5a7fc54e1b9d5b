"""Time and memory of this process."""

import gc
import resource
import statistics
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import TypeVar

T = TypeVar("T")


def median_of(repeats: int, work: Callable[[], T]) -> tuple[float, T]:
    """Return the median seconds of `repeats` runs, and the result of the last."""
    seconds: list[float] = []
    results: list[T] = []
    for _ in range(repeats):
        results.clear()
        gc.collect()
        began = perf_counter()
        results.append(work())
        seconds.append(perf_counter() - began)
    return statistics.median(seconds), results[0]


def system_seconds() -> float:
    """Return the system time of this process, which mostly goes into supplying memory."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_stime


def peak_bytes() -> int:
    """Return the most memory that this process has held at any time."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def resident_bytes() -> int:
    """Return the memory that this process holds now or, if unknown, `peak_bytes`."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return peak_bytes()
    return pages * resource.getpagesize()
