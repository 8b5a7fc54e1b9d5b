"""What types that read people ask about names: `bot.services.known_names` knows them."""

from collections.abc import Sequence
from typing import Final, Protocol


class Names(Protocol):
    """The names of the people whom an asker may see."""

    def find_whole(self, words: Sequence[str]) -> Sequence[tuple[int, str]]:
        """Return how many of the first words are somebody's whole name, and the name.

        Where there are several, the shortest is first. Names are without punctuation that only
        stands behind them.
        """

    def find_start(self, words: Sequence[str]) -> tuple[int, str]:
        """Return how many of the first words somebody's name begins with, and these."""

    def goes_on(self, name: str, words: Sequence[str]) -> int:
        """Return how many words behind a name go on like a longer one; 0 if they do not."""

    def find_names(self, source: str, account: str) -> Sequence[str]:
        """Return all the names of an account; none if it is not known."""

    def describe(self, name: str) -> str:
        """Return the people whose names begin with a text, each with an id; "" if nobody."""


class NoNames:
    """Names where nobody is known."""

    def find_whole(self, words: Sequence[str]) -> Sequence[tuple[int, str]]:
        """Return nothing."""
        del words
        return ()

    def find_start(self, words: Sequence[str]) -> tuple[int, str]:
        """Return no words."""
        del words
        return 0, ""

    def goes_on(self, name: str, words: Sequence[str]) -> int:
        """Return 0."""
        del name, words
        return 0

    def find_names(self, source: str, account: str) -> Sequence[str]:
        """Return nothing."""
        del source, account
        return ()

    def describe(self, name: str) -> str:
        """Return nobody."""
        del name
        return ""


NO_NAMES: Final = NoNames()
