"""The settings of the process, read once from the environment and `.env`.

Everything but the token has a default. The settings of a community, such as weights and props
channels, are in the community's own file instead.
"""

import difflib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, ClassVar, Final, Self

from dotenv.parser import parse_stream
from pydantic import (
    AnyHttpUrl,
    Field,
    SecretStr,
    UrlConstraints,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails, Url
from pydantic_settings import BaseSettings, SettingsConfigDict

WebsocketUrl = Annotated[Url, UrlConstraints(allowed_schemes=["ws", "wss"])]


class SettingsError(Exception):
    """A variable in the environment or in `.env` cannot be used; the message names it."""

    exit_status: ClassVar[int] = 2
    """Status with which a command ends that this error stopped."""


class Settings(BaseSettings):
    """The settings of the process. Each field is the variable `CRED_<FIELD>`."""

    model_config = SettingsConfigDict(
        env_prefix="CRED_",
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
    )

    data_dir: Path = Path("data")
    """Folder of the communities' files."""

    discord_token: SecretStr | None = None
    """Bot token from the Discord developer portal."""
    discord_token_file: Path | None = None
    """File that holds the token, such as a systemd credential or a Docker secret."""
    discord_api_url: AnyHttpUrl | None = None
    """Base address of the REST API of a compatible server; by default Discord's."""
    discord_gateway_url: WebsocketUrl | None = None
    """Address of the gateway of a compatible server; by default Discord's."""
    discord_message_content: bool = True
    """Whether to ask for the message-content intent, which `!cred` needs."""
    discord_members: bool = True
    """Whether to ask for the server-members intent, which roles, joins and leaves need."""
    command_prefix: str = Field(default="!", min_length=1, max_length=3)
    """First characters of a command typed in chat."""

    discourse_url: AnyHttpUrl | None = None
    """Address of a forum whose contributions count."""
    discourse_api_key: SecretStr | None = None
    """API key of the forum; without one, only what is public is read."""
    discourse_api_key_file: Path | None = None
    """File that holds the API key."""
    discourse_api_user: str = Field(default="system", min_length=1, max_length=255)
    """Name of the user whom the API key acts as."""
    discourse_webhook_secret: SecretStr | None = None
    """Secret that the forum signs its webhooks with; without one, webhooks are not accepted."""
    discourse_webhook_secret_file: Path | None = None
    """File that holds the secret."""
    discourse_community: str | None = None
    """Slug of the community that the forum belongs to."""
    discourse_file: Path | None = None
    """File that lists several forums, instead of the variables above."""

    recompute_minutes: int = Field(default=60, ge=1, le=7 * 24 * 60)
    """Recompute at least this often while there are new events."""
    recompute_debounce_seconds: float = Field(default=0.5, ge=0, le=3600)
    """Recompute this soon after the first new event, with all that came until then."""

    web_host: str = "127.0.0.1"
    """Address on which the web server listens for webhooks."""
    web_port: int | None = Field(default=None, ge=1, le=65535)
    """Port of the web server; without one there is no web server."""

    log_level: str = Field(default="INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$")

    @model_validator(mode="after")
    def _one_token(self) -> Self:
        if self.discord_token is not None and self.discord_token_file is not None:
            message = "set CRED_DISCORD_TOKEN or CRED_DISCORD_TOKEN_FILE, not both"
            raise ValueError(message)
        return self

    def token(self) -> str | None:
        """Return Discord's token, from its variable or its file; None if there is none.

        Raises
        ------
        SettingsError
            If the file cannot be read.
        """
        token = read_secret("CRED_DISCORD_TOKEN", self.discord_token, self.discord_token_file)
        return None if token is None else token.get_secret_value()


def read_secret(name: str, value: SecretStr | None, file: Path | None) -> SecretStr | None:
    """Return a secret, given itself or in a file; None if there is none.

    Parameters
    ----------
    name
        The name of its variable, or of its key in a file, for error messages.
    value, file
        The secret itself, or the file that holds it.

    Raises
    ------
    SettingsError
        If both are given, or the file cannot be read.
    """
    other = f"{name}_file" if name.islower() else f"{name}_FILE"
    if value is not None and file is not None:
        raise SettingsError(f"set {name} or {other}, not both.")
    if file is None:
        text = "" if value is None else value.get_secret_value()
    else:
        text = read_text(other, file)
    return SecretStr(text.strip()) if text.strip() else None


def read_text(name: str, file: Path) -> str:
    """Return the text of a file that a variable names.

    Raises
    ------
    SettingsError
        If the file cannot be read.
    """
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise SettingsError(f"{name}: {file} cannot be read ({reason}).") from error


def read_settings(env_file: Path | None = Path(".env")) -> Settings:
    """Return the settings of this process.

    Parameters
    ----------
    env_file
        File to read in addition to the environment, which takes precedence.

    Raises
    ------
    SettingsError
        If variables cannot be used (one sentence for each), or a line of the file is not a
        variable (one sentence about the first such line).
    """
    try:
        if env_file is not None and env_file.is_file():
            _check_lines(env_file)
        return Settings(_env_file=env_file)
    except ValidationError as error:
        problems = error.errors(include_input=False, include_url=False)
        raise SettingsError(" ".join(_sentence(problem) for problem in problems)) from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{env_file} is not UTF-8 text: save it as such.") from error


def misspelt_variables(
    env_file: Path | None = Path(".env"), environment: Mapping[str, str] = os.environ
) -> Sequence[str]:
    """Return a sentence about each `CRED_` variable that is none, with what may be meant."""
    places = [(name, "the environment") for name in environment]
    if env_file is not None and env_file.is_file():
        with env_file.open(encoding="utf-8", errors="replace") as file:
            places += [(found.key or "", str(env_file)) for found in parse_stream(file)]
    known = [f"CRED_{field.upper()}" for field in Settings.model_fields]
    sentences = []
    for name, place in dict(places).items():
        # Comparing every variable of the environment with every setting takes long.
        if not difflib.get_close_matches(name[:5].upper(), ["CRED_"], 1, 0.6):
            continue
        nearest = difflib.get_close_matches(name.upper(), known, 1, 0.6)
        is_ours = name.upper().startswith("CRED_") or bool(
            difflib.get_close_matches(name.upper(), known, 1, 0.9)
        )
        if is_ours and name.upper() not in known:
            hint = f"did you mean {nearest[0]}?" if nearest else ".env.example lists all."
            sentences.append(f"{name} in {place} is no setting and does nothing: {hint}")
    return sentences


def _check_lines(env_file: Path) -> None:
    """Reject a file with a line that would be ignored; the message never quotes the line."""
    with env_file.open(encoding="utf-8") as file:
        for binding in parse_stream(file):
            is_ours = (binding.key or "").startswith("CRED_")
            if binding.error or (is_ours and binding.value is None):
                text = binding.original.string
                # The text begins with the empty lines before it.
                skipped = text[: len(text) - len(text.lstrip())].count("\n")
                raise SettingsError(
                    f"{env_file}, line {binding.original.line + skipped}: this is not a "
                    "variable; write NAME=value, and quotes in pairs."
                )


_REQUIREMENTS: Final = {
    "bool_parsing": "yes or no",
    "float_parsing": "a number",
    "greater_than_equal": "at least {ge:g}",
    "int_parsing": "a whole number",
    "less_than_equal": "at most {le:g}",
    "string_too_long": "{max_length} characters or fewer",
    "url_parsing": "a whole address, such as https://example.org/api",
    "url_scheme": "an address that begins with {expected_schemes}",
}
"""What a value must be, by pydantic's type of the error."""


def _sentence(problem: ErrorDetails) -> str:
    """Return a sentence about a variable, without its value, which may be a secret."""
    if not problem["loc"]:
        return f"{problem['msg'].removeprefix('Value error, ')}."
    variable = f"CRED_{'_'.join(map(str, problem['loc'])).upper()}"
    if variable == "CRED_LOG_LEVEL":
        return f"{variable} must be DEBUG, INFO, WARNING or ERROR."
    requirement = _REQUIREMENTS.get(problem["type"])
    if requirement is None:
        return f"{variable}: {problem['msg']}."
    return f"{variable} must be {requirement.format(**problem.get('ctx', {}))}."
