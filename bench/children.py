"""Benchmarks as processes of their own, whose memory is theirs alone; and where they ran."""

import json
import os
import platform
import subprocess
import sys
from typing import Any

import numpy as np
import scipy
from rich.console import Console


def child(what: str, module: str, *arguments: str) -> Any:  # noqa: ANN401 -- JSON
    """Run a module; return what it prints."""
    print(f"{what} ...", file=sys.stderr, flush=True)
    done = subprocess.run(  # noqa: S603 -- our own modules
        [sys.executable, "-m", module, *arguments], stdout=subprocess.PIPE, check=True
    )
    return json.loads(done.stdout)


def heading() -> str:
    """Return what it was measured on."""
    return (
        f"{os.cpu_count()} cores, Python {platform.python_version()}, "
        f"numpy {np.__version__}, scipy {scipy.__version__}"
    )


def console() -> Console:
    """Return where tables are shown."""
    return Console(file=sys.stdout, width=None if sys.stdout.isatty() else 160)
