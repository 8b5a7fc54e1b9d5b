"""Words after a prefix that can only be a misspelt command of ours.

Other bots share the prefix, and what is theirs must not be answered. So the word begins as ours
does, and the shorter ours is, the less it may differ: "!crew" and "!tank" are others'. A
letter too many and two in the wrong order are mistakes in any.
"""

from collections.abc import Iterable
from typing import Final

_LEAST: Final = 4
"""Letters of the shortest word that is recognised when it is misspelt."""
_GAP: Final = 6
"""From so many letters on, one may be missing."""
_ANY_LETTER: Final = 7
"""From so many letters on, another letter may stand for one."""
_TWO_MISTAKES: Final = 9
"""From so many letters on, two mistakes may be in it."""


def is_near_miss(word: str, known: Iterable[str]) -> bool:
    """Tell whether a word is a misspelt one of those that are known.

    >>> is_near_miss("creds", ["cred"]), is_near_miss("crew", ["cred"])
    (True, False)
    >>> is_near_miss("leadrbaord", ["leaderboard"]), is_near_miss("contribution", ["contrib"])
    (True, True)
    """
    return word.isalpha() and any(_is_misspelling(word, meant) for meant in known)


def _is_misspelling(word: str, meant: str) -> bool:
    if len(meant) < _LEAST or word[:1] != meant[:1] or word == meant:
        return False
    if len(meant) >= _ANY_LETTER:
        most = 2 if len(meant) >= _TWO_MISTAKES else 1
        return word.startswith(meant) or _mistakes(word, meant) <= most
    is_swap = sorted(word) == sorted(meant)
    is_gap = len(word) < len(meant) and len(meant) >= _GAP
    return (is_swap or is_gap or len(word) > len(meant)) and _mistakes(word, meant) == 1


def _mistakes(word: str, meant: str) -> int:
    """Return the least number of letters to add, remove, replace or swap with the next.

    The optimal string alignment distance: Damerau (1964), without editing a letter twice.
    """
    rows = [list(range(len(meant) + 1))]
    for at, letter in enumerate(word, start=1):
        row = [at]
        for to, other in enumerate(meant, start=1):
            least = min(rows[-1][to] + 1, row[to - 1] + 1, rows[-1][to - 1] + (letter != other))
            if at > 1 < to and letter == meant[to - 2] and other == word[at - 2]:
                least = min(least, rows[-2][to - 2] + 1)
            row.append(least)
        rows.append(row)
    return rows[-1][-1]
