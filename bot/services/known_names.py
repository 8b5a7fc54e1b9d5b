"""Who is called like the words that somebody typed, and who is called almost so.

Only people whom the asker may see are known here: nobody who opted out, and nobody erased.
"""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from heapq import nlargest
from itertools import islice, takewhile
from typing import Final

from bot.community.communities import Community
from bot.services import people
from storage.people.comparable import comparable

_PUNCTUATION: Final = ",;:.!?"
"""What may stand behind a name in a sentence."""
_MOST_WORDS: Final = 12
"""Of a name."""
_MOST_LISTED: Final = 5
_MOST_SUGGESTED: Final = 3
_MOST_COMPARED: Final = 500
_MOST_SCANNED: Final = 20_000
"""Names among which misspelt ones are looked for, some 40 ms; if there are more, those with the
same first letter."""
_LEAST_SIMILAR: Final = 0.65
_LEAST_SIMILAR_WORD: Final = 0.75
_SHORTEST_START: Final = 4
_SHORTEST_SIMILAR: Final = 3
_MOST_STRAY: Final = 2
"""Letters of what was typed that a name which is meant may lack."""


async def read_known_names(community: Community, source: str, asker: str) -> "KnownNames":
    """Return the names that are known now to somebody who asks."""
    await community.directory.refresh()
    await community.identities.refresh()
    return KnownNames(community, source, asker)


class KnownNames:
    """The names in a community, as a type of parameter asks for them; see `Names`."""

    def __init__(self, community: Community, source: str, asker: str) -> None:
        self._community = community
        self._source = source
        self._asking = community.directory.account_number(source, asker)

    def find_whole(self, words: Sequence[str]) -> Sequence[tuple[int, str]]:
        """Return how many of the first words are somebody's whole name, and the name."""
        platform, words = self._split_platform(words)
        found: list[tuple[int, str]] = []
        for count in range(1, min(len(words), _MOST_WORDS) + 1):
            spellings = _spellings(words[:count])
            whole = next(filter(self._is_whole, spellings), None)
            if whole is not None:
                found.append((count, platform + whole))
            elif not any(map(self._is_start, spellings)):
                break
        return found

    def find_start(self, words: Sequence[str]) -> tuple[int, str]:
        """Return how many of the first words somebody's name begins with, and these."""
        platform, words = self._split_platform(words)
        found = (0, "")
        for count in range(1, min(len(words), _MOST_WORDS) + 1):
            start = next(filter(self._is_start, _spellings(words[:count])), None)
            if start is None:
                break
            found = (count, platform + start)
        return found

    def goes_on(self, name: str, words: Sequence[str]) -> int:
        """Return how many words behind a name go on like a longer one; 0 if they do not."""
        typed = [comparable(word.rstrip(_PUNCTUATION)) for word in words]
        key, rest = comparable(name), " ".join(typed)
        found = 0
        for known, _ in islice(self._names_from(f"{key} "), _MOST_COMPARED if rest else 0):
            more = known[len(key) + 1 :]
            if more.startswith(rest):
                return len(typed)
            pairs = zip(typed, more.split(), strict=False)
            found = max(found, sum(1 for _ in takewhile(_is_similar_word, pairs)))
        return found

    def find_names(self, source: str, account: str) -> Sequence[str]:
        """Return all the names of an account; none if it is not known."""
        directory = self._community.directory
        number = directory.account_number(source, account)
        return () if number is None else directory.account_names(number)

    def describe(self, name: str) -> str:
        """Return the people whose names begin with a text, each with an id; "" if nobody."""
        numbers = dict.fromkeys(number for _, number in self._names_from(comparable(name)))
        return ", ".join(self._describe(number) for number in islice(numbers, _MOST_LISTED))

    def suggest(self, text: str) -> Sequence[str]:
        """Return the names most like a misspelt one, the nearest first; of no bots."""
        directory, key = self._community.directory, comparable(text)
        near: dict[int, tuple[float, str]] = {}
        for name, number in self._similar_at_sight(key) if key else ():
            score = _similarity(key, name)
            is_better = score > near.get(number, (_LEAST_SIMILAR, ""))[0]
            if is_better and directory.account_kind(number) == "user" and self._sees(number):
                near[number] = (score, name)
        by_person: dict[int, int] = {}
        for number in sorted(near, key=lambda number: (-near[number][0], number)):
            by_person.setdefault(self._community.identities.person(number), number)
        nearest = islice(by_person.values(), _MOST_SUGGESTED)
        return [self._describe(number, near[number][1]) for number in nearest]

    def _similar_at_sight(self, key: str) -> Sequence[tuple[str, int]]:
        """Return the names that share most with a text, of which few are worth comparing."""
        directory = self._community.directory
        known = list(islice(directory.names_from(""), _MOST_SCANNED + 1))
        if len(known) > _MOST_SCANNED:
            known = list(islice(directory.names_from(key[0]), _MOST_SCANNED))
        letters, pairs = set(key), {key[at : at + 2] for at in range(len(key))}
        shared = (
            (sum(map(name.__contains__, pairs)), name, number)
            for name, number in known
            if len(letters.difference(name)) <= _MOST_STRAY
        )
        return [(name, number) for _, name, number in nlargest(_MOST_COMPARED, shared)]

    def _describe(self, number: int, key: str = "") -> str:
        """Return an account's name and id, and the name that was found if it is another."""
        directory = self._community.directory
        source, id_ = directory.account_source(number), directory.account(number)
        typed = id_ if source == self._source else f"{source}:{id_}"
        names = directory.account_names(number)
        other = next((name for name in names[1:] if comparable(name) == key), "")
        shown = directory.account_name(number)
        is_other = other and comparable(shown) != key
        return f"{shown} ({other}, {typed})" if is_other else f"{shown} ({typed})"

    def _names_from(self, key: str) -> Iterator[tuple[str, int]]:
        """Return the names that begin with a comparable text and that the asker may see."""
        names = self._community.directory.names_from(key)
        # What is compared loses the blank at its end.
        return (pair for pair in names if pair[0].startswith(key) and self._sees(pair[1]))

    def _is_whole(self, text: str) -> bool:
        key = comparable(text)
        return bool(key) and next(self._names_from(key), ("", 0))[0] == key

    def _is_start(self, text: str) -> bool:
        key = comparable(text)
        return bool(key) and next(self._names_from(key), None) is not None

    def _sees(self, number: int) -> bool:
        community, asking = self._community, self._asking
        if not people.is_opted_out(community, number):
            return True
        person = community.identities.person
        return asking is not None and person(number) == person(asking)

    def _split_platform(self, words: Sequence[str]) -> tuple[str, Sequence[str]]:
        """Return "discourse:" and the words without it, where they begin with a platform."""
        platform, colon, first = words[0].partition(":") if words else ("", "", "")
        if not (colon and first):
            return "", words
        if self._community.directory.source_number(platform.casefold()) is None:
            return "", words
        return f"{platform}:", [first.removeprefix("@"), *words[1:]]


def _spellings(words: Sequence[str]) -> list[str]:
    """Return words as a name, and without the punctuation behind it."""
    text = " ".join(words)
    return list(dict.fromkeys((text, text.rstrip(_PUNCTUATION) or text)))


def _is_similar_word(pair: tuple[str, str]) -> bool:
    typed, known = pair
    if len(typed) >= _SHORTEST_START and known.startswith(typed):
        return True
    return (
        len(typed) >= _SHORTEST_SIMILAR
        and SequenceMatcher(None, typed, known).ratio() >= _LEAST_SIMILAR_WORD
    )


def _similarity(typed: str, name: str) -> float:
    """Return how similar a text is to a name, or to as many of its words; 1 is the same.

    What is not similar enough for a suggestion is 0.
    """
    count, words = len(typed.split()), name.split()
    parts = {" ".join(words[at : at + count]) for at in range(max(1, len(words) - count + 1))}
    matcher = SequenceMatcher(None, b=typed)
    best = 0.0
    for part in {name, *parts}:
        matcher.set_seq1(part)
        if matcher.quick_ratio() >= max(best, _LEAST_SIMILAR):
            best = max(best, matcher.ratio())
    return best
