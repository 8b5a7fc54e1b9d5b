"""Reads the emoji that a setting names: itself, pasted, or by a name."""

import re
from typing import Final

from bot.community.settings.known import Known
from bot.community.settings.references import Reference, suggestion
from bot.sources.discord.declaration import NAME
from bot.sources.discord.emoji import (
    emoji_by_name,
    emoji_key,
    is_unicode_emoji,
    normal_emoji,
    short_names,
)
from cred.facts.events import Kind

_CUSTOM: Final = re.compile(r"(?:<?a?:)?(?:[^\s:<>]*:)?([0-9]{1,20})>?", re.ASCII)
_RECORDED: Final = re.compile(r"([^\s:]+):([0-9]{1,20})(?: super)?", re.ASCII)


def read_emoji(typed: str, known: Known) -> Reference:
    """Read an emoji: the character, a custom one's id or name:id, or a name of either.

    A custom emoji is kept by its id, one of Unicode in its normal form.

    Raises
    ------
    ValueError
        If it is none; the message names the nearest one.
    """
    text = typed.strip()
    custom = _CUSTOM.fullmatch(text)
    names = _custom_names(known)
    if custom is not None:
        id_ = custom[1]
        if id_ in names:
            return Reference(id_)
        return Reference(
            id_, f"no custom emoji with the id {id_} has been seen here; it counts once it is."
        )
    normal = normal_emoji(text)
    used = known.texts(Kind.REACTED, NAME)
    if is_unicode_emoji(normal) or any(emoji_key(seen) == normal for seen in used):
        return Reference(normal)
    return _by_name(text, names)


def _custom_names(known: Known) -> dict[str, str]:
    """Return the names of custom emoji by id: those that were used, and the server's own."""
    recorded = map(_RECORDED.fullmatch, known.texts(Kind.REACTED, NAME))
    used = {found[2]: found[1] for found in recorded if found is not None}
    return {**used, **known.platform_names("emoji")}


def _by_name(text: str, names: dict[str, str]) -> Reference:
    name = text.strip(":")
    found = [id_ for id_, own in names.items() if own.casefold() == name.casefold()]
    unicode = emoji_by_name(text)
    if unicode is not None:
        found.append(unicode)
    if len(found) == 1:
        return Reference(found[0])
    if found:
        raise ValueError(f'"{text[:80]}" may be any of {", ".join(found)}: use one of these.')
    hint = suggestion(name, [*names.values(), *short_names()])
    raise ValueError(
        f'"{text[:80]}" is no emoji{hint}: use the character itself, its name such as :tada:, '
        "or name:id for a custom one."
    )
