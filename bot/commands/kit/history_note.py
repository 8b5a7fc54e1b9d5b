"""What a reply about cred says while history is still being read."""

from dataclasses import replace
from typing import Final

from bot.commands.kit.reply import Reply
from bot.commands.kit.request import Request
from bot.community.history_progress import Progress

_MOST_PLACES: Final = 2
"""So many are named; of more, how much is read in all is said."""

_SHARES: Final = (
    (0.05, "hardly any"),
    (0.175, "a tenth"),
    (0.29, "a quarter"),
    (0.42, "a third"),
    (0.58, "half"),
    (0.71, "two thirds"),
    (0.83, "three quarters"),
    (0.95, "nine tenths"),
)
"""Words for shares, each up to its bound."""


def add_history_note(reply: Reply, request: Request) -> Reply:
    """Return a reply that says how much of the history it is of, unless that is all of it."""
    note = history_note(request)
    if not note or (reply.is_error and reply.title.startswith("Which")):
        return reply
    return replace(reply, text=f"{reply.text} {note}".lstrip())


def history_note(request: Request) -> str:
    """Return a sentence on what is read of the history so far; "" if all of it is.

    Places are named only if everybody who sees the reply may see them.
    """
    history = request.community.history
    places = history.open_places()
    if not places:
        return ""
    if len(places) <= _MOST_PLACES and all(
        _may_name(request, source, progress) for source, progress in places
    ):
        words = " and ".join(
            f"{share_words(found.share)} of {_name(found)}" for _, found in places
        )
    else:
        words = f"{share_words(history.share())} of what there is"
    return f"History is still being read ({words} read so far), so these figures will change."


def share_words(share: float) -> str:
    """Return a share in words.

    >>> share_words(0.0), share_words(0.66), share_words(0.99)
    ('hardly any', 'two thirds', 'almost all')
    """
    return next((words for bound, words in _SHARES if share < bound), "almost all")


def _name(progress: Progress) -> str:
    return progress.name if progress.place is None else f"#{progress.name}"


def _may_name(request: Request, source: str, progress: Progress) -> bool:
    return progress.place is None or request.sees(source, progress.place)
