"""``make bench``: the speed table, measured on a copy of the prepared database."""

import os
import platform
import subprocess

from . import template
from .errors import Problem
from .progress import say
from .stage import prepare

SCRIPT = "tests/bench/bench.py"


def bench(settings, arguments):
    """Run ``main(env)`` of the bench script; print the machine it ran on."""
    script = settings.root / SCRIPT
    if not script.is_file():
        raise Problem(
            f"There is nothing to measure: {SCRIPT} is missing.",
            "write it with a function main(env), env being an Odoo environment.",
        )
    stage = prepare(settings)
    with stage.server.running():
        name = template.prepare(stage)
        with template.clone(stage, name, "bench") as db:
            say()
            for title, value in machine(stage.server.sql("SHOW server_version")):
                say(f"  {title:<10} {value}")
            say()
            runner = settings.root / "tools" / "run_bench.py"
            command = [settings.python, runner, settings.conf, db, script, *arguments]
            return subprocess.run(
                [str(part) for part in command], cwd=settings.root, env=stage.environment(),
                stdin=subprocess.DEVNULL, check=False,
            ).returncode


def machine(postgres_version):
    """What the numbers were measured on."""
    yield "CPU", f"{_proc('cpuinfo', 'model name') or platform.processor()}"
    yield "Cores", os.cpu_count()
    memory = _proc("meminfo", "MemTotal").split()
    yield "RAM", f"{int(memory[0]) / 1e6:.1f} GB" if memory else "unknown"
    yield "System", platform.platform()
    yield "Python", platform.python_version()
    yield "PostgreSQL", postgres_version


def _proc(file, key):
    """A value of /proc, which not every system has."""
    try:
        with open(f"/proc/{file}", encoding="utf-8") as lines:
            for line in lines:
                if line.startswith(key):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return ""
