from pathlib import Path

from lxml import etree

from odoo.modules.module import Manifest
from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestDemoFiles(TransactionCase):
    """Demo data grow from version to version; an update must not add half of them."""

    def test_update_adds_no_demo_records(self):
        """At an update Odoo skips the functions of demo files, so records that came with a later
        version would stay without their history, or fail for want of it."""
        missing = []
        modules = Path(Manifest.for_addon("itsms_base").path).parent
        for manifest in sorted(modules.glob("itsms_*/__manifest__.py")):
            module = manifest.parent
            for path in Manifest.for_addon(module.name).get("demo", ()):
                if not path.endswith(".xml"):
                    continue
                tree = etree.parse(module / path)
                missing += [
                    f"{module.name}/{path}: {record.get('id')}"
                    for record in tree.iter("record")
                    if record.getparent().tag in ("odoo", "data")
                    and record.get("forcecreate") != "0"
                ]
        self.assertFalse(missing, 'Records without forcecreate="0"')
