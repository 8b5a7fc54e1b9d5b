"""Arbitrary events of a small world, so that they often are about the same things."""

from hypothesis import strategies as st

from cred.facts.events import Event, Kind, Provenance

PEOPLE = st.sampled_from(["1", "22", "ada", "ünï"])
POSTS = st.sampled_from(["100", "101", "007", "9" * 25])
PLACES = st.sampled_from(["c1", "c2"])
EMOJI = st.sampled_from(["👍", "party:5"])
SOURCES = st.sampled_from(["discord", "discord", "discord", "forum"])
TIMES = st.integers(0, 5)

# Given also where there is no such id: it then says nothing.
_WHOSE = {"actor_source": SOURCES | st.none(), "object_source": SOURCES | st.none()}
_FIELDS: dict[Kind, dict[str, st.SearchStrategy[str | None]]] = {
    Kind.POSTED: {"target": POSTS, "actor": PEOPLE | st.none(), "place": PLACES},
    Kind.AUTHORED: {"target": POSTS, "actor": PEOPLE | st.none()},
    Kind.EDITED: {"target": POSTS},
    Kind.DELETED: {"target": POSTS},
    Kind.RESTORED: {"target": POSTS},
    Kind.REPLIED: {"target": POSTS, "object": POSTS},
    Kind.MENTIONED: {"target": POSTS, "actor": PEOPLE, "object": PEOPLE},
    Kind.REACTED: {"target": POSTS, "actor": PEOPLE, "text": EMOJI},
    Kind.UNREACTED: {"target": POSTS, "actor": PEOPLE, "text": EMOJI},
    Kind.JOINED: {"actor": PEOPLE},
    Kind.LEFT: {"actor": PEOPLE},
    Kind.ROLES_CHANGED: {"actor": PEOPLE, "text": st.sampled_from(["", "5", "5,6"])},
    Kind.PLACE_CHANGED: {
        "place": PLACES,
        "object": PLACES | st.none(),
        "object_source": st.none(),
        "text": st.sampled_from(["text", ""]) | st.none(),
    },
    Kind.REFERENCED: {"target": POSTS, "object": POSTS, "text": EMOJI},
    Kind.LINKED: {"actor": PEOPLE, "object": PEOPLE},
    Kind.UNLINKED: {"actor": PEOPLE, "object": PEOPLE},
    Kind.STATUS_CHANGED: {
        "target": POSTS,
        "actor": PEOPLE | st.none(),
        "text": st.sampled_from(["", "approved", "rejected"]),
    },
    Kind.CREDITED: {"target": POSTS, "object": PEOPLE},
    Kind.CHAMPIONED: {"target": POSTS, "object": PEOPLE},
    Kind.SECONDED: {"target": POSTS, "actor": PEOPLE},
    Kind.ENTITLED: {"target": POSTS, "actor": PEOPLE, "object": PEOPLE},
    Kind.VOTED: {
        "target": POSTS,
        "actor": PEOPLE,
        "text": st.sampled_from(["", "for", "against"]),
    },
}

EVENTS: st.SearchStrategy[Event] = st.one_of(
    *(
        st.builds(
            Event,
            source=SOURCES,
            kind=st.just(kind),
            at_ms=TIMES,
            seen_ms=TIMES,
            provenance=st.sampled_from(Provenance),
            value=st.integers(0, 2),
            estimated=st.booleans(),
            **(_WHOSE | _FIELDS[kind]),
        )
        for kind in Kind
    )
)
