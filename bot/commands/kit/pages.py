"""Lists that are shown a page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from bot.commands.kit.errors import UserError
from bot.commands.kit.reply import Button
from bot.commands.kit.request import Request

PAGE_SIZE: Final = 10
"""Items on one page."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list."""

    number: int
    """From 1 up."""
    count: int
    """How many pages there are; at least 1."""
    items: Sequence[T]

    def buttons(self, line: str) -> tuple[Button, ...]:
        """Return the buttons that turn the page; none where there is only one.

        Parameters
        ----------
        line
            The command's line, to which the number of the page is added.
        """
        if self.count == 1:
            return ()
        number, count = self.number, self.count
        return (
            Button("Earlier", f"{line} {number - 1}", enabled=number > 1),
            Button("Later", f"{line} {number + 1}", enabled=number < count),
        )


def page_count(items: int) -> int:
    """Return how many pages so many items take."""
    return max(1, -(-items // PAGE_SIZE))


def page_number(request: Request) -> int:
    """Return the page that was asked for; the first, if none was."""
    argument = request.arguments.get("page", 1)
    return argument if isinstance(argument, int) else 1


def page_of(request: Request, items: Sequence[T]) -> Page[T]:
    """Return the page that was asked for.

    Raises
    ------
    UserError
        If there are not that many.
    """
    number, count = page_number(request), page_count(len(items))
    if number > count:
        raise UserError(f"There is no page {number}; the last is {count}.")
    first = (number - 1) * PAGE_SIZE
    return Page(number, count, items[first : first + PAGE_SIZE])
