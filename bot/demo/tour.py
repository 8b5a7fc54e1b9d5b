"""The tour that `make demo` begins with: what is typed, and what happens in between.

It shows the way from a score to a decision: who gets how much and why, two accounts that become
one person's, and a change of weights that is previewed, proposed, voted on and in force.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from bot.demo import forum
from bot.demo.cast import HELPER, MAINTAINER, PEOPLE, SPAMMER

PROPOSAL: Final = 1
"""Number of the proposal that the tour makes."""
VOTING_DAYS: Final = 7
_CHANGE: Final = "channel.props=3"
_SPEAK_FOR_THEMSELVES: Final = frozenset({HELPER, "Bruno Castellan", MAINTAINER, SPAMMER})


@dataclass(frozen=True, slots=True)
class TypedLine:
    """A line that is typed."""

    line: str


@dataclass(frozen=True, slots=True)
class Narration:
    """What is told between two replies."""

    text: str


@dataclass(frozen=True, slots=True)
class MembersVote:
    """What members vote on the proposal, by name; whoever may not vote does not."""

    choices: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class DaysPass:
    """So much time passes."""

    count: int


Step: TypeAlias = TypedLine | Narration | MembersVote | DaysPass


def steps(code: Callable[[], str]) -> Iterator[Step]:
    """Yield the steps of the tour, each after the one before was done.

    Parameters
    ----------
    code
        Returns the code in the reply to the latest line that gave one.
    """
    forum_account = f"{forum.SOURCE}:{forum.HELPERS_NAME}"
    yield TypedLine("!cred board")
    yield TypedLine(f"!cred history {HELPER}")
    yield TypedLine(f"!cred {HELPER}")
    yield TypedLine(f"!cred {forum_account}")
    yield TypedLine(f"@{HELPER}: !me link {forum.SOURCE} {forum.HELPERS_NAME}")
    yield TypedLine(f"@{forum_account}: !me confirm {code()}")
    yield TypedLine(f"!cred explain {HELPER}")
    yield Narration(
        f"{HELPER} says little, and is thanked in #props. Should that count more? First, what "
        "would it do?"
    )
    yield TypedLine(f"!weights preview {_CHANGE}")
    yield Narration(
        f"{MAINTAINER} loses a part of all cred by it, and proposes it all the same."
    )
    yield TypedLine(
        f"!weights propose {_CHANGE} because who helps quietly is thanked in #props, and "
        "hardly counts"
    )
    yield TypedLine(f"@{HELPER}: !weights vote {PROPOSAL} abstain because I gain most by it")
    yield TypedLine(
        f"@Bruno Castellan: !weights vote {PROPOSAL} against because people will thank each "
        "other for nothing"
    )
    yield TypedLine(f"!weights vote {PROPOSAL} for")
    yield Narration("A week passes, and others vote.")
    yield MembersVote(_votes_of_others())
    yield DaysPass(VOTING_DAYS)
    yield TypedLine(f"!weights proposals {PROPOSAL}")
    yield TypedLine("!cred board")
    yield TypedLine(f"!cred why-changed {HELPER}")


def _votes_of_others() -> Mapping[str, str]:
    """Return what others vote: two of three are for it, and every fourth stays away."""
    others = [
        person.name
        for person in PEOPLE
        if person.name not in _SPEAK_FOR_THEMSELVES and person.leaves_week is None
    ]
    choices = ("for", "against", "for", None)
    return {
        name: choice
        for number, name in enumerate(others)
        if (choice := choices[number % len(choices)]) is not None
    }
