"""Steps with their times, and programs run quietly with their output kept in a log."""

import os
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress

from .errors import NO_SPACE_TEXT, Problem, disk_full

TIMES = []  # (title, seconds) of every finished step, for the closing table


def say(text=""):
    print(text, flush=True)


def megabytes(size):
    return f"{size / 1e6:.0f} MB"


class Step:
    """One line on the terminal; says what is being done now and what came of it."""

    def __init__(self, title):
        self.title = title
        self.result = "done"
        self._live = sys.stdout.isatty() and not os.environ.get("CI")
        self._said = None

    def note(self, text):
        """What came of the step, for its closing line."""
        self.result = text

    def doing(self, text):
        """What is being done now: rewrites the line on a terminal, once per text elsewhere."""
        if self._live:
            sys.stdout.write(f"\r\033[K  … {self.title}: {text}")
            sys.stdout.flush()
        elif text != self._said:
            say(f"  … {self.title}: {text}")
        self._said = text

    def close(self, seconds, result, mark="✓"):
        """The line that stays."""
        clear = "\r\033[K" if self._live else ""
        say(f"{clear}  {mark} {self.title}: {result}  [{seconds:.1f} s]")

    def watch(self, folder, total):
        """Show how much of ``total`` bytes has arrived in ``folder`` while the block runs."""
        self.doing(f"downloading {megabytes(total)}")
        return self._while(lambda: f"{megabytes(folder_size(folder))} of {megabytes(total)}")

    def follow(self, log, start, pattern, text):
        """Show the last match of ``pattern`` in what is written to ``log`` from ``start``."""

        def last_match():
            found = pattern.findall(read_from(log, start))
            return text.format(found[-1]) if found else "starting"

        return self._while(last_match)

    @contextmanager
    def _while(self, describe):
        """Keep the line up to date on a terminal; elsewhere a log would only fill up."""
        if not self._live:
            yield
            return
        stop = threading.Event()

        def show():
            while not stop.wait(0.3):
                self.doing(describe())

        thread = threading.Thread(target=show, daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()


@contextmanager
def step(title):
    """Run a block as a step: one closing line with its result and its seconds."""
    current, started = Step(title), time.monotonic()
    try:
        yield current
    except BaseException as error:
        result = "stopped" if isinstance(error, KeyboardInterrupt) else "failed"
        current.close(time.monotonic() - started, result, mark="✗")
        raise
    seconds = time.monotonic() - started
    TIMES.append((title, seconds))
    current.close(seconds, current.result)


def folder_size(folder):
    """Bytes in a folder; files may come and go while we look."""
    size = 0
    for path, _dirs, files in os.walk(folder):
        for name in files:
            with suppress(OSError):
                size += os.stat(os.path.join(path, name)).st_size
    return size


def read_from(path, start):
    """What was written to a file from byte ``start`` on."""
    with open(path, "rb") as content:
        content.seek(start)
        return content.read().decode(errors="replace")


def run(command, log, failed, todo, **options):
    """Run a program with its output appended to ``log``; a :class:`Problem` if it fails."""
    command = [str(part) for part in command]
    with open(log, "ab") as out:
        out.write(f"\n$ {' '.join(command)}\n".encode())
        out.flush()
        start = out.tell()
        code = subprocess.run(
            command, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, **options
        ).returncode
    if code:
        raise failure(log, start, failed, todo)


def failure(log, start, failed, todo):
    """The :class:`Problem` for a program that wrote its complaint into ``log``."""
    text = read_from(log, start)
    if NO_SPACE_TEXT in text:
        return disk_full(os.path.dirname(log))
    lines = text.strip().splitlines()
    telling = [line for line in lines if " INFO " not in line] or lines
    tail = "\n".join("    " + line for line in telling[-12:])
    return Problem(f"{failed}\n{tail}", f"{todo} (everything it said: {log})")
