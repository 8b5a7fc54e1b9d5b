"""Make `.venv` hold exactly what the locked requirements say. Standard library only.

Called by every make target, so what is up to date costs a few milliseconds: a stamp in
`.venv` holds the digest of what was installed. Several calls at once wait for one another; an
interrupted one is noticed and the environment made anew.

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
    """Return the exit status: 0 ready, 1 the installation failed, 2 wrong usage."""
    if len(arguments) != 1 or arguments[0] not in LOCKS:
        print("usage: python tools/environment.py run|dev", file=sys.stderr)
        return 2
    wanted = arguments[0]
    if is_ready(wanted):
        return 0
    with one_at_a_time():
        return 0 if is_ready(wanted) or install(wanted) else 1


def is_ready(wanted: str) -> bool:
    """Tell whether the environment holds `wanted`; "dev" includes "run"."""
    return not UNFINISHED.exists() and any(
        stamp_of(name).is_file() and stamp_of(name).read_text() == digest(name)
        for name in dict.fromkeys((wanted, "dev"))
    )


def stamp_of(name: str) -> Path:
    """Return the file that says what was installed."""
    return VENV / f"installed-{name}"


def digest(name: str) -> str:
    """Return a digest of everything that decides what the environment holds."""
    text = b"".join((ROOT / file).read_bytes() for file in (LOCKS[name], "pyproject.toml"))
    return hashlib.sha256(text + str(ROOT).encode()).hexdigest()


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Wait until no other call is installing. The lock ends with the process, however."""
    try:
        import fcntl  # noqa: PLC0415 - absent on Windows, where make is rare as well
    except ImportError:
        yield
        return
    with (ROOT / ".venv.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def install(wanted: str) -> bool:
    """Install `wanted`; on failure say what pip said and return False."""
    print(
        f"credbot: installing {LOCKS[wanted]} into .venv (once; about a minute) ...",
        file=sys.stderr,
    )
    if UNFINISHED.exists() or not works(PYTHON):
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=True)
    UNFINISHED.touch()
    for name in LOCKS:
        stamp_of(name).unlink(missing_ok=True)
    with LOG.open("w") as log:
        # The lock names build tools too, so that installing credbot itself fetches nothing.
        done = pip(log, "--require-hashes", "-r", LOCKS[wanted]) and pip(
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
    stamp_of(wanted).write_text(digest(wanted))
    UNFINISHED.unlink()
    return True


def works(python: Path) -> bool:
    """Tell whether an environment's Python starts and is one that credbot supports."""
    check = "import pip, sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 15))"
    try:
        return (
            subprocess.run([python, "-c", check], check=False, capture_output=True).returncode
            == 0
        )
    except OSError:
        return False


def pip(log: object, *arguments: str) -> bool:
    """Run `pip install` in the environment, its words into the log."""
    # Compiling all of scipy ahead takes longer than what a first import compiles of it.
    options = ("--disable-pip-version-check", "--no-compile")
    command = [PYTHON, "-m", "pip", "install", *options, *arguments]
    done = subprocess.run(
        command, cwd=ROOT, check=False, stdin=subprocess.DEVNULL, stdout=log, stderr=log
    )
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
