"""What a rule reports, and what the rules look at."""

import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, order=True)
class Finding:
    """One breach of a rule."""

    path: str
    line: int
    rule: str
    message: str

    def __str__(self):
        return f"{self.path}:{self.line}: [{self.rule}] {self.message}"


def finding(root, path, line, rule, message):
    """A finding with its path as seen from the top of the repository."""
    return Finding(Path(path).relative_to(root).as_posix(), line or 1, rule, message)


def addons(root):
    """The folders of the repository's modules."""
    return sorted(manifest.parent for manifest in root.glob("itsms_*/__manifest__.py"))


def tracked_files(root):
    """Files that are, or would be, in a commit."""
    listing = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"],
        cwd=root, capture_output=True, check=False,
    )
    if listing.returncode:  # an unpacked archive
        return [path for path in sorted(root.rglob("*")) if path.is_file() and _ours(root, path)]
    names = sorted({name for name in listing.stdout.decode().split("\0") if name})
    return [root / name for name in names if (root / name).is_file()]


def _ours(root, path):
    return not any(part.startswith(".") or part == "__pycache__"
                   for part in path.relative_to(root).parts[:-1])
