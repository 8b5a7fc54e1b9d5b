"""Opens the settings of a community, and nothing else of it, for a command."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.community.files import CommunityFiles
from bot.community.settings.catalogue import Catalogue
from bot.community.settings.community_settings import CommunitySettings, Heard
from bot.sources import discover
from storage.archives import Archives
from storage.file.database import Database
from storage.log.event_log import EventLog
from storage.people.directory import CachedDirectory
from storage.settings import SettingsLog


@asynccontextmanager
async def open_settings(data_dir: Path, slug: str) -> AsyncIterator[CommunitySettings]:
    """Open a community's file for its settings alone, without all that scoring needs.

    Raises
    ------
    UnknownCommunityError
        If there is no such community.
    StorageError
        If its file cannot be used.
    """
    files = CommunityFiles(data_dir)
    await asyncio.to_thread(files.require, slug)
    async with Database.open(files.path(slug)) as database:
        directory = CachedDirectory(database)
        await directory.refresh()
        heard = Heard(EventLog(database), directory, Archives(database))
        settings = CommunitySettings(
            SettingsLog(database), Catalogue(tuple(discover().values())), heard
        )
        await settings.load()
        yield settings
