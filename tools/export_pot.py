"""Run with Odoo's Python: export one .pot per module. Arguments: CONF DATABASE FOLDER MODULE…"""

import sys
from pathlib import Path

import odoo.init  # noqa: F401  (Odoo is not whole without it)
from odoo.api import SUPERUSER_ID, Environment
from odoo.modules.registry import Registry
from odoo.tools import config
from odoo.tools.translate import trans_export


def main(conf, db, folder, *modules):
    """Write FOLDER/MODULE.pot for each module that has terms."""
    config.parse_config(["-c", conf, "-d", db, "--no-http", "--max-cron-threads=0"])
    with Registry(db).cursor() as cr:
        env = Environment(cr, SUPERUSER_ID, {})
        for module in modules:
            with Path(folder, f"{module}.pot").open("wb") as out:
                trans_export(None, [module], out, "po", env)


if __name__ == "__main__":
    main(*sys.argv[1:])
