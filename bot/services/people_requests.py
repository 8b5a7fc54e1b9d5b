"""An operator's requests about a person: find, opt out or in, erase, export; answered as JSON.

As with settings, the command line makes the request, and whoever has the community's file open
answers it: the command line itself, or the running bot.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, Self

from bot.community.communities import Community
from bot.community.errors import IdentityRefusedError, NotAllowedError
from bot.services.known_names import KnownNames
from bot.services.people import is_opted_out
from bot.services.personal_data import collect
from storage.canonical_json import Json

LEFT_TRACES: Final = (
    "Something reads the file right now, so a copy of what was erased is in its write-ahead "
    "log until the bot is restarted."
)

Action = Literal["find", "optout", "optin", "erase", "export"]


@dataclass(frozen=True, slots=True)
class PeopleRequest:
    """What to do with whom."""

    action: Action
    who: str
    """An account ("discord:123"), or a name that fits one person only."""

    def to_json(self) -> Mapping[str, Json]:
        """Return the request as it travels."""
        return {"people": self.action, "who": self.who}

    @classmethod
    def from_json(cls, sent: Mapping[str, Json]) -> Self:
        """Return the request that travelled; ValueError if it is none."""
        action, who = sent["people"], sent["who"]
        if action not in {"find", "optout", "optin", "erase", "export"}:
            raise ValueError(f"no action: {action}")
        return cls(action, str(who))  # type: ignore[arg-type] # it is one of them


async def answer_people(
    community: Community, request: PeopleRequest, *, now_ms: int
) -> dict[str, Json]:
    """Do what is asked, and return the `people` that were found, or the `data` of one.

    Opting out and in and erasing concern the whole person, with all linked accounts.

    Raises
    ------
    NotAllowedError
        If nobody is meant, or several people are; the message names them.
    """
    await community.directory.refresh()
    await community.identities.refresh()
    identities = community.identities
    if request.action == "optin":
        source, _, id_ = request.who.partition(":")
        if await identities.lift_erasure(source, id_, now_ms):
            return {"people": [], "lifted": f"{source}:{id_}"}
    numbers = _find(community, request.who)
    if request.action == "optout" and not numbers:
        numbers = await _opt_out_unseen(community, request.who, now_ms)
    if request.action == "find":
        return {"people": [_describe(community, number) for number in numbers]}
    number = _only(community, request.who, numbers)
    accounts = identities.accounts(number)
    described = _describe(community, number)
    notes: list[Json] = []
    if request.action == "export":
        return {"people": [described], "data": await collect(community, accounts, now_ms)}
    if request.action == "erase":
        erasure = await identities.erase_person(number, now_ms)
        if erasure.leaves_traces:
            notes = [LEFT_TRACES]
    else:
        await identities.set_opted_out(number, now_ms if request.action == "optout" else None)
    community.on_news()
    return {"people": [described], "notes": notes}


def _find(community: Community, who: str) -> list[int]:
    """Return one account of each person whom a text may mean."""
    directory = community.directory
    source, separator, id_ = who.partition(":")
    if separator and directory.source_number(source) is not None:
        exact = directory.account_number(source, id_)
        found = directory.find_account(id_, source) if exact is None else [exact]
    else:
        found = directory.find_account(who)
    of_person: dict[int, int] = {}
    for number in found:
        of_person.setdefault(community.identities.person(number), number)
    return list(of_person.values())


async def _opt_out_unseen(community: Community, who: str, now_ms: int) -> list[int]:
    """Opt out an account that was never heard of; return its number, if it can be one."""
    source, _, id_ = who.partition(":")
    if source not in community.identities.platforms or not id_.isdecimal():
        return []
    try:
        await community.identities.opt_out_account(source, id_, id_, now_ms)
    except IdentityRefusedError:
        raise NotAllowedError(
            f"The account {who} was erased, so nothing of it is recorded."
        ) from None
    return _find(community, who)


def _only(community: Community, who: str, numbers: list[int]) -> int:
    if not numbers:
        near = ", ".join(KnownNames(community, "", "").suggest(who))
        raise NotAllowedError(
            f"Nobody in {community.slug} is called “{who[:60]}”: give a name, or an account as "
            f"discord:123.{near and f' Similar: {near}.'}"
        )
    if len(numbers) > 1:
        names = ", ".join(_account(community, number) for number in numbers[:8])
        raise NotAllowedError(f"“{who[:60]}” may mean {len(numbers)} people: {names}.")
    return numbers[0]


def _account(community: Community, number: int) -> str:
    directory = community.directory
    return f"{directory.account_source(number)}:{directory.account(number)}"


def _describe(community: Community, number: int) -> Mapping[str, Json]:
    directory = community.directory
    return {
        "accounts": [
            {
                "account": _account(community, linked),
                "name": directory.account_name(linked),
                "kind": directory.account_kind(linked),
            }
            for linked in community.identities.accounts(number)
        ],
        "opted_out": is_opted_out(community, number),
    }
