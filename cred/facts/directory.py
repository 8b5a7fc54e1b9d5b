"""What the numbers in event columns stand for: platform ids, looked up only when needed."""

from typing import Protocol


class Directory(Protocol):
    """The side tables of a community's log. All numbers start at 1.

    An erased person or thing is answered with a placeholder, "erased-<number>", never with an
    error, so that everything computed from events goes on working.
    """

    def source(self, number: int) -> str:
        """Return a source's name."""
        ...

    def source_number(self, name: str) -> int | None:
        """Return the number of a source, or None if it never recorded anything."""
        ...

    def account(self, number: int) -> str:
        """Return the platform's id of an account."""
        ...

    def account_source(self, number: int) -> str:
        """Return the name of the source that an account belongs to."""
        ...

    def account_kind(self, number: int) -> str:
        """Return "user", "bot" or "webhook"."""
        ...

    def contribution(self, number: int) -> str:
        """Return the platform's id of a contribution."""
        ...

    def contribution_source(self, number: int) -> str:
        """Return the name of the source that a contribution belongs to."""
        ...

    def place(self, number: int) -> str:
        """Return the platform's id of a place."""
        ...

    def text(self, number: int) -> str:
        """Return an interned text."""
        ...
