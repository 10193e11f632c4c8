"""Run with Odoo's Python: CONF DATABASE SCRIPT [ARGUMENT…] calls main(env) of the script."""

import runpy
import sys

import odoo.init  # noqa: F401  (Odoo is not whole without it)
from odoo.api import SUPERUSER_ID, Environment
from odoo.modules.registry import Registry
from odoo.tools import config


def main(conf, db, script, *arguments):
    """Open the database as the superuser and hand it to the script."""
    config.parse_config([
        "-c", conf, "-d", db, "--no-http", "--max-cron-threads=0", "--log-level=warn",
    ], setup_logging=True)
    functions = runpy.run_path(script, run_name="itsms_bench")
    sys.argv = [script, *arguments]
    with Registry(db).cursor() as cr:
        return functions["main"](Environment(cr, SUPERUSER_ID, {}))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]) or 0)
