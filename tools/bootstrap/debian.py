"""Debian packages without root and without touching the system.

A private apt state (own sources list, own package lists, own cache) asks the mirror this very
machine is set up to use, for the suites we name. The packages are unpacked with ``dpkg -x``
into a folder of ours. No address of a mirror is written down anywhere.
"""

import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path

from .errors import NO_SPACE_TEXT, Problem, disk_full
from .files import need_space, write_atomic
from .progress import run

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
OWN_ODOO = (
    "set ODOO to an Odoo 19 Community you have: a git checkout, or the folder of an "
    "installation (the one that contains `odoo/release.py`). Example: make run ODOO=~/odoo19"
)
URI_LINE = re.compile(r"'(?P<uri>[^']+)' (?P<file>\S+) (?P<size>\d+) SHA256:(?P<sha256>\w+)")


def require_apt():
    """apt, dpkg and a Debian under them, or a message about ODOO."""
    for tool in ("apt-get", "dpkg"):
        if not shutil.which(tool):
            raise Problem(f"Odoo 19 cannot be fetched here: no `{tool}` on this machine.", OWN_ODOO)


def running_suite():
    """Code name of the Debian release this machine runs."""
    try:
        text = Path("/etc/os-release").read_text()
    except OSError:
        text = ""
    found = re.search(r"^VERSION_CODENAME=\"?(\w+)", text, re.MULTILINE)
    if not found or not re.search(r"^ID=\"?debian", text, re.MULTILINE):
        raise Problem("Odoo 19 cannot be fetched here: this is not Debian.", OWN_ODOO)
    return found[1]


def mirror(suite):
    """The site this machine is set up to fetch ``suite`` from."""
    listing = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(SITE) $(CODENAME) $(COMPONENT)",
         "Created-By: Packages"],
        capture_output=True, text=True, check=False,
    ).stdout
    for line in listing.splitlines():
        site, codename, component = line.split(" ")[:3]
        if codename == suite and component == "main":
            return site
    raise Problem(f"apt knows no mirror for Debian {suite} on this machine.", OWN_ODOO)


class PrivateApt:
    """An apt of our own that knows the running suite and ``sid`` and installs nothing."""

    def __init__(self, folder, log):
        self.state = folder / "apt"
        self.log = log

    def prepare(self):
        """Lay out the private state and fetch the package lists."""
        suite = running_suite()
        site = mirror(suite)
        for part in ("lists/partial", "cache/archives/partial"):
            (self.state / part).mkdir(parents=True, exist_ok=True)
        signed = f"[signed-by={KEYRING}] " if KEYRING.exists() else ""
        suites = dict.fromkeys(("sid", suite))
        (self.state / "sources.list").write_text(
            "".join(f"deb {signed}{site} {name} main\n" for name in suites)
        )
        self._run(["update"], self.state)

    def look_up(self, names):
        """What would be downloaded: ``[{uri, file, size, sha256}]``."""
        done = subprocess.run(
            [*self._command(), "--print-uris", "download", *names],
            capture_output=True, text=True, check=False,
        )
        found = [match.groupdict() for match in URI_LINE.finditer(done.stdout)]
        if done.returncode or len(found) != len(names):
            raise Problem(
                f"The Debian mirror of this machine does not offer {', '.join(names)}:\n"
                f"    {done.stderr.strip()}", OWN_ODOO,
            )
        return [item | {"size": int(item["size"])} for item in found]

    def download(self, names, folder):
        """Fetch packages into ``folder``; apt goes on where a broken download stopped."""
        self._run(["download", *names], folder)

    def forget_lists(self):
        """The package lists are large and stale tomorrow."""
        shutil.rmtree(self.state, ignore_errors=True)

    def _command(self):
        options = {
            "Dir::Etc::sourcelist": self.state / "sources.list",
            "Dir::Etc::sourceparts": "/dev/null",
            "Dir::State": self.state,
            "Dir::State::lists": self.state / "lists",
            "Dir::State::status": "/var/lib/dpkg/status",
            "Dir::Cache": self.state / "cache",
            "APT::Sandbox::User": "",
            "Acquire::Languages": "none",
            "Acquire::Retries": "3",
        }
        return ["apt-get", "-q", *(f"-o{name}={value}" for name, value in options.items())]

    def _run(self, arguments, folder):
        run(
            [*self._command(), *arguments], self.log,
            "The download from the Debian mirror broke off.",
            "check the network and run the same command again: it goes on where it stopped. "
            "Or " + OWN_ODOO,
            cwd=folder,
        )


def fetch(names, folder, log, step):
    """Have the packages in ``folder``, whole; returns their files.

    ``index.json`` beside them remembers names, sizes and checksums, so that later runs need
    neither the network nor the package lists.
    """
    folder.mkdir(parents=True, exist_ok=True)
    index = folder / "index.json"
    known = _read_index(index, names)
    if known and all(_is_whole(folder, item) for item in known):
        return [folder / item["file"] for item in known]
    require_apt()
    apt = PrivateApt(folder, log)
    step.doing("asking the Debian mirror")
    apt.prepare()
    known = apt.look_up(names)
    total = sum(item["size"] for item in known)
    need_space(folder, total, "the download of Odoo")
    _drop_damaged(folder, known)
    with step.watch(folder, total):
        apt.download(names, folder)
    for item in known:
        _check(folder, item)
    write_atomic(index, json.dumps({"names": names, "files": known}, indent=1))
    apt.forget_lists()
    return [folder / item["file"] for item in known]


def unpack(debs, folder):
    """Unpack packages into one tree, nothing run, nothing registered."""
    for deb in debs:
        done = subprocess.run(
            ["dpkg", "-x", str(deb), str(folder)], capture_output=True, text=True, check=False
        )
        if NO_SPACE_TEXT in done.stderr:
            raise disk_full(folder)
        if done.returncode:
            raise Problem(
                f"Could not unpack {deb.name}: {done.stderr.strip()}",
                f"delete {deb} and run the same command again.",
            )


def _read_index(index, names):
    try:
        content = json.loads(index.read_text())
    except (OSError, ValueError):
        return None
    return content["files"] if content.get("names") == names else None


def _is_whole(folder, item):
    path = folder / item["file"]
    if not path.is_file() or path.stat().st_size != item["size"]:
        return False
    with path.open("rb") as handle:
        return _sha256(handle) == item["sha256"]


def _drop_damaged(folder, items):
    """apt completes a part of a file, but believes one that has its full length."""
    for item in items:
        path = folder / item["file"]
        if path.is_file() and path.stat().st_size >= item["size"] and not _is_whole(folder, item):
            path.unlink()


def _sha256(handle):
    total = hashlib.sha256()
    while block := handle.read(1 << 20):
        total.update(block)
    return total.hexdigest()


def _check(folder, item):
    """A file that is not what the mirror announced is deleted, so that the next try is clean."""
    if _is_whole(folder, item):
        return
    (folder / item["file"]).unlink(missing_ok=True)
    raise Problem(
        f"The download of {item['file']} arrived damaged.",
        "run the same command again: the damaged file is gone, the others are kept.",
    )
