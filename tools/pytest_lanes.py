"""A pytest plugin: several pytest processes ("lanes") share the files of one run.

Each lane collects everything. Before it ends a file it takes the next one that nobody has, those
expected to last longest first: so all lanes end at about the same time, however wrong the
expectation was. A file stays whole, because what its classes prepare is dear. The first lane
begins with the browser tests and the others end with them: two browsers at once would be slow
enough for a tour to run out of time.

What ``bootstrap/testing.py`` tells us:

- ITSMS_RUN: folder of this run; who took what, and the seconds of each file, go there
- ITSMS_LANE: our number; empty where there is no other lane, then we only take the time
- ITSMS_DURATIONS: seconds per file in former runs; there may be none
"""

import fcntl
import json
import os
from contextlib import contextmanager
from pathlib import Path

import pytest

CLOSING = "── the lane has run its tests ──"  # what follows is pytest's closing report
SECONDS_PER_BYTE = 1 / 1000
BROWSER = ("start_tour(", "browser_js(")
BROWSER_SECONDS = 20
NOTHING_LEFT = "*"


def pytest_configure(config):
    config.pluginmanager.register(Lane(config, os.environ), "itsms-lane")


class Lane:
    """This process: takes files, runs them, says how long each took."""

    def __init__(self, config, environment):
        self.config = config
        self.folder = Path(environment["ITSMS_RUN"])
        self.number = int(environment.get("ITSMS_LANE") or 0)
        self.durations = read_durations(environment["ITSMS_DURATIONS"])
        self.seconds = {}
        self.whole = set()
        self.places = {}
        self.total = 0

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session):
        """Pytest's own loop, with files taken one by one instead of all there are."""
        option = session.config.option
        broken = session.testsfailed and not option.continue_on_collection_errors
        if not self.number or broken or option.collectonly:
            return None
        try:
            self._run(session)
        except BaseException:  # told to stop (-x, Ctrl-C): the other lanes shall end as well
            with self._taken() as taken:
                taken.write(f"{NOTHING_LEFT}\n")
            raise
        return True

    def _run(self, session):
        items = self._items(session)
        item = next(items, None)
        while item:
            # Known before this one ends: pytest clears away what the next one does not share.
            following = next(items, None)
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if session.shouldfail:
                raise session.Failed(session.shouldfail)
            if session.shouldstop:
                raise session.Interrupted(session.shouldstop)
            item = following

    def _items(self, session):
        files = {}
        for item in session.items:
            files.setdefault(file_of(item.nodeid), []).append(item)
        self.total = len(files)
        paths = {name: items[0].path for name, items in files.items()}
        wanted = order(paths, self.durations, browser_first=self.number == 1)
        while name := self._take(wanted):
            yield from files[name]

    def _take(self, wanted):
        """The first file no lane has taken yet, now ours; ``None`` when there is none."""
        with self._taken() as taken:
            gone = taken.read().split("\n")[:-1]
            if NOTHING_LEFT in gone:
                return None
            name = next((name for name in wanted if name not in gone), None)
            if name:
                taken.write(f"{name}\n")
                self.places[name] = len(gone) + 1
            return name

    @contextmanager
    def _taken(self):
        with open(self.folder / "taken", "a+", encoding="utf-8") as taken:
            fcntl.flock(taken, fcntl.LOCK_EX)
            taken.seek(0)
            yield taken

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item, nextitem):
        name = file_of(item.nodeid)
        started = os.times().elapsed  # a clock that tests with frozen time leave alone
        result = yield
        self.seconds[name] = self.seconds.get(name, 0) + os.times().elapsed - started
        if nextitem is None or file_of(nextitem.nodeid) != name:
            self.whole.add(name)
            if self.number:
                self._say_done(name)
        return result

    def _say_done(self, name):
        reporter = self.config.pluginmanager.get_plugin("terminalreporter")
        reporter.write(f"  {self.seconds[name]:.1f} s  [{self.places[name]}/{self.total}]")
        reporter.ensure_newline()

    @pytest.hookimpl(wrapper=True)
    def pytest_sessionfinish(self, session):
        found = {name: round(self.seconds[name], 2) for name in self.whole}
        (self.folder / f"seconds-{self.number}.json").write_text(json.dumps(found), "utf-8")
        if not self.number:
            return (yield)
        session.config.pluginmanager.get_plugin("terminalreporter").write_line(CLOSING)
        with self._taken():
            self._join_failures()
            return (yield)

    def _join_failures(self):
        """For ``pytest --lf``: keep what the other lanes wrote about files that are not ours."""
        remembering = self.config.pluginmanager.get_plugin("lfplugin")
        if remembering is None:
            return
        known = self.config.cache.get("cache/lastfailed", {})
        others = {key: value for key, value in known.items() if file_of(key) not in self.seconds}
        ours = {
            str(key): value for key, value in remembering.lastfailed.items()
            if file_of(str(key)) in self.seconds
        }
        remembering.lastfailed = others | ours


def file_of(nodeid):
    return nodeid.split("::")[0]


def order(paths, durations, browser_first):
    """The names of ``paths``, longest first; the browser tests before or after all others."""

    def place(name):
        text = paths[name].read_text(encoding="utf-8", errors="replace")
        browser = any(word in text for word in BROWSER)
        guess = len(text.encode()) * SECONDS_PER_BYTE + BROWSER_SECONDS * browser
        return browser != browser_first, -durations.get(name, guess), name

    return sorted(paths, key=place)


def read_durations(path):
    """Seconds per file; none where nothing was measured yet."""
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
