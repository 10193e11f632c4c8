"""A pytest plugin: write down how many tests passed, failed and were skipped, and which failed.

``make test`` runs several pytest processes and adds up what they counted. The file is named by
ITSMS_COUNT; no file means that pytest did not come to its end.
"""

import json
import os
from pathlib import Path


def pytest_terminal_summary(terminalreporter):
    """The numbers of pytest's own closing line."""
    found = {key: len(reports) for key, reports in terminalreporter.stats.items()}
    broken = [*terminalreporter.stats.get("failed", []), *terminalreporter.stats.get("error", [])]
    counted = {
        "passed": found.get("passed", 0) + found.get("xpassed", 0),
        "failed": found.get("failed", 0) + found.get("error", 0),
        "skipped": found.get("skipped", 0) + found.get("xfailed", 0),
        "failures": sorted({report.nodeid for report in broken}),
    }
    Path(os.environ["ITSMS_COUNT"]).write_text(json.dumps(counted), encoding="utf-8")
