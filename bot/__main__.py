"""`python -m bot`, also installed as `credbot`: the command line."""

# ruff: noqa: E402 -- the first thing must come first

import signal

# Ctrl-C while the program is still being read ends it without a word, not with a trace.
signal.signal(signal.SIGINT, signal.SIG_DFL)

import sys

from bot.cli.program import app
from bot.cli.standard_output import guard_standard_output
from bot.cli.status import interrupt, run_command


def main() -> None:
    """Run the command that the arguments name; leave with its exit status."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # What stops a service ends it as Ctrl-C does: with a word, and nothing left behind.
    signal.signal(signal.SIGTERM, interrupt)
    guard_standard_output()
    sys.exit(run_command(app))


if __name__ == "__main__":
    main()
