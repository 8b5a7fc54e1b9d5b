"""Where contributions come from: one folder per platform, each exporting `SOURCE`.

`port.py` says what a source is and what it is given; README.md, what its folder holds.
"""

import importlib
import pkgutil
from collections.abc import Mapping

from bot.sources.port import Source


def discover() -> Mapping[str, Source]:
    """Return the `SOURCE` of every folder here, by name."""
    modules = {
        module.name: importlib.import_module(f"{__name__}.{module.name}")
        for module in pkgutil.iter_modules(__path__)
        if module.ispkg
    }
    return {
        name: module.SOURCE for name, module in modules.items() if hasattr(module, "SOURCE")
    }
