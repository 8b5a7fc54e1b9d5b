"""Graphs for tests, as graph files, and hypothesis strategies that generate them."""

from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

from cred.credrank import Ranking
from cred.epochs import DAY_MS, WEEK_MS
from cred.files.graph_file import parse_graph_file

SUNDAY = 1_609_632_000_000
"""2021-01-03 00:00 UTC, the start of week 0 in these graphs."""

Content = dict[str, Any]
Edge = tuple[str, str, int, float, float]


def in_week(week: int, day: int = 1) -> int:
    return SUNDAY + week * WEEK_MS + day * DAY_MS


def a_file(
    mints: Mapping[str, float],
    edges: Sequence[Edge],
    people: Sequence[str] = ("ann",),
    **more: Any,
) -> Content:
    """Return a graph file.

    Parameters
    ----------
    mints
        Contributions, with what they mint. They have no date.
    edges
        From, to (contributions or people), week, weight forward and backward.
    people
        Participants, each with one node.
    more
        Other members of the file.
    """
    names = [*mints, *people]
    return {
        "nodes": [
            {"address": ["c", name], "timestampMs": None, "weight": mint}
            for name, mint in mints.items()
        ]
        + [{"address": ["p", name], "timestampMs": None} for name in people],
        "edges": [
            {
                "address": ["e", str(at)],
                "src": names.index(source),
                "dst": names.index(target),
                "timestampMs": in_week(week),
                "forwards": forward,
                "backwards": backward,
            }
            for at, (source, target, week, forward, backward) in enumerate(edges)
        ],
        "participants": [{"id": name, "address": ["p", name]} for name in people],
        **more,
    }


def rank(content: Content) -> Ranking:
    return parse_graph_file(content).rank()


WEIGHTS = st.one_of(st.just(0.0), st.floats(1e-3, 1e3))
MINTS = st.one_of(st.just(0.0), st.floats(1e-3, 1e3))


@st.composite
def parameters(draw: st.DrawFn) -> dict[str, float]:
    """Generate CredRank's parameters; some walks return, some accrue."""
    alpha = draw(st.floats(0.02, 0.4))
    beta = draw(st.floats(0.02, 0.4))
    forward = draw(st.one_of(st.just(0.0), st.floats(0.01, 0.1)))
    backward = draw(st.one_of(st.just(0.0), st.floats(0.01, 0.1)))
    return {"alpha": alpha, "beta": beta, "gammaForward": forward, "gammaBackward": backward}


@st.composite
def files(draw: st.DrawFn) -> Content:
    """Generate graphs in which somebody has cred, of up to 6 contributions and 4 weeks."""
    people = ["ann", "bob", "cat"][: draw(st.integers(1, 3))]
    count = draw(st.integers(1, 6))
    mints = {f"n{at}": draw(MINTS) for at in range(count)}
    mints["n0"] = draw(st.floats(0.1, 10))
    ends = st.sampled_from([*mints, *people])
    edges = draw(
        st.lists(st.tuples(ends, ends, st.integers(0, 3), WEIGHTS, WEIGHTS), max_size=12)
    )
    edges.append(
        ("n0", "ann", draw(st.integers(0, 3)), draw(st.floats(0.1, 10)), draw(WEIGHTS))
    )
    gift = draw(st.floats(0.0, 1.0))
    more: Content = {"parameters": draw(parameters())}
    if len(people) > 1 and draw(st.booleans()):
        more["personalAttributions"] = [
            {
                "fromParticipantId": "ann",
                "recipients": [
                    {
                        "toParticipantId": "bob",
                        "proportions": [{"timestampMs": in_week(1), "proportionValue": gift}],
                    }
                ],
            }
        ]
    return a_file(mints, edges, people, **more)
