"""What the key or the value of a setting may name (a channel, a role), and how it is read.

A reader takes what a person typed and what is known of the community. It returns the id under
which the setting is kept, with a note if that can have no effect yet. What can never be meant
is refused, with what it may have been meant to be.
"""

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from bot.community.settings.known import Known
from cred.facts.events import Kind
from storage.canonical_json import Json

_ID: Final = re.compile(r"[0-9]{1,20}", re.ASCII)
_LISTED: Final = 5


@dataclass(frozen=True, slots=True)
class Reference:
    """Something named, as it is kept."""

    id: str
    note: str = ""
    """Why it has no effect yet, as a sentence; "": it can have one."""


Reader = Callable[[str, Known], Reference]
"""Reads what was typed. Raises `ValueError` with a sentence if that can never be meant."""


def read_any(typed: str, known: Known) -> Reference:
    """Take any name as it is typed."""
    del known
    return Reference(typed)


def place_reader(
    source: str, noun: str, *, besides: Iterable[str] = (), prefix: str = ""
) -> Reader:
    """Return a reader of places by id, link or name.

    Parameters
    ----------
    source
        The source whose places they are.
    noun
        What to call one: "channel".
    besides
        Kinds of places that are never meant: "server".
    prefix
        What stands before the id in the log: "c" for the category "c5". Places whose id begins
        otherwise are not meant.
    """
    never = frozenset(besides)

    def read(typed: str, known: Known) -> Reference:
        places = [
            place
            for place in known.places(source)
            if re.fullmatch(f"{prefix}[0-9]+", place.id) and place.kind not in never
        ]
        names = {place.id.removeprefix(prefix): place.name for place in places}
        others = {place.id for place in known.places(source) if place.kind in never}
        id_or_name = _unwrap(typed).lstrip("#").strip()
        if id_or_name in others:
            raise ValueError(f"{id_or_name} is not a {noun}.")
        return _by_id_or_name(id_or_name, names, noun)

    return read


def read_role(typed: str, known: Known) -> Reference:
    """Read a role by its id, or by its name while the bot runs and knows the names."""
    names = dict(known.platform_names("role"))
    id_or_name = _unwrap(typed).lstrip("@").strip()
    in_sets = (part for text in known.texts(Kind.ROLES_CHANGED) for part in text.split(","))
    seen = {part: "" for part in in_sets if _ID.fullmatch(part)}
    if not _ID.fullmatch(id_or_name) and not names:
        raise ValueError(
            f'there is no role "{id_or_name[:80]}": roles are named by their ids (in Discord, '
            "switch on Developer Mode, then right-click the role and choose Copy Role ID), or "
            "by their names while the bot runs."
        )
    return _by_id_or_name(id_or_name, {**seen, **names}, "role")


def contribution_reader(source: str, noun: str, *, type_prefix: str = "") -> Reader:
    """Return a reader of contributions by id or link.

    Parameters
    ----------
    type_prefix
        What stands before the id in the log: "post:" for the post 12.
    """

    def read(typed: str, known: Known) -> Reference:
        id_ = _unwrap(typed).removeprefix("#").removeprefix(type_prefix)
        if known.has_contribution(source, f"{type_prefix}{id_}"):
            return Reference(id_)
        if not _ID.fullmatch(id_):
            raise ValueError(f'"{typed[:80]}" is no {noun}: name it by its id, or its link.')
        kept = str(int(id_))
        if known.has_contribution(source, f"{type_prefix}{kept}"):
            return Reference(kept)
        return Reference(kept, _unseen(noun, kept))

    return read


def choice_reader(noun: str, *choices: str) -> Reader:
    """Return a reader of one of a few keys."""

    def read(typed: str, known: Known) -> Reference:
        del known
        if typed in choices:
            return Reference(typed)
        raise ValueError(f'there is no {noun} "{typed[:80]}": there are {", ".join(choices)}.')

    return read


def place_text_reader(
    source: str, noun: str, separator: str, never: frozenset[str] = frozenset()
) -> Reader:
    """Return a reader of words that the texts of places hold, such as tags.

    Parameters
    ----------
    separator
        What stands between two of them.
    never
        Texts of places that are none.
    """

    def read(typed: str, known: Known) -> Reference:
        name = typed.strip().lstrip("#").replace(" ", "-")
        if not name or separator in name or not name.isprintable():
            raise ValueError(f'"{typed[:80]}" is no {noun}.')
        texts = known.texts(Kind.PLACE_CHANGED, source)
        seen = {word for text in texts for word in text.split(separator)} - never
        if name in seen:
            return Reference(name)
        same = [word for word in seen if word.casefold() == name.casefold()]
        if len(same) == 1:
            return Reference(same[0])
        return Reference(name, _unseen(noun, name, suggestion(name, seen)))

    return read


def listed_reader(noun: str, key: str) -> Reader:
    """Return a reader of the words that another setting lists."""

    def read(typed: str, known: Known) -> Reference:
        word, listed = typed.casefold(), known.setting(key)
        words = [str(item) for item in listed] if isinstance(listed, list) else []
        if word in words:
            return Reference(word)
        hint = suggestion(word, words) or f" (there are {', '.join(words) or 'none'})"
        return Reference(word, f'{key} has no {noun} "{word}"{hint}: it counts once it has.')

    return read


def read_account(typed: str, known: Known) -> Reference:
    """Read somebody by the number of an account, or by a name that only one account has."""
    name = typed.strip().removeprefix("@")
    if _ID.fullmatch(name):
        number = int(name)
        if known.has_account(number):
            return Reference(str(number))
        return Reference(str(number), f"no account has the number {number} here yet.")
    found = known.accounts(name)
    if len(found) == 1:
        return Reference(str(found[0][0]))
    if found:
        raise ValueError(_ambiguous(name, [(str(number), who) for number, who in found]))
    raise ValueError(
        f'nobody called "{name[:80]}" is known here: use a name, or the number of an account.'
    )


def suggestion(typed: str, known: Iterable[str]) -> str:
    """Return " (did you mean …?)" if something known is nearly what was typed, else ""."""
    folded = {name.casefold(): name for name in known if name}
    near = difflib.get_close_matches(typed.casefold(), folded, 1)
    return f' (did you mean "{folded[near[0]]}"?)' if near else ""


def split_list(value: Json) -> list[Json]:
    """Return the items of a list: JSON, or typed with commas between."""
    items = value if isinstance(value, list) else str("" if value is None else value).split(",")
    words = [str(item).strip() for item in items]
    return [word for word in words if word and word.lower() not in {"none", "off"}]


def split_single(value: Json) -> list[Json]:
    """Return a list of the one thing that is named, or of none."""
    found = split_list(value)
    if len(found) > 1:
        raise ValueError('one, or "off"')
    return found


def read_list(items: Iterable[str], read: Reader, known: Known) -> list[tuple[str, Reference]]:
    """Read each item; one that is nothing by itself may be several, with spaces between."""
    found = []
    for item in items:
        try:
            found.append((item, read(item, known)))
        except ValueError:
            words = item.split()
            if len(words) < 2:
                raise
            try:
                found += [(word, read(word, known)) for word in words]
            except ValueError:
                found.append((item, read(item, known)))
    return found


def _unwrap(typed: str) -> str:
    """Return what a link ends in, and what a platform's form of a mention holds."""
    name = typed.strip()
    if "://" in name:
        return name.rstrip("/").rpartition("/")[2]
    if name.startswith("<") and name.endswith(">"):
        return name[1:-1].strip("#@&")
    return name


def _by_id_or_name(typed: str, names: Mapping[str, str], noun: str) -> Reference:
    """Return what an id or a name means among the known names by id."""
    if typed in names:
        return Reference(typed)
    same = [id_ for id_, name in names.items() if name == typed] or [
        id_ for id_, name in names.items() if name and name.casefold() == typed.casefold()
    ]
    if len(same) == 1:
        return Reference(same[0])
    if same:
        raise ValueError(_ambiguous(typed, [(id_, f"#{names[id_]}") for id_ in same]))
    if _ID.fullmatch(typed):
        kept = str(int(typed))
        return Reference(kept, "" if kept in names else _unseen(noun, kept))
    hint = suggestion(typed, names.values()) or ": use a name, or an id"
    raise ValueError(f'there is no {noun} "{typed[:80]}" here{hint}.')


def _ambiguous(typed: str, found: list[tuple[str, str]]) -> str:
    listed = ", ".join(f"{id_} ({name})" for id_, name in found[:_LISTED])
    more = f" and {len(found) - _LISTED} more" if len(found) > _LISTED else ""
    return f'"{typed[:80]}" may be any of {listed}{more}: use the number.'


def _unseen(noun: str, name: str, hint: str = "") -> str:
    return f"no {noun} {name} has been seen here{hint}; it counts once there is one."
