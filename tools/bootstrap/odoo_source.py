"""Odoo 19 Community: the user's own (``ODOO``) or Debian's package, unpacked in the work folder."""

import ast
from pathlib import Path

from . import debian
from .errors import Problem
from .files import building, digest, is_stamped, need_space
from .progress import megabytes, step

SID = ["odoo-19", "fonts-montserrat"]
# What the package links to. From the running suite: sid's Font Awesome breaks every icon.
RUNNING = [
    "libjs-jquery", "libjs-jquery-form", "libjs-underscore", "fonts-font-awesome",
    "fonts-roboto-unhinted", "fonts-inconsolata", "fonts-ocr-b",
]
PACKAGE_PATH = "usr/lib/python3/dist-packages"
# Left out of the package as non-free, yet listed in an asset bundle: an empty file will do.
MISSING_FILE = "odoo/addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js"
UNPACKED_SIZE = 1_700_000_000
PLACES = (
    "lib/python3/dist-packages", PACKAGE_PATH, "lib/python3.*/site-packages",
    "usr/lib/python3.*/site-packages", "Lib/site-packages",
)


def prepare(settings):
    """The folder that goes on the Python path so that ``import odoo`` is Odoo 19."""
    with step("Odoo 19") as current:
        if settings.odoo:
            path = own_odoo(settings.odoo)
            current.note(f"your own, {path}")
            return path
        return _packaged(settings, current)


def own_odoo(folder):
    """Find Odoo 19 in a checkout or an installation; a :class:`Problem` if it is not one."""
    places = [folder, *(path for pattern in PLACES for path in sorted(folder.glob(pattern)))]
    for path in places:
        version = series(path / "odoo")
        if version == "19.0":
            return path.resolve()
        if version:
            raise Problem(
                f"ODOO={folder} is Odoo {version}, the modules here are for Odoo 19.",
                "point ODOO at an Odoo 19 Community, or leave it unset to have one fetched.",
            )
    raise Problem(
        f"ODOO={folder} is no Odoo: there is no `odoo/release.py` in it.",
        "give the top folder of an Odoo 19 git checkout or of an installation.",
    )


def series(package):
    """``"19.0"`` for the folder of an ``odoo`` package, ``None`` if it is none."""
    try:
        tree = ast.parse((package / "release.py").read_text(encoding="utf-8"))
    except (OSError, SyntaxError):
        return None
    for node in tree.body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "version_info":
            major, minor = node.value.elts[:2]
            return f"{major.value}.{minor.value}"
    return None


def addons_paths(path):
    """The addons folders of an Odoo that Odoo itself might not find (checkout layout)."""
    return [folder for folder in (path / "odoo" / "addons", path / "addons") if folder.is_dir()]


def _packaged(settings, current):
    folder = settings.home / "odoo"
    stamp = digest(*SID, *RUNNING, MISSING_FILE)
    if is_stamped(folder, stamp):
        current.note("ready")
        return folder / PACKAGE_PATH
    debian.require_apt()
    names = [f"{name}/sid" for name in SID]
    names += [f"{name}/{debian.running_suite()}" for name in RUNNING]
    debs = debian.fetch(names, settings.downloads / "odoo", settings.logs / "apt.log", current)
    need_space(settings.home, UNPACKED_SIZE, "Odoo")
    current.doing("unpacking")
    with building(folder, stamp) as new:
        debian.unpack(debs, new)
        _complete(new / PACKAGE_PATH)
    current.note(f"unpacked from {megabytes(sum(deb.stat().st_size for deb in debs))}")
    return folder / PACKAGE_PATH


def _complete(path):
    """Fill the one gap of the package, and see that it is an Odoo 19 with its links whole."""
    missing = path / MISSING_FILE
    missing.parent.mkdir(parents=True, exist_ok=True)
    missing.touch()
    jquery = path / "odoo/addons/web/static/lib/jquery/jquery.js"
    if series(path / "odoo") != "19.0" or not jquery.exists():
        raise Problem(
            "Debian's package odoo-19 is not what it was when this was written.",
            debian.OWN_ODOO,
        )


def release_text(path):
    """Something that changes when Odoo changes, for the key of cached databases."""
    return Path(path, "odoo", "release.py").read_text(encoding="utf-8")
