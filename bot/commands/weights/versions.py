"""`weights history`, `weights diff` and `weights export`: the versions of the weights."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from bot.commands.kit.command import Command
from bot.commands.kit.errors import UserError
from bot.commands.kit.pages import page_of
from bot.commands.kit.parameters import NUMBER, Parameter
from bot.commands.kit.reply import Attachment, Reply, Table
from bot.commands.kit.request import Request
from bot.commands.kit.wording import day, moment, pluralize
from bot.commands.weights.wording import author_words, key_words, reason_words
from bot.community.settings.definitions import format_value
from bot.community.settings.voting_settings import is_weight
from bot.services.weights.schedule import list_scheduled
from bot.services.weights.weights_file import write_weights
from storage.canonical_json import Json
from storage.settings import SettingsVersion


async def history(request: Request) -> Reply:
    """Answer `weights history [page]`."""
    versions = [
        version
        for version in reversed(await request.community.settings.history())
        if any(map(is_weight, version.changes))
    ]
    page = page_of(request, versions)
    coming = tuple(
        (
            moment(change.effective_ms),
            author_words(request, change.author),
            _changes_in_words(request, change.changes),
        )
        for change in await list_scheduled(request.community)
    )
    rows = tuple([_row(request, version) for version in page.items])
    return Reply(
        title=f"{pluralize(len(versions), 'version')} of the weights",
        text="" if versions else "No weight was ever changed.",
        # No column of figures, so that narrow screens show a list.
        tables=(
            *((Table(("From", "By", "What"), coming, title="To come"),) if coming else ()),
            *((Table(("No.", "When", "By", "What", "Why"), rows),) if rows else ()),
        ),
        after=f"{request.command_line('weights diff', '1', '2')} shows what differs."
        if rows
        else "",
        buttons=page.buttons("weights history"),
    )


def _row(request: Request, version: SettingsVersion) -> tuple[str, ...]:
    return (
        str(version.version),
        day(version.at_ms, year=True),
        author_words(request, version.author),
        _changes_in_words(request, version.changes),
        reason_words(version),
    )


def _changes_in_words(request: Request, changes: Mapping[str, Json]) -> str:
    return "; ".join(
        f"{key_words(request, key)} {'default' if value is None else format_value(value)}"
        for key, value in changes.items()
        if is_weight(key)
    )


async def diff(request: Request) -> Reply:
    """Answer `weights diff <version> [other]`."""
    settings = request.community.settings
    versions = await settings.history()
    older = _version(request, "version", versions)
    if older is None:
        raise UserError(
            "Say which version, perhaps also which other:",
            title="Which version?",
            try_lines=("weights diff 1", "weights diff 1 2"),
        )
    other = _version(request, "other", versions)
    newer = settings.version if other is None else other
    before, after = await settings.values_at(older), await settings.values_at(newer)
    low, high = sorted((older, newer))
    keys = sorted(
        {
            key
            for version in versions
            if low < version.version <= high
            for key in version.changes
            if is_weight(key)
        }
    )
    rows = tuple(_differences(request, keys, before, after))
    return Reply(
        title=f"Weights: version {older} → {'now' if other is None else f'version {newer}'}",
        text="" if rows else "No weight differs.",
        tables=(Table(("Weight", f"v{older}", f"v{newer}"), rows),) if rows else (),
    )


def _differences(
    request: Request,
    keys: Sequence[str],
    before: Callable[[str], Json],
    after: Callable[[str], Json],
) -> Sequence[tuple[str, str, str]]:
    return [
        (key_words(request, key), format_value(before(key)), format_value(after(key)))
        for key in keys
        if before(key) != after(key)
    ]


async def export(request: Request) -> Reply:
    """Answer `weights export [version]`."""
    settings = request.community.settings
    given = _version(request, "version", await settings.history())
    version = settings.version if given is None else given
    return Reply(
        title=f"The weights of version {version}",
        text="The file has every weight that is not its default, by its id. The operator takes "
        "it in with credbot settings COMMUNITY import FILE.",
        attachment=Attachment(
            f"weights-v{version}.json",
            write_weights(await settings.all_at(version), version),
        ),
        private=True,
    )


def _version(
    request: Request, parameter: str, versions: Sequence[SettingsVersion]
) -> int | None:
    """Return the version that was given; None if none was."""
    argument = request.arguments.get(parameter)
    if not isinstance(argument, int):
        return None
    newest = versions[-1].version if versions else 0
    if argument > newest:
        raise UserError(
            f"There is no version {argument}; the newest is {newest}.",
            title="Which version?",
        )
    return argument


VERSIONS: Final = (
    Command(
        group="weights",
        name="history",
        summary="Every version of the weights: who, when, why, and what it changed.",
        details="Versions are never edited. Newest first.",
        handler=history,
        parameters=(Parameter("page", NUMBER, "Which page.", "2"),),
        examples=("weights history",),
    ),
    Command(
        group="weights",
        name="diff",
        summary="What is different between two versions of the weights.",
        details="With one number: between that version and now.",
        handler=diff,
        parameters=(
            Parameter("version", NUMBER, "Which version.", "1", required=True),
            Parameter("other", NUMBER, "Which other; the newest by default.", "2"),
        ),
        examples=("weights diff 1",),
    ),
    Command(
        group="weights",
        name="export",
        summary="A file with all weights, for the operator or to look at.",
        details=(
            "JSON, with the ids of channels and roles; only you get it. With a number: the "
            "weights of that version."
        ),
        handler=export,
        parameters=(Parameter("version", NUMBER, "Which version; now by default.", "1"),),
        examples=("weights export",),
        private=True,
    ),
)
