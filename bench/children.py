"""Run benchmarks in processes of their own, so that the memory of each is measured alone."""

import json
import os
import platform
import subprocess
import sys
from typing import Any

import numpy as np
import scipy
from rich.console import Console


def run_child(label: str, module: str, *arguments: str) -> Any:
    """Run a module; return the JSON that it prints."""
    print(f"{label} ...", file=sys.stderr, flush=True)
    done = subprocess.run(  # noqa: S603 -- our own modules
        [sys.executable, "-m", module, *arguments], stdout=subprocess.PIPE, check=True
    )
    return json.loads(done.stdout)


def heading() -> str:
    """Return the machine and the versions that are measured."""
    return (
        f"{os.cpu_count()} cores, Python {platform.python_version()}, "
        f"numpy {np.__version__}, scipy {scipy.__version__}"
    )


def console() -> Console:
    """Return the console that tables are printed to."""
    return Console(file=sys.stdout, width=None if sys.stdout.isatty() else 160)
