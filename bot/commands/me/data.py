"""`me data`: everything that is kept about oneself, in words and as a file."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from bot.commands.kit.audience import elsewhere, sees_place
from bot.commands.kit.command import Command
from bot.commands.kit.names import own_account_names
from bot.commands.kit.reply import Attachment, Fact, Reply, Table
from bot.commands.kit.request import Request
from bot.commands.kit.wording import amount, day, pluralize
from bot.commands.me.privacy import require_privacy
from bot.services.entries.entry_events import PlatformId
from bot.services.personal_data import collect, format_personal_data

_WHAT: Final = {
    "descriptions": "What you wrote about thanks, work and initiatives",
    "link codes": "Codes to link accounts, still valid",
    "link tries": "Codes asked for and missed, for an hour",
    "merge proposals": "Proposals to merge accounts",
    "answered posts": "Posts that I answered, for a day",
    "settings versions": "Changes of settings that you made",
    "archives": "Marks in imported graphs",
}
"""What else is kept, by its key in the data."""


async def data(request: Request) -> Reply:
    """Answer `me data`."""
    await require_privacy(request, "me data")
    community = request.community
    number = community.directory.account_number(request.source, request.actor)
    if number is None:
        return Reply(
            title="Nothing",
            text="Nothing is kept about you here: I have not recorded anything of you.",
            private=True,
        )
    mine = community.identities.accounts(number)
    collected = cast(
        "Mapping[str, Any]", await collect(community, mine, request.now_ms, request.sees)
    )
    events = [_visible_part(request, event) for event in collected["events"]]
    collected = {**collected, "events": events}
    facts = [Fact("Accounts", own_account_names(community, mine))]
    facts += [Fact("Events", _span(events))]
    facts += [
        Fact(words, f"{len(collected[key]):,}")
        for key, words in _WHAT.items()
        if collected[key]
    ]
    weeks = collected["cred by week"]
    if weeks:
        total = sum(week["cred"] for week in weeks)
        facts.append(Fact("Cred", f"{amount(total)} in {pluralize(len(weeks), 'week')}"))
    return Reply(
        title="What is kept about you",
        text=(
            "All of it is in the file: names, ids, and every event with its time. Texts of "
            "messages are never kept. Posts are given by the platform's own ids, but "
            f"not where somebody named you {elsewhere(request)}."
        ),
        facts=tuple(facts),
        tables=(_kinds(events),) if events else (),
        after=(
            f"{request.command_line('me optout')} ends the recording; "
            f"{request.command_line('me erase')} removes who it was."
        ),
        attachment=Attachment("my-data.json", format_personal_data(collected)),
        private=True,
    )


def _visible_part(request: Request, event: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an event without where it was, if others did it in a place that is hidden."""
    place = event["place"]
    if event["by me"] or place is None:
        return event
    if sees_place(request, PlatformId(event["source"], place)):
        return event
    return {**event, "place": elsewhere(request), "contribution": None, "text": None}


def _span(events: Sequence[Mapping[str, Any]]) -> str:
    if not events:
        return "none"
    times = [event["at_ms"] for event in events]
    first, last = day(min(times), year=True), day(max(times), year=True)
    return f"{len(events):,}, from {first} to {last}"


def _kinds(events: Sequence[Mapping[str, Any]]) -> Table:
    counts = Counter((event["kind"], event["by me"]) for event in events)
    return Table(
        ("Kind", "Of you", "Naming you"),
        tuple(
            (
                kind.replace("_", " "),
                f"{counts[kind, True]:,}",
                f"{counts[kind, False]:,}",
            )
            for kind in dict.fromkeys(event["kind"] for event in events)
        ),
        right=frozenset({1, 2}),
    )


DATA: Final = Command(
    group="me",
    name="data",
    summary="Everything that is kept about you, in words and as a file.",
    details=(
        "With all accounts that are linked to yours. Nobody else is in it: where somebody "
        "mentioned you, it says in which post, not who it was; and not even that where you "
        "don't see the place."
    ),
    handler=data,
    examples=("me data",),
    private=True,
    heavy=True,
)
