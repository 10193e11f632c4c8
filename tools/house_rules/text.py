"""Rules for any file: its length, and no address or path that is only true on one machine."""

import re

from .findings import finding

LONGEST = 600
SOURCES = {".py", ".js", ".xml", ".scss", ".css"}
# Text and tables may be as long as they are.
UNMEASURED = ("/data/", "/demo/", "/i18n/", "/static/lib/")
REGISTRY = re.compile(
    r"\b[\w.-]*\b(?:pypi|pythonhosted|npmjs|yarnpkg|debian|ubuntu)\.(?:org|com|io|net)\b", re.I
)
MACHINE_PATH = re.compile(r"(?<![\w.:/$}{<-])/(?:home|root|work|Users|mnt)/[A-Za-z0-9_.-]+")


def check(root, files):
    """Long source files, registry addresses and machine paths."""
    for path in files:
        content = _read(path)
        if content is None:
            continue
        lines = content.splitlines()
        inside = "/" + path.relative_to(root).as_posix()
        if path.suffix in SOURCES and not any(part in inside for part in UNMEASURED) \
                and len(lines) > LONGEST:
            yield finding(root, path, LONGEST + 1, "file-length",
                          f"{len(lines)} lines; split the file, {LONGEST} is the limit")
        for number, line in enumerate(lines, 1):
            yield from _addresses(root, path, number, line)


def _addresses(root, path, number, line):
    for pattern, rule, what in (
        (REGISTRY, "registry-address", "address of a package registry"),
        (MACHINE_PATH, "machine-path", "path of one machine"),
    ):
        found = pattern.search(line)
        if found:
            yield finding(root, path, number, rule, f"{what}: {found[0]}")


def _read(path):
    """The text of a file; ``None`` for pictures and the like."""
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None
