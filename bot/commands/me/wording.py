"""Sentences that several commands of `me …` share."""

from typing import Final

EVERYWHERE: Final = (
    "from the beginning on and everywhere: cred, board, history, explanations and what is "
    "worked out from them. It is not quite the sum of the two, for it flows through one person "
    "then instead of two. Everybody can see then that these accounts are one person's."
)
UNDOES: Final = "undoes it at any time, and the scores are as if it had never been."
