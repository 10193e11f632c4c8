"""What can be set from outside, and where things lie. Everything comes from the environment."""

import hashlib
import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from .errors import Problem

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ("en_US", "zh_CN")


@dataclass(frozen=True)
class Settings:
    """The settings of one command; see ``from_env`` for their names outside."""

    root: Path = ROOT
    home: Path = ROOT / ".itsms"
    port: int = 8069
    db: str = "itsms"
    odoo: Path | None = None
    lang: str | None = None
    pg: dict = field(default_factory=dict)
    system_packages: bool = True
    lanes: int | None = None

    @classmethod
    def from_env(cls, env=None, root=ROOT):
        """Read PORT, DB, ODOO, LANG_DEFAULT, PG* and ITSMS_*."""
        env = os.environ if env is None else env
        root = Path(root).resolve()
        home = Path(env.get("ITSMS_HOME") or root / ".itsms").expanduser().absolute()
        return cls(
            root=root,
            home=home,
            port=_port(env.get("PORT") or "8069"),
            db=_database(env.get("DB") or "itsms"),
            odoo=Path(env["ODOO"]).expanduser().absolute() if env.get("ODOO") else None,
            lang=_language(env.get("LANG_DEFAULT")),
            pg=_own_server(env, home),
            system_packages=(env.get("ITSMS_SYSTEM_PACKAGES") or "yes") != "no",
            lanes=_lanes(env.get("ITSMS_LANES")),
        )

    @property
    def checkout_id(self):
        """Tells this checkout from every other one on the machine or on a shared server."""
        return hashlib.sha256(f"{self.root}\n{self.home}".encode()).hexdigest()[:8]

    @property
    def venv(self):
        return self.home / "venv"

    @property
    def python(self):
        return self.venv / "bin" / "python"

    @property
    def downloads(self):
        return self.home / "downloads"

    @property
    def logs(self):
        return self.home / "log"

    @property
    def data_dir(self):
        return self.home / "data"

    @property
    def conf(self):
        return self.home / "odoo.conf"

    def make_folders(self):
        """Create the work folder; private, because it holds a database and passwords."""
        self.home.mkdir(parents=True, exist_ok=True)
        (self.home / ".gitignore").write_text("*\n")
        for folder in (self.downloads, self.logs, self.home / "tmp", self.home / "locks"):
            folder.mkdir(exist_ok=True)
        self.data_dir.mkdir(mode=0o700, exist_ok=True)


def _port(text):
    if text.isdigit() and 1 <= int(text) <= 65535:
        return int(text)
    raise Problem(f"PORT={text} is not a port number.", "use 1 to 65535, for example PORT=8070.")


def _database(text):
    if re.fullmatch(r"[A-Za-z0-9][\w.-]{0,40}", text, re.ASCII):
        return text
    raise Problem(
        f"DB={text} is not a usable database name.",
        "use up to 41 letters, digits, '_', '-' or '.', beginning with a letter or digit.",
    )


def _language(text):
    if not text or text in LANGUAGES:
        return text or None
    raise Problem(f"LANG_DEFAULT={text} is not delivered.", f"use {' or '.join(LANGUAGES)}.")


def _lanes(text):
    if not text or (text.isdigit() and 1 <= int(text) <= 16):
        return int(text) if text else None
    raise Problem(
        f"ITSMS_LANES={text} is no number of lanes.",
        "use 1 (one test after the other) to 16; leave it unset for what suits this machine.",
    )


def _own_server(env, home):
    """The PG* variables when they name a server of the user's own.

    ``env.sh`` exports them for the embedded server too; ITSMS_PGHOST beside them tells that
    it did, so that sourcing it does not turn our own server into a foreign one.
    """
    host = env.get("PGHOST")
    if not host or host == env.get("ITSMS_PGHOST"):
        return {}
    names = ("PGHOST", "PGPORT", "PGUSER", "PGPASSWORD")
    return {name: env[name] for name in names if env.get(name)}
