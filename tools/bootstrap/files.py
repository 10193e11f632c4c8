"""Files that are either whole or not there: stamps, atomic folders, locks, free space."""

import fcntl
import hashlib
import os
import shutil
from contextlib import contextmanager
from pathlib import Path

from .errors import Problem
from .progress import megabytes, say

STAMP = ".itsms-stamp"


def digest(*parts):
    """A short hash of strings, and of the content of paths."""
    total = hashlib.sha256()
    for part in parts:
        data = part.read_bytes() if isinstance(part, Path) else str(part).encode()
        total.update(hashlib.sha256(data).digest())
    return total.hexdigest()[:16]


def is_stamped(folder, stamp):
    """True when ``folder`` was finished for exactly these inputs."""
    try:
        return (folder / STAMP).read_text() == stamp
    except OSError:
        return False


def write_stamp(folder, stamp):
    """Declare ``folder`` finished. Always the last thing done to it."""
    write_atomic(folder / STAMP, stamp)


def write_atomic(path, text, mode=0o644):
    """Write a file so that a reader sees the old content or the new, never half of it."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.new")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write(text)
    os.replace(temporary, path)


@contextmanager
def building(folder, stamp):
    """Fill a new folder beside ``folder``; it takes the name only when whole and stamped.

    Whatever interrupts the filling (Ctrl-C, kill -9, a full disk) leaves at most a folder
    named ``*.new``, which the next try throws away.
    """
    new = folder.with_name(folder.name + ".new")
    remove(new)
    new.mkdir(parents=True)
    yield new
    write_stamp(new, stamp)
    remove(folder)
    new.rename(folder)


def remove(path):
    """Delete a file or a whole folder; nothing there is fine."""
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.exists():
        shutil.rmtree(path)


def need_space(folder, size, what):
    """Refuse to begin what cannot end: ``size`` bytes must be free where ``folder`` is."""
    free = shutil.disk_usage(folder).free
    if free < size:
        raise Problem(
            f"Too little disk space for {what}: {megabytes(size)} needed, {megabytes(free)} "
            f"free at {folder}.",
            "free some space, or set ITSMS_HOME to a folder on a larger disk.",
        )


@contextmanager
def locked(path, waiting=None, busy=None):
    """Hold an exclusive lock; it vanishes with the process, even after kill -9.

    When somebody else holds it: raise ``busy(pid)`` if given, else wait and say ``waiting``.
    """
    with open(path, "a+", encoding="utf-8") as handle:
        if not _try_lock(handle):
            if busy:
                raise busy(_holder(handle))
            say(waiting)
            fcntl.flock(handle, fcntl.LOCK_EX)
        handle.truncate(0)
        handle.write(str(os.getpid()))
        handle.flush()
        yield


def _try_lock(handle):
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _holder(handle):
    handle.seek(0)
    return handle.read().strip() or "?"
