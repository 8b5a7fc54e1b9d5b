"""The forums that the process reads: one from its settings, or several from a file."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import SecretStr
from yarl import URL

from bot.settings import Settings, SettingsError, read_secret, read_text
from bot.sources.discourse.api.transport import ForumAccess

_SLUG: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_KEYS: Final = frozenset(
    {
        "url",
        "api_key",
        "api_key_file",
        "api_user",
        "webhook_secret",
        "webhook_secret_file",
        "community",
    }
)
_SHORTEST_SECRET: Final = 12
"""Discourse itself accepts no shorter secrets for webhooks."""


@dataclass(frozen=True, slots=True)
class ForumSettings:
    """The settings of one forum."""

    access: ForumAccess
    webhook_secret: SecretStr | None = None
    community: str | None = None

    @property
    def name(self) -> str:
        """The address without its scheme: "forum.example.org"."""
        return self.access.url.partition("://")[2]


def read_forums(settings: Settings) -> Sequence[ForumSettings]:
    """Return the forums that the settings name; often none.

    Raises
    ------
    SettingsError
        If they cannot be used; the message is a sentence that names the setting.
    """
    if settings.discourse_file is not None:
        if settings.discourse_url is not None:
            raise SettingsError("set CRED_DISCOURSE_URL or CRED_DISCOURSE_FILE, not both.")
        return _read_file(settings.discourse_file)
    api_key = read_secret(
        "CRED_DISCOURSE_API_KEY", settings.discourse_api_key, settings.discourse_api_key_file
    )
    secret = read_secret(
        "CRED_DISCOURSE_WEBHOOK_SECRET",
        settings.discourse_webhook_secret,
        settings.discourse_webhook_secret_file,
    )
    if settings.discourse_url is None:
        if api_key is not None or secret is not None:
            raise SettingsError(
                "CRED_DISCOURSE_URL is missing: a forum's key or secret is set, but not its "
                "address."
            )
        return ()
    return (
        _checked_forum(
            "CRED_DISCOURSE_",
            str(settings.discourse_url),
            ForumAccess("", api_key, settings.discourse_api_user),
            secret,
            settings.discourse_community,
        ),
    )


def _checked_forum(
    where: str, url: str, access: ForumAccess, secret: SecretStr | None, community: str | None
) -> ForumSettings:
    """Return a forum, checked; `where` is the prefix of setting names in error messages."""
    parsed = _address(url)
    if parsed is None:
        raise SettingsError(
            f"{where}URL must be a forum's address, such as https://forum.example.org."
        )
    if community is not None and not _SLUG.fullmatch(community):
        raise SettingsError(
            f"{where}COMMUNITY must be a community's slug: small letters, digits and hyphens."
        )
    if secret is not None and len(secret.get_secret_value()) < _SHORTEST_SECRET:
        raise SettingsError(
            f"{where}WEBHOOK_SECRET must have at least {_SHORTEST_SECRET} characters."
        )
    key = "" if access.api_key is None else access.api_key.get_secret_value()
    for text in (access.api_user, key):
        if not text.isprintable():
            raise SettingsError(f"{where}API_KEY and {where}API_USER must be one line each.")
    return ForumSettings(
        ForumAccess(parsed, access.api_key, access.api_user), secret, community
    )


def _address(url: str) -> str | None:
    try:
        parsed = URL(url)
    except ValueError:
        return None
    if parsed.scheme not in {"http", "https"} or not parsed.host or parsed.user:
        return None
    return str(parsed.with_query(None).with_fragment(None)).rstrip("/")


def _read_file(file: Path) -> Sequence[ForumSettings]:
    """Return the forums that a TOML file lists."""
    where = f"CRED_DISCOURSE_FILE: {file}"
    try:
        document = tomllib.loads(read_text("CRED_DISCOURSE_FILE", file))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{where} is no TOML ({error}).") from error
    tables = document.get("forum")
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise SettingsError(f"{where} must have a [[forum]] for each forum.")
    forums = [
        _from_table(f"{where}, forum {number}", table) for number, table in enumerate(tables, 1)
    ]
    if len(forums) > 1:
        _require_distinct(where, forums)
    return forums


def _from_table(where: str, table: Mapping[str, Any]) -> ForumSettings:
    if unknown := sorted(table.keys() - _KEYS):
        raise SettingsError(
            f"{where}: there is no {unknown[0]!r}; there are {', '.join(sorted(_KEYS))}."
        )
    for key, value in table.items():
        if not isinstance(value, str):
            raise SettingsError(f"{where}: {key} must be a text in quotes.")

    def secret(key: str) -> SecretStr | None:
        given, file = table.get(key), table.get(f"{key}_file")
        try:
            return read_secret(
                key,
                None if given is None else SecretStr(given),
                None if file is None else Path(file),
            )
        except SettingsError as error:
            raise SettingsError(f"{where}: {error}") from error

    access = ForumAccess("", secret("api_key"), table.get("api_user", "system"))
    return _checked_forum(
        f"{where}, ",
        table.get("url", ""),
        access,
        secret("webhook_secret"),
        table.get("community"),
    )


def _require_distinct(where: str, forums: Sequence[ForumSettings]) -> None:
    """Require a community and an address of its own for each forum."""
    for key, values in (
        ("community", [forum.community for forum in forums]),
        ("url", [forum.name for forum in forums]),
    ):
        if None in values or len(set(values)) < len(values):
            raise SettingsError(
                f"{where}: each forum must say a {key} of its own, since forums number their "
                "users and posts alike."
            )
