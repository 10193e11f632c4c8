#!/usr/bin/env python3
"""Entry point of the bootstrap: ``python3 tools/itsms.py run|test|lint|…`` (see the Makefile).

Kept readable for old Pythons, so that they can say that they are too old.
"""

import os
import sys

OLDEST, NEWEST = (3, 10), (3, 13)


def complain_about_python(version):
    """What to tell somebody whose Python cannot run Odoo 19; nothing if it can."""
    if OLDEST <= version[:2] <= NEWEST:
        return None
    return (
        "Python %d.%d does not run Odoo 19: it needs %d.%d to %d.%d.\n"
        "  What to do: install such a Python and name it, for example: "
        "make run PYTHON=python3.11" % (version[:2] + OLDEST + NEWEST)
    )


if __name__ == "__main__":
    complaint = complain_about_python(tuple(sys.version_info))
    if complaint:
        sys.exit(complaint)
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    from bootstrap.cli import main

    sys.exit(main())
