"""Maps the configuration of the Discourse plugin to settings."""

from collections.abc import Iterator
from typing import Final

from bot.importers.sourcecred.plugin_configs.config_object import ConfigObject
from storage.canonical_json import Json

_FACTORS: Final = {
    "category": ("defaultCategoryWeight", "categoryWeights"),
    "tag": ("defaultTagWeight", "tagWeights"),
}


def forum_settings(config: ConfigObject) -> Iterator[tuple[str, Json]]:
    """Yield the settings that the configuration maps to; what is left out is noted in it."""
    url = config.text("serverUrl")
    if url is not None:
        yield "discourse.url", url
    weights = config.inside("weights")
    for factor, (default_key, table_key) in _FACTORS.items():
        default = weights.number(default_key)
        if default is not None:
            yield f"weights.{factor}.default", default
        table = weights.inside(table_key)
        for name, weight in table.numbers():
            key = name.partition("//")[0].strip() if factor == "category" else name
            if factor == "category" and not (key.isascii() and key.isdigit()):
                table.note_one_unknown(name, "not the id of a category")
            else:
                yield f"weights.{factor}.{key}", weight
    weights.note_unknown([key for keys in _FACTORS.values() for key in keys])
    if "mirrorOptions" in config:
        config.note("mirrorOptions", "the source itself decides what to read again")
    config.note_unknown(("serverUrl", "weights", "mirrorOptions"))
