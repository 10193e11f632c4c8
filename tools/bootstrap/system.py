"""Programs and fonts that only the system can provide: browser, PDF printing, Chinese fonts.

Installed with apt when we are root and ITSMS_SYSTEM_PACKAGES is not ``no``. Otherwise the
product runs without them, and says what is missing and what it will not do.
"""

import os
import shutil
import subprocess
import time
from pathlib import Path

from .errors import Problem
from .progress import run, say, step

DAY = 24 * 60 * 60
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts")
PRINTING = {
    "fonts-noto-cjk": "Chinese in PDF and in the browser",
    "wkhtmltopdf": "printing PDF",
}
TESTING = {
    "chromium": "the browser tours (they are skipped and counted)",
    "poppler-utils": "the tests that read PDF text (they are skipped and counted)",
}
PROGRAMS = {
    "wkhtmltopdf": ("wkhtmltopdf",),
    "chromium": ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable"),
    "poppler-utils": ("pdftotext",),
}


def prepare(settings, wanted):
    """Have the wanted packages, or say what goes without them."""
    with step("System packages") as current:
        missing = [name for name in wanted if not is_there(name)]
        if not missing:
            current.note("ready")
            return
        if not _may_install(settings) or _refused_lately(settings, missing):
            current.note(f"missing: {', '.join(missing)}")
        else:
            missing = _install(settings, missing, current)
    if missing:
        say(f"    Not on this machine: {'; '.join(f'{n} ({wanted[n]})' for n in missing)}.")
        say(f"    An administrator can add them: apt-get install {' '.join(missing)}")


def is_there(package):
    """Whether what the package provides is on this machine, from wherever it came."""
    if package == "fonts-noto-cjk":
        return _has_chinese_font()
    return any(shutil.which(program) for program in PROGRAMS[package])


def _has_chinese_font():
    if shutil.which("fc-list"):
        done = subprocess.run(["fc-list", ":lang=zh-cn"], capture_output=True, check=False)
        return bool(done.stdout.strip())
    folders = [Path(folder).expanduser() for folder in FONT_FOLDERS]
    return any(
        "cjk" in path.name.lower() for folder in folders if folder.is_dir()
        for path in folder.rglob("*.tt*")
    )


def _may_install(settings):
    return settings.system_packages and os.geteuid() == 0 and bool(shutil.which("apt-get"))


def _install(settings, missing, current):
    """Install with apt; returns what could not be had, which is no reason to stop."""
    log = settings.logs / "apt-system.log"
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    apt = ["apt-get", "-q", "-y", "-oDPkg::Lock::Timeout=300", "-oAcquire::Retries=3"]
    install = [*apt, "install", "--no-install-recommends", *missing]
    current.doing(f"installing {', '.join(missing)}")
    try:
        run([*apt, "update"], log, "apt-get update failed.", "see below", env=environment)
        run(install, log, "apt-get install failed.", "see below", env=environment)
        current.note(f"installed {', '.join(missing)}")
        return []
    except Problem as problem:
        current.note("could not be installed")
        say(f"    {problem.what}")
        still_missing = [name for name in missing if not is_there(name)]
        _refusals(settings).write_text("\n".join(still_missing))
        return still_missing


def _refused_lately(settings, missing):
    """Without a network every start would wait for apt; once a day is enough."""
    try:
        content, changed = _refusals(settings).read_text(), _refusals(settings).stat().st_mtime
    except OSError:
        return False
    return set(missing) <= set(content.splitlines()) and time.time() - changed < DAY


def _refusals(settings):
    return settings.home / "system-packages-missing"
