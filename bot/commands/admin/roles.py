"""`admin roles`: whose roles, and which groups of a forum, are maintainers and treasurers."""

from collections.abc import Mapping, Sequence
from typing import Final

from bot.commands.kit import resolve
from bot.commands.kit.command import Access, Command
from bot.commands.kit.errors import UserError
from bot.commands.kit.parameters import REASON, Alternative, Parameter
from bot.commands.kit.permissions import role_settings
from bot.commands.kit.reply import Fact, Reply
from bot.commands.kit.request import Request
from bot.community.errors import SettingMistakeError
from storage.canonical_json import Json

_OFF: Final = frozenset({"off", "none", "nobody"})
_MAY: Final[Mapping[str, Access]] = {
    "maintainers": Access.MAINTAINERS,
    "treasurers": Access.TREASURERS,
}


async def roles(request: Request) -> Reply:
    """Answer `admin roles [which] [roles]`."""
    which, given = resolve.text(request, "which"), resolve.text(request, "roles").strip()
    if given and not which:
        raise UserError(
            "Say whose roles these are:",
            title="Which of them?",
            try_lines=tuple(f"admin roles {name} {given}" for name in _MAY),
        )
    if which and given:
        await _set_roles(request, _MAY[which], given)
    return Reply(
        title="Roles, and what they may do",
        text="Server admins may do all that maintainers and treasurers may. Contributors, who "
        "have cred and have not opted out, propose weights.",
        facts=tuple(Fact(name.capitalize(), _words(request, _MAY[name])) for name in _MAY),
        after=f"To change that: {request.command_line('admin roles', 'maintainers', '@Role')}, "
        "several with commas; “off” for nobody. On a forum, name its groups there.",
        private=True,
    )


async def _set_roles(request: Request, access: Access, given: str) -> None:
    community = request.community
    known = {setting.key for setting in community.settings.list()}
    keys = [key for key in role_settings(request.source, access) if key in known]
    account = community.directory.account_number(request.source, request.actor)
    try:
        await community.settings.set(
            {keys[-1]: None if given.casefold() in _OFF else given},
            author="operator" if account is None else f"account:{account}",
            reason="admin roles",
            now_ms=request.now_ms,
        )
    except SettingMistakeError as error:
        raise UserError(str(error), title="Which roles?") from error
    community.on_news()


def _words(request: Request, access: Access) -> str:
    """Return the roles and groups that give an access, by name where it is known."""
    settings = request.community.settings
    names = settings.platform_names().get("role", {})
    found: list[str] = []
    for setting in settings.list():
        if setting.key in role_settings("", access):
            found += [f"role {names.get(id_, id_)}" for id_ in _texts(setting.value)]
        elif setting.key.endswith(f".{access}-groups"):
            source = setting.key.partition(".")[0]
            found += [f"{source} group {name}" for name in _texts(setting.value)]
    return ", ".join(found) or "server admins alone"


def _texts(value: Json) -> Sequence[str]:
    return [str(item) for item in value] if isinstance(value, list) else []


ROLES: Final = Command(
    group="admin",
    name="roles",
    summary="Which roles (on a forum, groups) are maintainers and treasurers.",
    details=(
        "A role counts from the moment it is given on the platform until it is taken away. "
        "Name roles by mention, name or id, with commas between; they replace those before."
    ),
    handler=roles,
    parameters=(
        Parameter("which", Alternative(tuple(_MAY)), "Whose roles to set.", "maintainers"),
        Parameter("roles", REASON, "Which roles; off: none.", "@Keepers"),
    ),
    examples=("admin roles", "admin roles maintainers off"),
    access=Access.ADMINS,
    private=True,
)
