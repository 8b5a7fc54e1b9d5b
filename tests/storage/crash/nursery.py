"""Fork victims on demand, so that each starts in milliseconds.

It reads lines of JSON `{"path", "acks", "early"}`. It answers each with the victim's process id
and, once the victim has ended, with "killed" or "failed".
"""

import asyncio
import json
import os
import sys
import traceback
from pathlib import Path

from tests.storage.crash.victim import ingest


def main() -> None:
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            try:
                asyncio.run(
                    ingest(Path(order["path"]), Path(order["acks"]), early=order["early"])
                )
            except BaseException:  # noqa: BLE001 - a victim must only ever end by being killed
                traceback.print_exc()
            os._exit(1)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()
        _, status = os.waitpid(child, 0)
        sys.stdout.write("killed\n" if os.WIFSIGNALED(status) else "failed\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
