"""Rules for a module as a whole: licence, what it depends on, packaging."""

import ast
import re

from .findings import finding

LICENCE = "LGPL-3"
VERSION = re.compile(r"19\.0\.\d+\.\d+\.\d+")


def check(root, addon, odoo_paths):
    """Licence LGPL-3, nothing AGPL below, version of Odoo 19, whool packaging, files present."""
    path = addon / "__manifest__.py"
    manifest = read_manifest(path)
    if manifest is None:
        yield finding(root, path, 1, "manifest", "is not a plain dictionary")
        return
    if manifest.get("license") != LICENCE:
        yield finding(root, path, 1, "licence", f"must be {LICENCE}")
    if not VERSION.fullmatch(str(manifest.get("version"))):
        yield finding(root, path, 1, "version", "must read 19.0.x.y.z")
    yield from _dependencies(root, path, manifest, odoo_paths)
    for name in (*manifest.get("data", ()), *manifest.get("demo", ())):
        if not (addon / name).is_file():
            yield finding(root, path, 1, "manifest", f"names {name}, which is not there")
    yield from _packaging(root, addon)


def read_manifest(path):
    """The manifest, or ``None`` if it cannot be read without running it."""
    try:
        content = ast.literal_eval(path.read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def _dependencies(root, path, manifest, odoo_paths):
    for name in manifest.get("depends", ()):
        below = _find(name, (root, *odoo_paths))
        if below is None:
            if odoo_paths:
                yield finding(root, path, 1, "dependency", f"{name} is neither here nor in Odoo")
        elif "AGPL" in str(below.get("license", "")).upper():
            yield finding(root, path, 1, "agpl", f"{name} is {below['license']}; we are {LICENCE}")


def _find(name, folders):
    for folder in folders:
        manifest = folder / name / "__manifest__.py"
        if manifest.is_file():
            return read_manifest(manifest) or {}
    return None


def _packaging(root, addon):
    path = addon / "pyproject.toml"
    if not path.is_file():
        yield finding(root, addon / "__manifest__.py", 1, "packaging", "pyproject.toml is missing")
    elif "whool.buildapi" not in path.read_text(encoding="utf-8"):
        yield finding(root, path, 1, "packaging", "the build backend must be whool.buildapi")
