import threading

from odoo import api
from odoo.exceptions import ConcurrencyError
from odoo.modules.registry import Registry
from odoo.tests import BaseCase, tagged
from odoo.tests.common import get_db_name
from odoo.tools import mute_logger


@tagged("post_install", "-at_install")
class TestTwoTransactions(BaseCase):
    """Real cursors that commit: what they leave behind is taken away again afterwards."""

    def setUp(self):
        super().setUp()
        self.registry = Registry(get_db_name())
        with self.registry.cursor() as cr:
            env = api.Environment(cr, api.SUPERUSER_ID, {})
            self.role_id = env["itsms.role"].create({"name": "Two", "code": "test_two_cursors"}).id
            self.scheme_id = (
                env["itsms.number.scheme"]
                .create({"name": "Two", "code": "test_two", "pattern": "T-{serial:03}"})
                .id
            )
        self.addCleanup(self._clean)

    def _clean(self):
        with self.registry.cursor() as cr:
            cr.execute("ALTER TABLE itsms_log DISABLE TRIGGER USER")
            cr.execute(
                "DELETE FROM itsms_log WHERE res_model = 'itsms.role' AND res_id = %s",
                [self.role_id],
            )
            cr.execute("ALTER TABLE itsms_log ENABLE TRIGGER USER")
            cr.execute("DELETE FROM itsms_number_counter WHERE scheme_id = %s", [self.scheme_id])
            cr.execute("DELETE FROM itsms_number_scheme WHERE id = %s", [self.scheme_id])
            cr.execute("DELETE FROM itsms_role WHERE id = %s", [self.role_id])

    def _env(self, cr):
        env = api.Environment(cr, api.SUPERUSER_ID, {})
        cr.execute("SET LOCAL lock_timeout = '20s'")
        cr.execute("SELECT 1 FROM itsms_role LIMIT 1")  # the snapshot is taken now
        return env

    def _collide(self, act):
        """Run ``act`` in two transactions that began at the same time; return the results.

        The first commits while the second waits for it (or fails at once).
        """
        with self.registry.cursor() as first, self.registry.cursor() as second:
            first_env, second_env = self._env(first), self._env(second)
            results = [act(first_env), None]

            def run():
                try:
                    results[1] = act(second_env)
                    second.commit()
                except Exception as exc:  # handed to the test
                    results[1] = exc
                    second.rollback()

            with mute_logger("odoo.sql_db"):
                thread = threading.Thread(target=run)
                thread.start()
                first.commit()
                thread.join(30)
            self.assertFalse(thread.is_alive())
        return results

    def _retry(self, act):
        with self.registry.cursor() as cr:
            return act(api.Environment(cr, api.SUPERUSER_ID, {}))

    def test_two_transactions_append_to_the_same_chain(self):
        """COM-3: one of two simultaneous writers is asked to try again; the chain stays whole."""

        def act(env):
            return env["itsms.role"].browse(self.role_id)._log("other", comment="two").position

        first, second = self._collide(act)
        self.assertEqual(first, 1)
        self.assertTrue(
            isinstance(second, ConcurrencyError) or getattr(second, "pgcode", None) == "40001",
            second,
        )
        self.assertEqual(self._retry(act), 2)
        with self.registry.cursor() as cr:
            env = api.Environment(cr, api.SUPERUSER_ID, {})
            self.assertFalse(env["itsms.log"]._find_broken_line("itsms.role", self.role_id))

    def test_two_transactions_draw_at_the_same_time(self):
        """COM-1: no serial is given twice; the loser tries again and leaves no gap."""

        def act(env):
            return env["itsms.number.scheme"].browse(self.scheme_id)._draw(env.company, 3)

        first, second = self._collide(act)
        self.assertEqual(first, 1)
        if isinstance(second, Exception):
            self.assertEqual(second.pgcode, "40001")
            second = self._retry(act)
        self.assertEqual(second, 4)
        self.assertEqual(self._retry(act), 7)

    def test_a_rolled_back_request_gives_its_serials_back(self):
        """COM-1: gapless – what was drawn and not committed is drawn again."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, api.SUPERUSER_ID, {})
            scheme = env["itsms.number.scheme"].browse(self.scheme_id)
            self.assertEqual(scheme._draw(env.company, 5), 1)
            cr.rollback()
        self.assertEqual(
            self._retry(
                lambda env: env["itsms.number.scheme"].browse(self.scheme_id)._draw(env.company, 1)
            ),
            1,
        )
