"""`python -m bot`, also installed as `credbot`: the command line."""

# ruff: noqa: E402 -- these lines must come before the imports

import os
import signal

# numpy starts a thread for each processor while it is imported. Nothing here multiplies dense
# matrices, so they would only delay the start.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# Ctrl-C during the imports ends the program silently, without a stack trace.
signal.signal(signal.SIGINT, signal.SIG_DFL)

import sys

from bot.cli.program import app
from bot.cli.standard_output import guard_standard_output
from bot.cli.status import interrupt, run_command


def main() -> None:
    """Run the command that the arguments name, and exit with its status."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # SIGTERM, which stops a service, is handled like Ctrl-C.
    signal.signal(signal.SIGTERM, interrupt)
    guard_standard_output()
    sys.exit(run_command(app))


if __name__ == "__main__":
    main()
