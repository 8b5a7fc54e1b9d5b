"""Buttons that carry their command line, so that they work after a restart.

A button's id is "c1:<n>:<owner>:<line>": a version, the button's place in its message (ids
must differ), who asked (base 36; empty: for everybody) and the line to run. Nothing else is
kept anywhere, and a button carries no authority: who presses is checked like who types.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Any, Final, Self

import discord

from bot.chat.discord.sending import MakeView
from bot.commands.kit.reply import Button

_TEMPLATE: Final = r"c1:(?P<place>\d{1,2}):(?P<owner>[0-9a-z]{0,13}):(?P<line>.{1,80})"
_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_MOST_LABEL: Final = 80

Pressed = Callable[[discord.Interaction[Any], int | None, str], Awaitable[None]]
"""Given the interaction, the owner's id or None, and the line."""


def button_id(button: Button, place: int, owner: int) -> str:
    """Return a button's id, at most 100 characters."""
    return f"c1:{place}:{'' if button.shared else base36(owner)}:{button.line}"


def base36(number: int) -> str:
    """Return a number in digits and small letters.

    >>> base36(35), base36(36)
    ('z', '10')
    """
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = _DIGITS[rest] + digits
    return digits or "0"


class CommandButton(
    discord.ui.DynamicItem[discord.ui.Button[discord.ui.View]], template=_TEMPLATE
):
    """A button of any of our messages, also of those sent before this process began."""

    pressed: Pressed
    """Set on a subclass by `button_class`."""

    def __init__(
        self, custom_id: str, label: str | None = None, *, disabled: bool = False
    ) -> None:
        super().__init__(
            discord.ui.Button(
                style=discord.ButtonStyle.secondary,
                label=label and label[:_MOST_LABEL],
                custom_id=custom_id,
                disabled=disabled,
            )
        )

    @classmethod
    async def from_custom_id(
        cls,
        interaction: discord.Interaction[Any],
        item: discord.ui.Item[Any],
        match: re.Match[str],
        /,
    ) -> Self:
        """Return the button that was pressed."""
        del interaction, item
        return cls(match.string)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Run the line."""
        match = re.fullmatch(_TEMPLATE, self.custom_id)
        if match is not None:
            owner = int(match["owner"], 36) if match["owner"] else None
            await type(self).pressed(interaction, owner, match["line"])


def button_class(pressed: Pressed) -> type[CommandButton]:
    """Return the class whose presses go to a function; register it with the client."""

    class BoundButton(CommandButton, template=_TEMPLATE):
        pass

    BoundButton.pressed = staticmethod(pressed)
    return BoundButton


def view_maker(kind: type[CommandButton], owner: int) -> MakeView:
    """Return what makes the view of a reply's buttons.

    All of them are dynamic, the disabled ones too: discord.py then keeps nothing of the view.
    """

    def view(buttons: tuple[Button, ...]) -> discord.ui.View:
        made = discord.ui.View(timeout=None)
        for place, button in enumerate(buttons):
            made.add_item(
                kind(button_id(button, place, owner), button.label, disabled=not button.enabled)
            )
        return made

    return view
