"""Odoo's configuration files: bound to loopback, database manager closed."""

import os
import secrets

from . import odoo_source
from .files import write_atomic

TEXT = """\
[options]
addons_path = {addons}
data_dir = {data_dir}
http_interface = 127.0.0.1
http_port = {port}
proxy_mode = False
list_db = False
admin_passwd = {password}
workers = 0
max_cron_threads = 1
db_host = {PGHOST}
db_port = {PGPORT}
db_user = {PGUSER}
limit_time_real = 0
limit_time_cpu = 0
"""


def write(settings, server, odoo_path):
    """Write ``odoo.conf`` and ``env.sh`` for this checkout; passwords stay out of both."""
    addons = [settings.root, *odoo_source.addons_paths(odoo_path)]
    text = TEXT.format(
        addons=",".join(map(str, addons)), data_dir=settings.data_dir, port=settings.port,
        password=_master_password(settings), **server.connection,
    )
    write_atomic(settings.conf, text, mode=0o600)
    write_atomic(settings.home / "env.sh", _shell(settings, server))


def _master_password(settings):
    """A random password nobody needs: it only closes what list_db leaves open."""
    path = settings.home / "master-password"
    if not path.exists():
        write_atomic(path, secrets.token_urlsafe(32), mode=0o600)
    return path.read_text()


def _shell(settings, server):
    """For a developer's own shell: ``source .itsms/env.sh``."""
    variables = {
        **{name: value for name, value in server.connection.items() if name != "PGPASSWORD"},
        "ODOO_RC": str(settings.conf),
    }
    if server.embedded:
        variables["ITSMS_PGHOST"] = variables["PGHOST"]
    lines = [f"export {name}={_quoted(value)}" for name, value in variables.items()]
    path = os.pathsep.join(map(str, (settings.venv / "bin", server.programs)))
    lines.append(f"export PATH={_quoted(path)}:$PATH")
    return "\n".join(lines) + "\n"


def _quoted(text):
    return "'" + text.replace("'", "'\\''") + "'"
