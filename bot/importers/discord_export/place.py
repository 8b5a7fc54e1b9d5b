"""Where the messages of an export are: a server, a channel or thread, and what that is in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.importers.discord_export import payload
from bot.importers.discord_export.errors import ExportError, printable
from bot.importers.discord_export.file import ExportFile, Head
from bot.sources.discord.people import read_id, read_name


@dataclass(frozen=True, slots=True)
class ExportedPlace:
    """The channel or thread that a file's messages are in."""

    guild: str
    """Id of the server."""
    guild_name: str
    channel: dict[str, Any]
    """As Discord's API would send it."""
    parent: dict[str, Any] | None
    """What it is in, likewise; None: nothing, or the export does not say."""
    tells_parent: bool
    """Whether the export says what it is in, be it nothing."""
    odd_parts: int
    """Parts of this that cannot be read."""
    exported_ms: int | None
    """When the export was made; None: the file does not say."""


def read_place(file: ExportFile, head: Head) -> ExportedPlace:
    """Return where a file's messages are.

    Raises
    ------
    ExportError
        If it holds direct messages, or does not say where they are.
    """
    if payload.is_direct(head.guild, head.channel):
        raise ExportError(
            f"{printable(file.path)} holds direct messages, which are nobody's cred: export "
            "channels of a server."
        )
    guild = _read_id(file, "server", head.guild)
    _read_id(file, "channel", head.channel)
    tells_parent = payload.tells_parent(head.channel)
    return ExportedPlace(
        guild,
        read_name(head.guild.get("name")) or guild,
        payload.channel(head.channel),
        payload.parent(head.channel),
        tells_parent=tells_parent,
        odd_parts="categoryId" in head.channel and not tells_parent,
        exported_ms=head.exported_ms,
    )


def _read_id(file: ExportFile, part: str, data: Mapping[str, Any]) -> str:
    try:
        return read_id(data.get("id"))
    except ValueError:
        raise ExportError(
            f"{printable(file.path)} holds no {part}'s id where one should be "
            f"({data.get('id')!r:.40}): export it again."
        ) from None
