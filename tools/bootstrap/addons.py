"""The modules of the repository: which there are, what they need, and whether they changed."""

import ast
from pathlib import Path

from .errors import Problem
from .files import digest

# Parts of a module that change nothing in a database (assets are looked at when served).
NOT_INSTALLED = ("tests/", "readme/", "static/src/", "static/lib/", "static/tests/", "README")


def modules(root):
    """Manifest of every module of the repository, by name, a module after what it needs."""
    found = {}
    for manifest in sorted(Path(root).glob("itsms_*/__manifest__.py")):
        content = read_manifest(manifest)
        if content.get("installable", True):
            found[manifest.parent.name] = content
    return {name: found[name] for name in _sorted_by_need(found)}


def read_manifest(path):
    """The manifest as a dictionary; it is a literal, nothing is run."""
    try:
        return ast.literal_eval(path.read_text(encoding="utf-8"))
    except (SyntaxError, ValueError) as error:
        raise Problem(f"{path} cannot be read: {error}", "correct the file.") from error


def outside_needs(found):
    """The modules of Odoo itself that ours need directly."""
    needed = {name for manifest in found.values() for name in manifest.get("depends", ["base"])}
    return sorted((needed | {"base", "web"}) - set(found))


def fingerprint(root, name, without=()):
    """A hash that changes whenever an installed module would have to be updated.

    ``without`` names top folders that do not count, for a database that holds nothing of them.
    """
    folder = Path(root, name)
    skipped = (*NOT_INSTALLED, *(f"{part}/" for part in without))
    parts = []
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder).as_posix()
        if path.is_file() and "__pycache__" not in inside and not inside.startswith(skipped):
            parts += [inside, path]
    return digest(*parts)


def _sorted_by_need(found):
    ordered = []

    def add(name):
        if name in found and name not in ordered:
            for need in sorted(found[name].get("depends", [])):
                add(need)
            ordered.append(name)

    for name in sorted(found):
        add(name)
    return ordered
