"""Translation files: exported from a fresh database with demo data, merged into Chinese.

``make i18n`` writes them into the modules; ``make test`` exports to a folder aside and compares.
"""

import shutil
import subprocess

from . import odoo_source, template
from .errors import Problem
from .progress import run, say, step
from .stage import prepare

LANGUAGE = "zh_CN"


def export(stage):
    """Export a ``.pot`` per module into a folder of the work folder; returns the folder."""
    db = template.prepare(stage, template.EXPORT)
    folder = stage.settings.home / "tmp" / "pot"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with step("Translation export") as current, template.clone(stage, db, "i18n") as copy:
        script = stage.settings.root / "tools" / "export_pot.py"
        run(
            [stage.settings.python, script, stage.settings.conf, copy, folder, *stage.modules()],
            stage.settings.logs / "i18n.log", "The translations could not be exported.",
            "read the log", env=stage.environment(), cwd=stage.settings.root,
        )
        current.note(f"{len(list(folder.glob('*.pot')))} modules")
    return folder


def update(settings, _arguments):
    """Bring ``i18n/*.pot`` and ``i18n/zh_CN.po`` of every module up to date."""
    stage = prepare(settings)
    if not stage.modules():
        raise Problem("There is no module here.", "run this in a complete clone.")
    with stage.server.running():
        folder = export(stage)
    script = settings.root / "tools" / "merge_translations.py"
    say("")
    return subprocess.run(
        [str(part) for part in (
            settings.python, script, folder, settings.root, LANGUAGE,
            *odoo_source.addons_paths(stage.odoo_path),
        )],
        check=False,
    ).returncode
