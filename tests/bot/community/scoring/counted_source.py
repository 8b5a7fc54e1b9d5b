"""A source whose graph can be counted and held up."""

import threading
from collections.abc import Hashable

from bot.community.settings.configured_source import GetSetting
from bot.sources.discord import graph, settings
from bot.sources.discord.declaration import DECLARATION
from bot.sources.discord.settings import Rules
from cred.facts.activity import Activity
from cred.facts.directory import Directory
from cred.graph.structure import Structure


class CountedSource:
    """Discord's graph, which counts how often it is built and can be held up."""

    name = "discord"
    declaration = DECLARATION
    definitions = settings.DEFINITIONS
    key_readers = settings.KEY_READERS

    def __init__(self) -> None:
        self.builds = 0
        self.started = threading.Event()
        self.may_go_on = threading.Event()
        self.may_go_on.set()
        self.fault: Exception | None = None

    def rules(self, read: GetSetting) -> Hashable:
        return settings.read_rules(read)

    def build_structure(
        self, activity: Activity, directory: Directory, rules: Hashable
    ) -> Structure:
        assert isinstance(rules, Rules)
        self.builds += 1
        self.started.set()
        self.may_go_on.wait(30)
        if self.fault is not None:
            raise self.fault
        return graph.build_structure(activity, directory, rules)
