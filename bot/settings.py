"""Process settings: read once from the environment or `.env`, then passed down.

Everything has a default but the token, so importing this needs no environment. What belongs
to one community (weights, props channels…) is not here but in the community's own file.
"""

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
    """The environment or `.env` holds something that cannot be used; says what and where."""

    exit_status: ClassVar[int] = 2
    """Status with which a command ends that this error stopped."""


class Settings(BaseSettings):
    """What the process needs to know. Each field is the variable `CRED_<FIELD>`."""

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
    """File that holds the token instead (a systemd credential, a Docker secret)."""
    discord_api_url: AnyHttpUrl | None = None
    """REST base of a compatible server; empty: Discord's own."""
    discord_gateway_url: WebsocketUrl | None = None
    """Gateway address of a compatible server; empty: Discord's own."""
    discord_message_content: bool = True
    """Ask for the message-content intent, which `!cred` needs."""
    discord_members: bool = True
    """Ask for the server-members intent, which roles, joins and leaves need."""
    command_prefix: str = Field(default="!", min_length=1, max_length=3)
    """What a command typed in chat begins with."""

    discourse_url: AnyHttpUrl | None = None
    """Address of a forum whose contributions count; none: no forum."""
    discourse_api_key: SecretStr | None = None
    """API key of it; without one, what everybody may read is read."""
    discourse_api_key_file: Path | None = None
    """File that holds the key instead."""
    discourse_api_user: str = Field(default="system", min_length=1, max_length=255)
    """Name of the user that the key is used as."""
    discourse_webhook_secret: SecretStr | None = None
    """What the forum signs its webhooks with; without one, none are listened for."""
    discourse_webhook_secret_file: Path | None = None
    """File that holds the secret instead."""
    discourse_community: str | None = None
    """Slug of the community that the forum belongs to."""
    discourse_file: Path | None = None
    """File that lists several forums instead."""

    recompute_minutes: int = Field(default=60, ge=1, le=7 * 24 * 60)
    """Recompute at least this often while there are new events."""
    recompute_debounce_seconds: float = Field(default=0.5, ge=0, le=3600)
    """Recompute this soon after the first new event, with all that came until then."""

    web_host: str = "127.0.0.1"
    """Address that webhooks are listened for on."""
    web_port: int | None = Field(default=None, ge=1, le=65535)
    """Port of it; none: no web server."""

    log_level: str = Field(default="INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$")

    @model_validator(mode="after")
    def _one_token(self) -> Self:
        if self.discord_token is not None and self.discord_token_file is not None:
            message = "set CRED_DISCORD_TOKEN or CRED_DISCORD_TOKEN_FILE, not both"
            raise ValueError(message)
        return self

    def token(self) -> str | None:
        """Return Discord's token from wherever it is kept; None where there is none.

        Raises
        ------
        SettingsError
            If the token's file cannot be read.
        """
        kept = secret_of("CRED_DISCORD_TOKEN", self.discord_token, self.discord_token_file)
        return None if kept is None else kept.get_secret_value()


def secret_of(name: str, given: SecretStr | None, file: Path | None) -> SecretStr | None:
    """Return a secret from wherever it is kept; None where there is none.

    Parameters
    ----------
    name
        Its variable, or its key in a file, for what goes wrong: "CRED_DISCORD_TOKEN".
    given, file
        The secret itself, or the file that holds it.

    Raises
    ------
    SettingsError
        If there are both, or the file cannot be read.
    """
    other = f"{name}_file" if name.islower() else f"{name}_FILE"
    if given is not None and file is not None:
        raise SettingsError(f"set {name} or {other}, not both.")
    if file is None:
        text = "" if given is None else given.get_secret_value()
    else:
        text = read_text(other, file)
    return SecretStr(text.strip()) if text.strip() else None


def read_text(name: str, file: Path) -> str:
    """Return what is in a file that a variable names.

    Raises
    ------
    SettingsError
        If it cannot be read.
    """
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        raise SettingsError(f"{name}: {file} cannot be read ({why}).") from error


def read_settings(env_file: Path | None = Path(".env")) -> Settings:
    """Return the settings of this process.

    Parameters
    ----------
    env_file
        File read beside the environment, which wins; None: the environment alone.

    Raises
    ------
    SettingsError
        One sentence per variable that cannot be used, naming it; or one on the first line of
        the file that is none.
    """
    try:
        if env_file is not None and env_file.is_file():
            _check_lines(env_file)
        return Settings(_env_file=env_file)
    except ValidationError as error:
        problems = error.errors(include_input=False, include_url=False)
        raise SettingsError(" ".join(_sentence(problem) for problem in problems)) from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{env_file} is no UTF-8 text: save it as such.") from error


def _check_lines(env_file: Path) -> None:
    """Refuse a file with a line that would be passed over, never showing what is in it."""
    with env_file.open(encoding="utf-8") as file:
        for binding in parse_stream(file):
            is_ours = (binding.key or "").startswith("CRED_")
            if binding.error or (is_ours and binding.value is None):
                text = binding.original.string
                # Empty lines before it are told with it.
                empty = text[: len(text) - len(text.lstrip())].count("\n")
                raise SettingsError(
                    f"{env_file}, line {binding.original.line + empty}: this is no variable; "
                    "write NAME=value, and quotes in pairs."
                )


_MUST_BE: Final = {
    "bool_parsing": "yes or no",
    "float_parsing": "a number",
    "greater_than_equal": "at least {ge:g}",
    "int_parsing": "a whole number",
    "less_than_equal": "at most {le:g}",
    "string_too_long": "{max_length} characters or fewer",
    "url_parsing": "a whole address, such as https://example.org/api",
    "url_scheme": "an address that begins with {expected_schemes}",
}
"""What a value must be, by pydantic's name for what is wrong with it."""


def _sentence(problem: ErrorDetails) -> str:
    """Return what is wrong with a variable; never its value, which may be a secret."""
    if not problem["loc"]:
        return f"{problem['msg'].removeprefix('Value error, ')}."
    variable = f"CRED_{'_'.join(map(str, problem['loc'])).upper()}"
    if variable == "CRED_LOG_LEVEL":
        return f"{variable} must be DEBUG, INFO, WARNING or ERROR."
    phrase = _MUST_BE.get(problem["type"])
    if phrase is None:
        return f"{variable}: {problem['msg']}."
    return f"{variable} must be {phrase.format(**problem.get('ctx', {}))}."
