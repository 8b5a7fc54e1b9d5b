"""Reading people in a line: mentions and names, with "and" or commas between.

A name is as long as the longest one that is known: "Bruno Castellan", not "Bruno". Where words
go on like a name and are none, somebody else might be meant, so it is asked about.
"""

import re
from collections.abc import Sequence
from typing import Final

from bot.commands.kit.arguments import Mention, Share
from bot.commands.kit.errors import UserError
from bot.commands.kit.parameters.parameter import InputContext
from bot.commands.kit.parameters.text import OPENS_REASON
from bot.commands.kit.words import Word, read_mention
from storage.people.comparable import comparable

People = tuple[tuple[Share, ...], int]
"""People, and how many words they take up."""

_CONJUNCTIONS: Final = frozenset({"and", "&", ",", "+"})
_PARTICLES: Final = frozenset(
    {"al", "bin", "da", "de", "del", "den", "der", "di", "du", "el", "la", "le", "van", "von"}
)
"""Words in the middle of names that are not written in capitals."""
_SHARE: Final = re.compile(r"x?(\d{1,9})x?,?", re.ASCII)
_COMMAS: Final = (",", ";")
_PUNCTUATION: Final = ",;:"
_AFTER_MENTION: Final = f"{_PUNCTUATION}.!?"
"""What may stand behind a mention, which no name does."""


def read_people(
    words: Sequence[Word], context: InputContext, *, shares: bool = False, bare: bool = False
) -> People | None:
    """Return the people that the next words are; None where the first is nobody.

    Parameters
    ----------
    words, context
        The words, and where they are typed.
    shares
        Each may be followed by a share; otherwise "for" or the like ends the people.
    bare
        The first may be a name without "@".

    Raises
    ------
    UserError
        If it cannot be told whom a name means.
    """
    people: list[Share] = []
    at = end = 0
    follows = False  # it is a further one, after "and" or a comma
    while at < len(words):
        if people and _is_conjunction(words[at]):
            at, follows = at + 1, True
            continue
        if people and not words[at].quoted and words[at].text.casefold() in OPENS_REASON:
            end = at
            break
        reader = _PersonReader(words[at:], context, shares=shares)
        found = reader.read(bare=bare and not people, follows=follows)
        if found is None:
            break
        person, count = found
        at += count
        share = _read_share(words[at:]) if shares else None
        people.append(Share(person, 1 if share is None else share))
        end = at = at + (share is not None)
        follows = _ends_with_comma(words[at - 1])
    return (tuple(people), end) if people else None


def goes_on(before: Word, following: Word) -> bool:
    """Tell whether a list of people that ends with one word seems to go on with the next."""
    return _ends_with_comma(before) or _is_conjunction(following)


def parse_shares(text: str) -> list[int] | None:
    """Return the shares in "2, 1"; None where a part of it is none."""
    parts = text.replace(",", " ").split()
    shares = [int(match[1]) for part in parts if (match := _SHARE.fullmatch(part))]
    return shares if len(shares) == len(parts) else None


class _PersonReader:
    """Reads one person of a list."""

    def __init__(self, words: Sequence[Word], context: InputContext, *, shares: bool) -> None:
        self._words = words
        self._source = context.source
        self._names = context.names
        self._shares = shares
        self._count, self._is_closed = self._find_end(1)
        texts = [word.text for word in words[: self._most()]]
        self._texts = [texts[0].removeprefix("@") or texts[0], *texts[1:]]

    def read(self, *, bare: bool, follows: bool) -> tuple[Mention | str, int] | None:
        """Return the person, and how many words they take up; None where it is nobody."""
        first = self._words[0]
        mention = self._read_id(first)
        if mention is not None:
            return self._read_mention(mention)
        if first.quoted and (first.is_name or bare or follows):
            self._check_end("", 1)
            return first.text, 1
        if first.is_name:
            return self._read_name()
        if first.quoted or not (bare or follows):
            return None
        return self._read_further() if follows else self._read_bare()

    def _read_mention(self, mention: Mention) -> tuple[Mention, int]:
        own = self._names.find_names(mention.source, mention.account)
        keys = {comparable(name) for name in own}
        count = 1
        for name in own:  # on a forum, "@bruno Castellan" may be all of bruno's full name
            words = name.split()
            whole = self._names.find_whole([*words, *self._texts[1 : self._count]])
            longest, text = whole[-1] if whole else (0, "")
            if longest > len(words) and comparable(text) not in keys:
                raise self._ask(text, text)
            count = max(count, 1 + longest - len(words))
        self._check_end("", count)
        return mention, count

    def _read_name(self) -> tuple[str, int]:
        """Return a name after "@"."""
        whole = self._names.find_whole(self._texts)
        if whole:
            return self._read_longest(whole)
        count, name = self._names.find_start(self._texts[: self._count])
        more = self._names.goes_on(name, self._texts[count : self._count]) if count else 0
        if count and more:  # a longer name, but for a slip
            return self._join(count + more), count + more
        if self._is_closed and self._are_like_names(self._texts[count or 1 : self._count]):
            return self._join(self._count), self._count
        return (name, count) if count else (self._join(1), 1)

    def _read_further(self) -> tuple[str, int] | None:
        """Return a name after "and" or a comma: a whole one, or all up to the next of these.

        Without either it may as well be what people are thanked for.
        """
        whole = self._names.find_whole(self._texts)
        if whole:
            count, name = whole[-1]
            end, is_closed = self._find_end(count)
            # Work has a title, which may stand behind people without anything between.
            is_name = self._shares and self._are_like_names(self._texts[:count])
            if is_name or (end == count and (is_closed or count == len(self._words))):
                return self._read_longest(whole)
            if self._has_for():
                raise self._ask(name, self._join(end))
            return None
        return (self._join(self._count), self._count) if self._has_for() else None

    def _read_bare(self) -> tuple[str, int]:
        """Return a name without "@": all words up to the end of it, or one without an end."""
        whole = self._names.find_whole(self._texts)
        if whole:
            return self._read_longest(whole)
        count = self._count if self._has_for() else 1
        return self._join(count), count

    def _read_longest(self, whole: Sequence[tuple[int, str]]) -> tuple[str, int]:
        count, name = whole[-1]
        for shorter, other in whole[:-1]:
            if self._ends_at(shorter):  # "Ada", and somebody calls themselves "Ada for the"
                raise self._ask(other, self._join(count))
        self._check_end(name, count)
        return name, count

    def _check_end(self, name: str, count: int) -> None:
        """Refuse a name that the words behind it go on like."""
        end, is_closed = self._find_end(count)
        rest = self._texts[count:end]
        if not rest:
            return
        is_longer = bool(name) and self._names.goes_on(name, rest) > 0
        # "bruno castellan, chidi for …", but not "@bruno that was great, thank you for …"
        is_listed = len(rest) == 1 and self._has_for(end) and not self._begins_reason(end)
        if is_longer or (is_closed and (is_listed or self._may_be_names(rest))):
            raise self._ask(name, self._join(end))

    def _ask(self, name: str, typed: str) -> UserError:
        known = self._names.describe(name) if name else ""
        like = f" I know {known}." if known else ""
        return UserError(
            f"I can't tell whom “{typed:.60}” means, so nothing was done.{like} Mention them "
            "(@…), or put a name of several words in quotes: @“Ada Lovelace”.",
            title="Which people?",
        )

    def _find_end(self, least: int) -> tuple[int, bool]:
        """Return how many words, at least some, there are up to the end of a name.

        The second value tells whether something ends it, other than the end of the line.
        """
        for index in range(least, len(self._words) + 1):
            if _ends_with_comma(self._words[index - 1]):
                return index, True
            if index < len(self._words) and self._begins_anew(self._words[index]):
                return index, True
        return len(self._words), False

    def _ends_at(self, count: int) -> bool:
        """Tell whether a name could end behind some words."""
        return _ends_with_comma(self._words[count - 1]) or self._begins_anew(self._words[count])

    def _begins_anew(self, word: Word) -> bool:
        """Tell whether a word cannot go on with a name."""
        if word.is_name or self._read_id(word) is not None:
            return True
        if word.quoted:
            return False
        is_share = self._shares and _SHARE.fullmatch(word.text) is not None
        is_reason = not self._shares and word.text.casefold() in OPENS_REASON
        return is_share or is_reason or _is_conjunction(word)

    def _most(self) -> int:
        """Return how many words, at most, a name can have: up to the next mention."""
        for index, word in enumerate(self._words[1:], 1):
            if word.is_name or self._read_id(word) is not None:
                return index
        return len(self._words)

    def _read_id(self, word: Word) -> Mention | None:
        return read_mention(Word(word.text.rstrip(_AFTER_MENTION), word.quoted), self._source)

    def _has_for(self, start: int = 1) -> bool:
        """Tell whether "for" or the like opens a reason behind some words."""
        return any(map(self._begins_reason, range(start, len(self._words))))

    def _begins_reason(self, index: int) -> bool:
        word = self._words[index]
        return not (self._shares or word.quoted) and word.text.casefold() in OPENS_REASON

    def _may_be_names(self, texts: Sequence[str]) -> bool:
        """Tell whether words begin with a name, or may be one name after the other."""
        if self._names.find_whole(texts) and not texts[0][:1].islower():
            return True
        at = 0
        while at < len(texts):
            whole = self._names.find_whole(texts[at:])
            is_last = at + 1 == len(texts)
            is_particle = texts[at] in _PARTICLES and not is_last
            if not (whole or is_particle or texts[at][:1].isupper()):
                return False
            at += whole[-1][0] if whole else 1
        return True

    def _are_like_names(self, texts: Sequence[str]) -> bool:
        """Tell whether words are written as names are, in capitals where there are any."""
        return bool(texts) and all(
            text[:1].isupper()
            or (not text[:1].islower() and bool(self._names.find_whole([text])))
            for text in texts
        )

    def _join(self, count: int) -> str:
        return " ".join(self._texts[:count]).rstrip(_PUNCTUATION)


def _is_conjunction(word: Word) -> bool:
    return not word.quoted and word.text.casefold() in _CONJUNCTIONS


def _ends_with_comma(word: Word) -> bool:
    return not word.quoted and word.text.endswith(_COMMAS)


def _read_share(words: Sequence[Word]) -> int | None:
    match = _SHARE.fullmatch(words[0].text) if words and not words[0].quoted else None
    return int(match[1]) if match else None
