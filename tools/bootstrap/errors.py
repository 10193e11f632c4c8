"""The one exception of the bootstrap, and the translation of system errors into it."""

import errno

NO_SPACE_TEXT = "No space left on device"


class Problem(Exception):
    """Something the person at the keyboard can put right: what happened and what to do."""

    def __init__(self, what, todo):
        super().__init__(what)
        self.what = what
        self.todo = todo

    def __str__(self):
        return f"{self.what}\n  What to do: {self.todo}"


def disk_full(where):
    """The disk ran full while we were writing below ``where``."""
    return Problem(
        f"The disk is full (while writing below {where}).",
        "free some space, or set ITSMS_HOME to a folder on a larger disk, then run the same "
        "command again: finished steps are kept, a half-done one starts clean.",
    )


def from_os_error(error):
    """A :class:`Problem` for the system errors people really meet, else ``None``."""
    where = error.filename or "the work folder"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return disk_full(where)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return Problem(
            f"Not allowed to write {where} ({error.strerror}).",
            "run as the user who owns the checkout, or set ITSMS_HOME to a folder of your own "
            "(a work folder made by root stays root's: `make clean` as root removes it).",
        )
    return None
