"""Buttons that carry their command line, so that they still work after a restart.

A button's id is "c1:<n>:<owner>:<line>": a version; the button's position in its message,
because ids must differ; the asker in base 36, or nothing for a shared button; and the line to
run. A button that opens a form begins with "f1"; the form's id is "m1:<line>", and what is
written in it is added to the line. Nothing else is stored, and a button carries no authority:
whoever presses it is checked as if they had typed the line.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Any, Final, Self

import discord

from bot.chat.discord.sending import MakeView, try_sending
from bot.commands.kit.parameters.parameter import LONGEST_OPTION
from bot.commands.kit.reply import Button

_TEMPLATE: Final = (
    r"(?P<sort>[cf])1:(?P<place>\d{1,2}):(?P<owner>[0-9a-z]{0,13}):(?P<line>.{1,80})"
)
_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_MOST_LABEL: Final = 80
_MOST_TITLE: Final = 45
"""Characters of a form's title, and of a field's label."""
_FORM: Final = "m1:"
"""What the id of a form begins with."""
_TEXT: Final = "text"
"""Id of a form's field."""

OnPress = Callable[[discord.Interaction[Any], int | None, str], Awaitable[None]]
"""Called with the interaction, the asker's id (None for a shared button), and the line."""


def button_id(button: Button, position: int, owner: int) -> str:
    """Return a button's id, at most 100 characters."""
    sort = "f" if button.form else "c"
    return f"{sort}1:{position}:{'' if button.shared else base36(owner)}:{button.line}"


def base36(number: int) -> str:
    """Return a number in base 36, in digits and small letters.

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
    """A button of any of our messages, also of those sent by earlier processes."""

    on_press: OnPress
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
        """Return the button with an id."""
        del interaction
        return cls(match.string, item.label if isinstance(item, discord.ui.Button) else None)

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Run the button's line."""
        match = re.fullmatch(_TEMPLATE, self.custom_id)
        if match is not None and match["sort"] == "f":
            await try_sending(
                interaction.response.send_modal(
                    make_form(self.item.label or "", match["line"])
                ),
                f"form for interaction {interaction.id}",
            )
        elif match is not None:
            owner = int(match["owner"], 36) if match["owner"] else None
            await type(self).on_press(interaction, owner, match["line"])


def make_form(label: str, line: str) -> discord.ui.Modal:
    """Return the form that asks for a text to add to a line.

    What is written comes as an interaction, which `read_form` understands in any process.
    """
    form = discord.ui.Modal(title=label[:_MOST_TITLE], custom_id=f"{_FORM}{line}")
    text: discord.ui.TextInput[discord.ui.Modal] = discord.ui.TextInput(
        label=label[:_MOST_TITLE],
        custom_id=_TEXT,
        style=discord.TextStyle.paragraph,
        max_length=LONGEST_OPTION,
    )
    form.add_item(text)
    return form


def read_form(interaction: discord.Interaction[Any]) -> str | None:
    """Return the line of a form that was sent, with what was written; None: it is none."""
    data: Any = interaction.data or {}
    form = str(data.get("custom_id", ""))
    if interaction.type is not discord.InteractionType.modal_submit:
        return None
    if not form.startswith(_FORM):
        return None
    texts = [
        str(field.get("value", ""))
        for row in data.get("components", ())
        for field in (*row.get("components", ()), row.get("component", {}))
        if field.get("custom_id") == _TEXT
    ]
    written = " ".join(" ".join(texts).split())
    return f"{form.removeprefix(_FORM)} {written}".strip()


def button_class(on_press: OnPress) -> type[CommandButton]:
    """Return a class of buttons that call a function; it must be registered with the client."""

    class BoundButton(CommandButton, template=_TEMPLATE):
        pass

    BoundButton.on_press = staticmethod(on_press)
    return BoundButton


def view_maker(kind: type[CommandButton], owner: int) -> MakeView:
    """Return a function that makes the view with the buttons of a reply.

    All buttons are dynamic items, disabled ones too, so discord.py keeps no state of the view.
    """

    def make_view(buttons: tuple[Button, ...]) -> discord.ui.View:
        view = discord.ui.View(timeout=None)
        for position, button in enumerate(buttons):
            view.add_item(
                kind(
                    button_id(button, position, owner),
                    button.label,
                    disabled=not button.enabled,
                )
            )
        return view

    return make_view
