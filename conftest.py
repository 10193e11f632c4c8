"""Lets tests that cross modules lie in tests/, outside any addon.

Odoo gives default tags only to test classes of addons; here every class gets them.
"""


def pytest_configure(config):
    """Only where pytest-odoo runs: the plain tests know no Odoo."""
    if config.pluginmanager.hasplugin("odoo"):
        from odoo.tests.common import BaseCase

        BaseCase.test_tags = {"standard", "at_install"}
        BaseCase.test_module = "itsms"
