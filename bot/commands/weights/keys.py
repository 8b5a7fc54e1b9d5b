"""Weights as they are typed: which settings are meant, if whoever reads the reply may know.

What a weight does tells who posted and reacted where it counts. So a weight of a channel,
category or contribution that not everybody who reads the reply sees is answered as one that
does not exist.
"""

from collections.abc import Mapping
from typing import Final

from bot.commands.kit.audience import sees_contribution
from bot.commands.kit.errors import UserError
from bot.commands.kit.parameters.changes import full_key, parse_changes, short_key
from bot.commands.kit.request import Request
from bot.commands.weights.wording import mistake, place_of
from bot.community.errors import SettingMistakeError
from bot.community.settings.weight_names import AddressPart
from bot.services.entries.entry_events import PlatformId
from bot.services.weights.contribution_keys import contribution_of
from cred.graph.weights import Field
from storage.canonical_json import Json

_TYPES: Final = ("post:", "topic:")
"""What may stand before the id of a contribution of which an address has only the figures."""


async def read_key(request: Request, name: str) -> str:
    """Return the canonical key of a weight as typed.

    Raises
    ------
    UserError
        If there is none, or not everybody who reads the reply may know of what it is for.
    """
    try:
        key = request.community.settings.describe(full_key(name), request.sees).key
    except SettingMistakeError as error:
        other = short_key(name)
        if any(setting.key == other for setting in request.community.settings.list()):
            line = request.command_line("settings set", other, "…")
            raise UserError(
                f"{other} is no weight, so server admins set it: {line}", title="Not a weight"
            ) from error
        raise mistake(error) from error
    if await _is_hidden(request, key):
        raise UserError(
            f"I know of nothing that {name[:80]} is for, or not everybody who reads this may "
            "see it. About a private channel, ask there or where only you read the answer.",
            title="Which weight?",
        )
    return key


async def read_changes(request: Request, text: str) -> Mapping[str, Json]:
    """Return changes of weights as typed: the values to keep by canonical key.

    Raises
    ------
    UserError
        If one cannot be used, is given twice, or is of what must not be named here.
    """
    changes: dict[str, Json] = {}
    for name, value in parse_changes(text).items():
        key = await read_key(request, name)
        if key in changes:
            raise UserError(
                f"{name} is given twice: say which value it is to have.", title="Which change?"
            )
        changes[key] = value
    try:
        return request.community.settings.check(changes, now_ms=request.now_ms)
    except SettingMistakeError as error:
        raise mistake(error) from error


async def _is_hidden(request: Request, key: str) -> bool:
    """Tell whether a weight is of something that not everybody who reads the reply sees."""
    place = place_of(key)
    if place is not None:
        return not request.sees(place.source, place.id)
    contribution = contribution_of(key)
    if contribution is not None:
        return not await sees_contribution(request, contribution)
    parts = request.community.settings.parts_of_address(key)
    return any([await _hides(request, part) for part in parts])


async def _hides(request: Request, part: AddressPart) -> bool:
    match part.field:
        case Field.PLACE:
            return not request.sees(part.source, part.text)
        case Field.CONTRIBUTION:
            return not await sees_contribution(request, PlatformId(part.source, part.text))
        case Field.CONTRIBUTION_ID:
            typed = [PlatformId(part.source, f"{type_}{part.text}") for type_ in _TYPES]
            return not any([await sees_contribution(request, each) for each in typed])
        case _:
            return False
