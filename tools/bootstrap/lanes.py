"""Processes side by side ("lanes"), their output told apart, all ended when one must stop.

What a lane says is shown line by line behind its number. Its closing report (failures, summary)
is kept until all have ended, so that the reports stand whole, one after the other.
"""

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress

from .progress import say
from .server import die_with_parent

CLOSING = "── the lane has run its tests ──"  # as tools/pytest_lanes.py writes it
GRACE = 20  # seconds a lane gets to end the test it is at
ONE_AT_A_TIME = threading.Lock()


def run(commands, environments, cwd):
    """Run the commands at the same time; their exit codes. Ctrl-C ends them all."""
    lanes = []
    try:
        for number, (command, environment) in enumerate(zip(commands, environments), 1):
            lanes.append(Lane(number, command, environment, cwd))
        for lane in lanes:
            lane.follow()
        for lane in lanes:
            lane.process.wait()
    finally:
        _stop(lanes)
        for lane in lanes:
            lane.close()
    return [lane.process.returncode for lane in lanes]


def look(number):
    """Options and environment that make pytest write into a pipe as it would on the terminal."""
    options = ["-o", "console_output_style=classic"]  # percentages would be of all lanes
    if number > 1:
        options.append("--no-header")  # the first lane's will do
    if sys.stdout.isatty() and not os.environ.get("NO_COLOR"):
        options.append("--color=yes")
    columns = shutil.get_terminal_size().columns - len(_before(number))
    return options, {"COLUMNS": str(columns)}


class Lane:
    """One process in a session of its own: Ctrl-C reaches us, and we tell it once."""

    def __init__(self, number, command, environment, cwd):
        self.number = number
        self.closing = []
        self.process = subprocess.Popen(
            command, env=environment, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, encoding="utf-8", errors="replace",
            start_new_session=True, preexec_fn=die_with_parent,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)

    def follow(self):
        """Show what it says. Not before all are started: a fork and threads do not agree."""
        self._reader.start()

    def _read(self):
        closing = False
        for line in self.process.stdout:
            text = line.rstrip()
            if closing:
                self.closing.append(text)
            elif text == CLOSING:
                closing = True
            elif text:
                with ONE_AT_A_TIME:
                    say(_before(self.number) + text)

    def close(self):
        """Show the closing report. A browser left behind may hold the pipe: do not wait long."""
        if self._reader.ident:
            self._reader.join(5)
        if self.closing:
            say("\n".join([f"\n── Lane {self.number} " + "─" * 58, *self.closing]))

    def kill(self):
        """End it, and the programs it started (a browser), at once."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def _before(number):
    return f"{number}│ "


def _stop(lanes):
    """Ask those that still run to end as on Ctrl-C, wait for them, then leave nothing of them."""
    running = [lane for lane in lanes if lane.process.poll() is None]
    for lane in running:
        lane.process.send_signal(signal.SIGINT)
    deadline = time.monotonic() + GRACE
    for lane in running:
        with suppress(subprocess.TimeoutExpired, KeyboardInterrupt):
            lane.process.wait(max(0, deadline - time.monotonic()))
        lane.kill()
