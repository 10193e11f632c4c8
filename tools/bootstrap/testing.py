"""``make test``: every test there is, in one go, with one count at the end.

Three parts, each a pytest process of its own: the bootstrap's own tests (plain Python), the
modules' tests inside Odoo (pytest-odoo, browser tours included), and the translations compared
with a fresh export. Arguments go to pytest; a path among them narrows what is run.

All of the modules' tests run in two lanes where there are two processors: pytest processes side by
side, each on a database of its own, that share the files (``tools/pytest_lanes.py``).
"""

import json
import os
import re
import subprocess
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from . import lanes, system, template, translations
from .errors import Problem
from .files import write_atomic
from .progress import TIMES, say
from .stage import prepare

NOTHING_COLLECTED = 5
PLAIN = "tests/bootstrap"
AFTER_EXPORT = f"{PLAIN}/after_export"
LANES = 2  # unless told otherwise; a lane keeps a processor busy, PostgreSQL and browser included
EXPORTED = "ITSMS_EXPORTED_POTS"


@dataclass
class Count:
    """What came of some tests."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    failures: tuple = ()

    def __add__(self, other):
        return Count(
            self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped,
            (*self.failures, *other.failures),
        )

    def __str__(self):
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


@dataclass
class Part:
    """One pytest process and what came of it."""

    title: str
    count: Count
    code: int


def test(settings, arguments):
    """Run all tests; the exit code is 0 only if some ran and none failed."""
    paths, options = split(settings.root, arguments)
    plain, inside, everything = choose(settings.root, paths)
    parts = []
    stage = prepare(settings)
    if plain:
        arguments = ["-p", "no:odoo", f"--ignore={AFTER_EXPORT}", *options, *plain]
        parts.append(_pytest(stage, "bootstrap", arguments))
    if inside:
        system.prepare(settings, system.PRINTING | system.TESTING)
        everything = everything and not options
        with stage.server.running():
            parts += _inside_odoo(stage, options, inside, everything)
            if everything and stage.modules():
                parts.append(_translations(stage))
    return _summary(parts)


def split(root, arguments):
    """Tell the paths among pytest's arguments from its options."""
    paths = [text for text in arguments if _is_path(root, text)]
    return paths, [text for text in arguments if text not in paths]


def choose(root, paths):
    """What to run in which process: plain paths, paths inside Odoo, and whether that is all."""
    if paths:
        plain = [path for path in paths if Path(path).as_posix().startswith(PLAIN)]
        return plain, [path for path in paths if path not in plain], False
    plain = [PLAIN] if (root / PLAIN).is_dir() else []
    inside = sorted(
        path.relative_to(root).as_posix()
        for pattern in ("itsms_*/tests", "tests/*")
        for path in root.glob(pattern)
        if _holds_tests(path) and path.relative_to(root).as_posix() != PLAIN
    )
    return plain, inside, True


def _is_path(root, text):
    return not text.startswith("-") and (root / text.split("::")[0]).exists()


def _holds_tests(path):
    if path.is_file():
        return path.name.startswith("test_") and path.suffix == ".py"
    return any(path.rglob("test_*.py"))


def lanes_of(settings, everything, processors):
    """How many lanes: as told, else one, or two for all tests where two can really run at once."""
    return settings.lanes or (min(LANES, processors) if everything else 1)


def _processors():
    """Those this process may use, where the system tells."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def _inside_odoo(stage, options, paths, everything):
    """Run the modules' tests; one :class:`Part` per lane."""
    settings = stage.settings
    numbers = range(1, lanes_of(settings, everything, _processors()) + 1)
    name = template.prepare(stage)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(dir=settings.home / "tmp")))
        arguments = []
        for lane in numbers:
            db = stack.enter_context(template.clone(stage, name, f"test_{lane}"))
            arguments.append([
                "-p", "pytest_lanes",
                f"--odoo-database={db}", f"--odoo-config={settings.conf}", "--odoo-http",
                f"--odoo-extra=screenshots={settings.logs / 'screenshots'}",
                "--odoo-extra=max-cron-threads=0",
                *options, *paths,
            ])
        extra = {"ITSMS_RUN": str(folder), "ITSMS_DURATIONS": str(durations(settings))}
        if len(numbers) == 1:
            parts = [_pytest(stage, "modules", arguments[0], extra | {"ITSMS_LANE": ""})]
        else:
            parts = _pytest_in_lanes(stage, "modules", arguments, extra)
        if everything:
            remember(settings, folder)
    return parts


def remember(settings, folder):
    """Keep how long each file took: the next run begins with the longest."""
    found = _read(durations(settings))
    for path in folder.glob("seconds-*.json"):
        found |= _read(path)
    kept = {name: found[name] for name in sorted(found) if (settings.root / name).exists()}
    write_atomic(durations(settings), json.dumps(kept, indent=0) + "\n")


def durations(settings):
    return settings.home / "durations.json"


def _translations(stage):
    """Compare the translation templates with what a fresh database exports."""
    folder = translations.export(stage)
    return _pytest(
        stage, "translations", ["-p", "no:odoo", AFTER_EXPORT], {EXPORTED: str(folder)}
    )


def _pytest(stage, title, arguments, extra=None):
    """One pytest process with the terminal for itself."""
    with _part(title):
        command, environment, count = _process(stage, title, arguments, extra or {})
        code = subprocess.run(
            command, cwd=stage.settings.root, env=environment, stdin=subprocess.DEVNULL,
            check=False,
        ).returncode
    return Part(title, read_count(count), code)


def _pytest_in_lanes(stage, title, arguments, extra):
    """Pytest processes side by side."""
    titles = [f"{title}, lane {number}" for number in range(1, len(arguments) + 1)]
    commands, environments, counts = [], [], []
    for number, (name, words) in enumerate(zip(titles, arguments), 1):
        options, look = lanes.look(number)
        here = extra | look | {"ITSMS_LANE": str(number)}
        command, environment, count = _process(stage, name, [*options, *words], here)
        commands.append(command)
        environments.append(environment)
        counts.append(count)
    with _part(f"{title}, in {len(titles)} lanes"):
        codes = lanes.run(commands, environments, stage.settings.root)
    return [Part(*found) for found in zip(titles, map(read_count, counts), codes)]


@contextmanager
def _part(title):
    say(f"\n── Tests: {title} " + "─" * 50)
    started = time.monotonic()
    yield
    TIMES.append((f"Tests: {title}", time.monotonic() - started))


def _process(stage, title, arguments, extra):
    """The command of a pytest process, its environment, and the file it will count in."""
    settings = stage.settings
    name = re.sub(r"\W+", "-", title)
    count = settings.home / "tmp" / f"count-{name}-{os.getpid()}.json"
    count.unlink(missing_ok=True)
    command = [str(settings.python), "-m", "pytest", "-p", "pytest_count", "-rfEs", *arguments]
    environment = stage.environment() | extra | {
        "ITSMS_COUNT": str(count), "PYTHONPATH": str(settings.root / "tools"),
    }
    return command, environment, count


def read_count(path):
    """What tools/pytest_count.py wrote; no file means that pytest broke down."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        return Count(**found | {"failures": tuple(found["failures"])})
    except (OSError, ValueError):
        return Count(failed=1, failures=("pytest broke down before its end",))


def _read(path):
    """What is kept in a file of ours that may not be there."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def verdict(parts):
    """The exit code: broken if any part is, or if nothing at all was run."""
    codes = {part.code for part in parts} - {0, NOTHING_COLLECTED}
    total = sum((part.count for part in parts), Count())
    return 1 if codes or total.failed or not total.passed else 0


def _summary(parts):
    """How long each part took, what each found, what failed, and one closing line for all."""
    if not parts:
        raise Problem("There is no test here.", "check the paths given in ARGS.")
    say("\n── Summary " + "─" * 56)
    for title, seconds in TIMES:
        if seconds >= 0.5:
            say(f"  {seconds:7.1f} s  {title}")
    for part in parts:
        say(f"  {part.title}: {part.count}")
        for name in part.count.failures:
            say(f"    ✗ {name}")
    if not system.is_there("chromium"):
        say("  No Chromium on this machine: the browser tours were skipped.")
    say("")
    say(str(sum((part.count for part in parts), Count())))
    return verdict(parts)
