"""Fill a community's file with events drawn from a seed.

python -m bench.filling FOLDER EDGES → one JSON object on standard output
"""

import asyncio
import json
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

from bench.community import batches, community
from bot.cli.open_communities import open_communities


def slug_of(edges: int) -> str:
    """Return the slug of the community with `edges` edges."""
    return f"bench-{edges}"


async def fill(folder: Path, edges: int) -> dict[str, Any]:
    """Record a community of about `edges` edges; return the time and space it took."""
    columns = community(edges)
    async with open_communities(folder) as opened:
        made = await opened.get_or_create(slug_of(edges), f"{edges:,} edges", "discord", "1")
        began = perf_counter()
        for batch in batches(columns):
            await made.log.append(batch)
        seconds = perf_counter() - began
        await made.log.columns()  # seals the chunks, as any later start finds them
        size = made.database.path.stat().st_size
    return {"events": len(columns), "fill_s": seconds, "file_bytes": size}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(fill(Path(sys.argv[1]), int(sys.argv[2])))))
