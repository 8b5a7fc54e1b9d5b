"""What an emoji is, however it is written.

A custom emoji is its id; its name is only shown, and may change. One of Unicode is its
fully-qualified form: variation selectors (U+FE0F) stand where Unicode puts them, skin tones are
kept. So Discord's gateway writes it, other programs do not always. A super reaction may stand
beside an ordinary one with the same emoji, so it is recorded as a text of its own.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Final

_VARIATION_SELECTORS: Final = re.compile("[\ufe0e\ufe0f]")
_CUSTOM: Final = re.compile(r"(?:<?a?:)?(?:([^\s:<>]*):)?([0-9]{15,20})>?", re.ASCII)
"""name:id, or the id alone; also as it is pasted from Discord: <:name:id>, <a:name:id>."""
_SHORT_NAME: Final = re.compile(r":?([a-z0-9_+-]+):?", re.ASCII | re.IGNORECASE)
_TONE_NAME: Final = re.compile(r"_tone([1-5])$")
_TONES: Final = "🏻🏼🏽🏾🏿"
_FLAG_NAME: Final = re.compile("flag_([a-z])([a-z])")
_REGIONAL_A: Final = 0x1F1E6
_SUPER: Final = " super"
"""Behind the emoji of a super reaction; names and ids hold no space."""


def emoji_text(emoji: Mapping[str, Any]) -> str:
    """Return an emoji of Discord's API as it is recorded: "👍", or name:id for a custom one."""
    name = str(emoji.get("name") or "_")
    return f"{name}:{emoji['id']}" if emoji.get("id") else normal_emoji(name)


def normal_emoji(text: str) -> str:
    """Return an emoji's normal form; one that the tables lack loses its variation selectors.

    >>> normal_emoji("❤") == normal_emoji("❤\N{VARIATION SELECTOR-16}")
    True
    >>> normal_emoji("👍🏽"), normal_emoji("<:party:920000000000000001>")
    ('👍🏽', 'party:920000000000000001')
    """
    custom = _CUSTOM.fullmatch(text)
    if custom is not None:
        name, id_ = custom.groups()
        return f"{name}:{id_}" if name else id_
    bare = _VARIATION_SELECTORS.sub("", text)
    return _by_bare_text().get(bare, bare)


def emoji_key(text: str) -> str:
    """Return what identifies an emoji: the id of a custom one, else its normal form.

    >>> emoji_key("party:920000000000000001 super")
    '920000000000000001'
    """
    plain = ordinary(text)
    _, _, id_ = plain.rpartition(":")
    return id_ if id_.isascii() and id_.isdigit() else normal_emoji(plain)


def is_super(text: str) -> bool:
    """Tell whether a recorded text is that of a super reaction."""
    return text.endswith(_SUPER)


def ordinary(text: str) -> str:
    """Return a recorded text as that of an ordinary reaction."""
    return text.removesuffix(_SUPER)


def super_text(text: str) -> str:
    """Return the recorded text of an emoji as that of a super reaction."""
    return f"{ordinary(text)}{_SUPER}"


def emoji_by_name(name: str) -> str | None:
    """Return the emoji that a short name stands for, or None if there is none.

    >>> emoji_by_name(":tada:"), emoji_by_name("thumbsup"), emoji_by_name("+1_tone3")
    ('🎉', '👍', '👍🏽')
    >>> emoji_by_name("no such emoji") is None
    True
    """
    found = _SHORT_NAME.fullmatch(name.strip())
    if found is None:
        return None
    short = found[1].lower()
    if flag := _FLAG_NAME.fullmatch(short):
        letters = (chr(_REGIONAL_A + ord(letter) - ord("a")) for letter in flag.groups())
        return _by_bare_text().get("".join(letters))
    tone = _TONE_NAME.search(short)
    if tone is None:
        return _by_short_name().get(short)
    base = _by_short_name().get(short[: tone.start()])
    if base is None:
        return None
    toned = _VARIATION_SELECTORS.sub("", base[:1]) + _TONES[int(tone[1]) - 1] + base[1:]
    return _by_bare_text().get(_VARIATION_SELECTORS.sub("", toned))


def is_unicode_emoji(text: str) -> bool:
    """Tell whether a text in its normal form is an emoji of Unicode."""
    return _by_bare_text().get(_VARIATION_SELECTORS.sub("", text)) == text


def short_names() -> Iterable[str]:
    """Return every short name that `emoji_by_name` knows, without colons."""
    return _by_short_name()


@cache
def _by_bare_text() -> Mapping[str, str]:
    """Return the fully-qualified form of each emoji by its text without selectors."""
    from emoji import EMOJI_DATA, STATUS  # noqa: PLC0415 - takes a while, and is rarely needed

    qualified = STATUS["fully_qualified"]
    return {
        _VARIATION_SELECTORS.sub("", text): text
        for text, facts in EMOJI_DATA.items()
        if facts["status"] == qualified
    }


@cache
def _by_short_name() -> Mapping[str, str]:
    """Return each emoji by its names without colons; those that chats use come first."""
    from emoji import EMOJI_DATA  # noqa: PLC0415 - as above

    names: dict[str, str] = {}
    qualified = sorted(_by_bare_text().values())
    for field in ("alias", "en"):
        for text in qualified:
            found = EMOJI_DATA[text].get(field, ())
            for name in (found,) if isinstance(found, str) else found:
                names.setdefault(name.strip(":").lower(), text)
    return names
