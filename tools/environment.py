"""Install exactly the locked requirements into `.venv`, with the standard library only.

Every make target calls it, so it takes only a few milliseconds if everything is up to date: a
stamp in `.venv` holds the digest of what was installed. Simultaneous calls wait for one
another. After an interrupted call the environment is created again.

Usage: python tools/environment.py run|dev
"""

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOG = VENV / "install.log"
UNFINISHED = VENV / "unfinished"
LOCKS = {"run": "requirements.txt", "dev": "requirements-dev.txt"}


def main(arguments: list[str]) -> int:
    """Return the exit status: 0 if ready, 1 if the installation failed, 2 for wrong usage."""
    if len(arguments) != 1 or arguments[0] not in LOCKS:
        print("usage: python tools/environment.py run|dev", file=sys.stderr)
        return 2
    lock = arguments[0]
    if is_ready(lock):
        return 0
    with installation_lock():
        return 0 if is_ready(lock) or install(lock) else 1


def is_ready(lock: str) -> bool:
    """Tell whether what a lock names is installed; "dev" includes "run"."""
    return not UNFINISHED.exists() and any(
        stamp_of(name).is_file() and stamp_of(name).read_text() == digest(name)
        for name in dict.fromkeys((lock, "dev"))
    )


def stamp_of(name: str) -> Path:
    """Return the file that holds the digest of what was installed."""
    return VENV / f"installed-{name}"


def digest(name: str) -> str:
    """Return a digest of everything that determines what is installed."""
    text = b"".join((ROOT / file).read_bytes() for file in (LOCKS[name], "pyproject.toml"))
    return hashlib.sha256(text + str(ROOT).encode()).hexdigest()


@contextmanager
def installation_lock() -> Iterator[None]:
    """Wait until no other call is installing. The kernel frees the lock if the process ends."""
    try:
        import fcntl  # noqa: PLC0415 - absent on Windows, where make is rare too
    except ImportError:
        yield
        return
    with (ROOT / ".venv.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def install(lock: str) -> bool:
    """Install what a lock names. On failure, print the end of pip's output and return False."""
    print(
        f"credbot: installing {LOCKS[lock]} into .venv (once; about a minute) ...",
        file=sys.stderr,
    )
    if UNFINISHED.exists() or not works(PYTHON):
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=True)
    UNFINISHED.touch()
    for name in LOCKS:
        stamp_of(name).unlink(missing_ok=True)
    with LOG.open("w") as log:
        # The lock names the build tools too, so installing credbot itself fetches nothing.
        done = pip(log, "--require-hashes", "-r", LOCKS[lock]) and pip(
            log, "--no-deps", "--no-build-isolation", "-e", "."
        )
    if not done:
        print(*LOG.read_text().splitlines()[-15:], sep="\n", file=sys.stderr)
        print(
            f"credbot: the installation failed; all that pip said is in {LOG}.\n"
            "Check the network and the Python version, then run the same command again.",
            file=sys.stderr,
        )
        return False
    stamp_of(lock).write_text(digest(lock))
    UNFINISHED.unlink()
    return True


def works(python: Path) -> bool:
    """Tell whether an environment's Python starts and is a version that credbot supports."""
    check = "import pip, sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 15))"
    try:
        return (
            subprocess.run([python, "-c", check], check=False, capture_output=True).returncode
            == 0
        )
    except OSError:
        return False


def pip(log: object, *arguments: str) -> bool:
    """Run `pip install` in the environment, with its output in the log."""
    # Compiling all of scipy takes longer than compiling what is imported, when it is imported.
    options = ("--disable-pip-version-check", "--no-compile")
    command = [PYTHON, "-m", "pip", "install", *options, *arguments]
    done = subprocess.run(
        command, cwd=ROOT, check=False, stdin=subprocess.DEVNULL, stdout=log, stderr=log
    )
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
