"""The rules of this repository that no ready-made linter knows.

``python tools/house_rules [--odoo FOLDER]`` prints one line per finding and ends with 1 if there
is any. Needs lxml and polib (tools/requirements/lint.txt).
"""
