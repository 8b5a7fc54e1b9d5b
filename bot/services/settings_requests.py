"""Requests to show or change a community's settings, answered as JSON values.

The command line makes the request and shows the answer. Whoever has the community's file open
answers it: the command line itself, or the running bot.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.community.settings.community_settings import CommunitySettings
from storage.canonical_json import Json


@dataclass(frozen=True, slots=True)
class SettingsRequest:
    """Change some settings and show them, or show some, or (with neither) show all."""

    changes: Mapping[str, Json]
    """Values by key, as typed; None puts a setting back to its default."""
    keys: Sequence[str]
    reason: str

    def to_json(self) -> Mapping[str, Json]:
        """Return the request as it travels."""
        return {"changes": self.changes, "keys": [*self.keys], "reason": self.reason}


async def answer(
    settings: CommunitySettings, request: SettingsRequest, *, author: str, now_ms: int
) -> dict[str, Json]:
    """Return `version` and the `values` asked for, or else all `settings` and `families`.

    After a change there are also `notes`: sentences about what was understood otherwise than
    typed, and what can have no effect yet.

    Raises
    ------
    SettingMistakeError
        If a key or value cannot be used; then nothing was changed.
    """
    notes: Sequence[str] = ()
    if request.changes:
        notes = await settings.notes(request.changes, now_ms=now_ms)
        await settings.set(request.changes, author=author, reason=request.reason, now_ms=now_ms)
    keys = [*request.changes, *request.keys]
    if keys:
        return {
            "version": settings.version,
            "values": {key: settings.get(key) for key in keys},
            **({"notes": [*notes]} if request.changes else {}),
        }
    return {
        "version": settings.version,
        "settings": [
            {
                "key": setting.key,
                "value": setting.value,
                "default": setting.is_default,
                "help": setting.help,
            }
            for setting in settings.list()
        ],
        "families": [
            {"key": definition.key, "example": definition.example, "help": definition.help}
            for definition in settings.families()
        ],
    }
