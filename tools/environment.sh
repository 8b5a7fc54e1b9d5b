#!/bin/sh
# Prepares .venv: finds a Python that can run credbot and calls environment.py with it.
# Usage: tools/environment.sh run|dev    (PYTHON=/path/to/python overrides the search)
set -eu
cd "$(dirname "$0")/.."

suitable() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 15))' \
        >/dev/null 2>&1
}

if [ -n "${PYTHON:-}" ]; then
    if ! suitable "$PYTHON"; then
        echo "PYTHON=$PYTHON is not a Python from 3.11 to 3.14: omit PYTHON to let make find one." >&2
        exit 2
    fi
    exec "$PYTHON" tools/environment.py "$@"
fi

# The environment's own Python comes first, so that the environment keeps it.
for python in .venv/bin/python python3 python3.14 python3.13 python3.12 python3.11 python; do
    if suitable "$python"; then
        exec "$python" tools/environment.py "$@"
    fi
done

echo "credbot needs Python 3.11, 3.12, 3.13 or 3.14, and none was found." >&2
echo "Install one, or name it: make PYTHON=/path/to/python3.13 ..." >&2
exit 2
