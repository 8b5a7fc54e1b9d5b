"""Reads the settings of the process for a command, and warns of variables that do nothing."""

from bot.cli.output import say
from bot.settings import Settings, misspelt_variables, read_settings


def read_process_settings() -> Settings:
    """Return the settings of this process; say which `CRED_` variables are misspelt.

    Raises
    ------
    SettingsError
        As `read_settings` does.
    """
    for sentence in misspelt_variables():
        say(f"Warning: {sentence}")
    return read_settings()
