"""`python -m bot`, also installed as `credbot`: the command line."""

import sys

from bot.cli.program import app
from bot.cli.status import guarded


def main() -> None:
    """Run the command that the arguments name; leave with its exit status."""
    sys.exit(guarded(app))


if __name__ == "__main__":
    main()
