"""Run all rules over the repository: ``python tools/house_rules [--odoo FOLDER]``."""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from house_rules import modules, python, text, translations, xml
from house_rules.findings import addons, tracked_files

ROOT = Path(__file__).resolve().parents[2]


def check(root, odoo_paths=()):
    """All findings in a repository."""
    files = tracked_files(root)
    findings = [*text.check(root, files), *python.check(root, files)]
    for addon in addons(root):
        findings += modules.check(root, addon, odoo_paths)
        findings += xml.check(root, addon)
        findings += translations.check(root, addon)
    return findings


def main():
    """Print the findings; 1 if there are any."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, default=ROOT)
    parser.add_argument("--odoo", type=Path, action="append", default=[],
                        help="an addons folder of Odoo, to look up licences")
    options = parser.parse_args()
    findings = check(options.root.resolve(), options.odoo)
    for finding in sorted(findings):
        print(finding)
    print(f"House rules: {len(findings) or 'no'} finding{'s' if len(findings) != 1 else ''}")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
