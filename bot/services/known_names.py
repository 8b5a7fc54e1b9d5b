"""Who is called like the words that somebody typed, and who is called almost so.

Only people whom the asker may see are known here: nobody who opted out, and nobody erased.
"""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
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
_LEAST_SIMILAR: Final = 0.66
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

    def count_own(self, source: str, account: str, words: Sequence[str]) -> int:
        """Return how many words behind a mention complete a name of the same account."""
        number = self._community.directory.account_number(source, account)
        names = () if number is None else self._community.directory.account_names(number)
        keys = {comparable(name) for name in names}
        return max(
            (
                count
                for count in range(1, min(len(words), _MOST_WORDS) + 1)
                for name in names
                for text in _spellings(words[:count])
                if comparable(f"{name} {text}") in keys
            ),
            default=0,
        )

    def describe(self, name: str) -> str:
        """Return the people whose names begin with a text, each with an id; "" if nobody."""
        numbers = dict.fromkeys(number for _, number in self._names_from(comparable(name)))
        return ", ".join(self._describe(number) for number in islice(numbers, _MOST_LISTED))

    def suggest(self, text: str) -> Sequence[str]:
        """Return the names most like a misspelt one, the nearest first; of no bots."""
        directory = self._community.directory
        key = comparable(text)
        near: dict[int, float] = {}
        for name, number in directory.names_from("") if key else ():
            if len(set(key).difference(name)) > _MOST_STRAY:
                continue
            score = _similarity(key, name)
            is_better = score >= _LEAST_SIMILAR and score > near.get(number, 0.0)
            if is_better and directory.account_kind(number) == "user" and self._sees(number):
                near[number] = score
        people_by_score: dict[int, int] = {}
        for number in sorted(near, key=lambda number: (-near[number], number)):
            people_by_score.setdefault(self._community.identities.person(number), number)
        nearest = islice(people_by_score.values(), _MOST_SUGGESTED)
        return [self._describe(number) for number in nearest]

    def _describe(self, number: int) -> str:
        directory = self._community.directory
        source, id_ = directory.account_source(number), directory.account(number)
        shown = id_ if source == self._source else f"{source}:{id_}"
        return f"{directory.account_name(number)} ({shown})"

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
    """Return how similar a text is to a name, or to as many of its words; 1 is the same."""
    count, words = len(typed.split()), name.split()
    parts = {" ".join(words[at : at + count]) for at in range(max(1, len(words) - count + 1))}
    matcher = SequenceMatcher(None, b=typed)
    best = 0.0
    for part in {name, *parts}:
        matcher.set_seq1(part)
        if matcher.quick_ratio() > best:
            best = max(best, matcher.ratio())
    return best
