"""`credbot people`: finds a person, and does for them what they could do in chat."""

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from bot.app.control_socket import NotListeningError, ask, socket_path
from bot.cli.open_communities import open_communities
from bot.cli.output import print_json, say
from bot.cli.process_settings import read_process_settings
from bot.cli.status import CliError, InputError
from bot.runtime.clock import now_ms
from bot.services.people_requests import Action, PeopleRequest, answer_people
from bot.services.personal_data import format_personal_data
from storage.errors import LockedError

_DONE = {
    "optout": "Opted out: nothing new of them is recorded or shown.",
    "optin": "Opted in again: what they do from now on is recorded.",
    "erase": "Erased: nothing in the file says any more who they were (docs/privacy.md).",
}


async def people(
    slug: str, action: Action, who: str, *, sure: bool, output: Path | None, as_json: bool
) -> None:
    """Do what is asked, beside a running bot or without one.

    Parameters
    ----------
    sure
        Erase without asking.
    output
        File for `export`; None means standard output.

    Raises
    ------
    CliError
        If nobody is found.
    InputError
        If an erasure is not confirmed, or the file exists already.
    NotAllowedError, UnknownCommunityError
        If nobody or more than one person is meant, or there is no such community.
    """
    if output is not None and await asyncio.to_thread(output.exists):
        raise InputError(f"{output} exists: give another --output, or remove it first.")
    if action == "erase" and not sure:
        who = await _confirm(slug, who)
    answer = await _answer(slug, PeopleRequest(action, who))
    if action == "export":
        _write(answer["data"], output)
        return
    if as_json:
        print_json(answer)
    if not answer["people"] and "lifted" not in answer:
        raise CliError("Nobody fits.")
    if as_json:
        return
    _show(answer)
    if "lifted" in answer:
        say(f"{answer['lifted']} was erased; what they do from now on is recorded again.")
    elif action in _DONE:
        say(_DONE[action])
    for note in answer.get("notes", ()):
        say(f"Note: {note}")


async def _answer(slug: str, request: PeopleRequest) -> dict[str, Any]:
    """Answer from the community's file, or ask the running bot if that has the file open."""
    data_dir = read_process_settings().data_dir
    try:
        async with open_communities(data_dir) as opened:
            community = await opened.get_existing(slug)
            return await answer_people(community, request, now_ms=now_ms())
    except LockedError as locked:
        try:
            return await ask(socket_path(data_dir, slug), request)
        except NotListeningError:
            raise locked from None


async def _confirm(slug: str, who: str) -> str:
    """Show whom a text means and ask whether to erase them; return one of their accounts.

    Raises
    ------
    InputError
        If nobody can be asked, or the answer is no.
    """
    found = await _answer(slug, PeopleRequest("find", who))
    if len(found["people"]) != 1:
        return who  # the erasure is refused, with the reason
    _show(found)
    if not sys.stdin.isatty():
        raise InputError("An erasure can't be undone: say --yes to do it without being asked.")
    say("This can't be undone. Type yes to erase them:")
    if sys.stdin.readline().strip().casefold() != "yes":
        raise InputError("Nothing was erased.")
    account: str = found["people"][0]["accounts"][0]["account"]
    return account


def _show(answer: Mapping[str, Any]) -> None:
    for person in answer["people"]:
        out = "  (opted out)" if person["opted_out"] else ""
        accounts = cast("list[Mapping[str, str]]", person["accounts"])
        print("  ".join(f"{found['account']} {found['name']}" for found in accounts) + out)


def _write(data: Mapping[str, Any], output: Path | None) -> None:
    text = format_personal_data(data)
    if output is None:
        print(text, end="")
        return
    output.write_text(text, encoding="utf-8")
    say(f"Written to {output}. It holds personal data: give it only to whom it is about.")
