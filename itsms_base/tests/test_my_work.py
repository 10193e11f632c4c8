from .common import ItsmsCase, tagged


@tagged("post_install", "-at_install")
class TestMyWork(ItsmsCase):
    def _sections(self, user, company=None):
        page = self._as(self.env["itsms.my.work"], user).get_sections()
        return {section["key"]: section for section in page["sections"]}

    def _pending(self, count=1, **vals):
        changes = self.env["itsms.parameter.change"].with_user(self.office)
        for number in range(count):
            changes |= self._change(value=str(number % 50 + 2), **vals)
        changes.action_submit()
        return changes

    def _decider(self, change):
        return change.sudo().approval_step_ids.filtered(lambda s: s.state == "open").approver_ids[0]

    def test_what_waits_for_me_and_what_i_submitted(self):
        """COM-5: the first page shows each person what waits for him and what he submitted."""
        change = self._pending()
        decider = self._decider(change)
        section = self._sections(decider)["to_decide"]
        self.assertEqual(section["count"], 1)
        item = section["items"][0]
        self.assertEqual((item["res_model"], item["res_id"]), (change._name, change.id))
        self.assertEqual(item["by"], "Office")
        self.assertFalse(item["stand_in"])
        self.assertEqual(self._sections(self.office)["submitted"]["count"], 1)
        for user in (self.reader, self.auditor, self.author):
            sections = self._sections(user)
            self.assertEqual({s["count"] for s in sections.values()}, {0}, user.name)

    def test_only_what_there_is(self):
        """COM-5: no empty cards; who has nothing to do reads that nothing waits for him."""
        self.assertEqual(list(self._sections(self.reader)), ["to_decide"])
        self.assertTrue(self._sections(self.reader)["to_decide"]["empty"])
        self._pending()
        self.assertIn("submitted", self._sections(self.office))
        self.assertNotIn("late", self._sections(self.office))

    def test_returned_to_me(self):
        """COM-5 COM-7: what was rejected is on the page of its author, with the way back."""
        change = self._pending()
        self._as(change, self._decider(change)).action_reject("not so")
        section = self._sections(self.office)["returned"]
        self.assertEqual(section["count"], 1)
        self.assertEqual(section["items"][0]["res_id"], change.id)
        self.assertNotIn("submitted", self._sections(self.office))

    def test_as_stand_in(self):
        """COM-6: a stand-in finds the work of the absent person, marked as such."""
        change = self._pending()
        decider = self._decider(change)
        today = self.company._itsms_today()
        self._as(self.env["itsms.stand.in"], decider).create(
            {
                "principal_id": decider.id,
                "substitute_id": self.vp.id,
                "company_id": self.company.id,
                "date_to": today,
                "reason": "Leave",
            }
        )
        item = self._sections(self.vp)["to_decide"]["items"][0]
        self.assertTrue(item["stand_in"])
        self.assertEqual(item["res_id"], change.id)

    def test_late_is_seen_by_deciders_submitters_and_office(self):
        """COM-23: what is late shows to those who can do something about it."""
        change = self._pending()
        step = change.sudo().approval_step_ids
        step._engine_write({"deadline": "2020-01-01 00:00:00"})
        for user in (self._decider(change), self.office):
            section = self._sections(user)["late"]
            self.assertEqual(section["count"], 1, user.name)
            self.assertTrue(all(item["late"] for item in section["items"]))
        self.assertNotIn("late", self._sections(self.reader))

    def test_another_company_shows_nothing(self):
        """COM-17: the page is that of the companies one works in."""
        other = self.env["res.company"].create({"name": "Other Company", "itsms_code": "OT"})
        stranger = self._person("stranger", None, "itsms_base.group_itsms_manager", other)
        self._pending()
        sections = self._sections(stranger)
        self.assertEqual((sections["to_decide"]["count"], sections["to_decide"]["items"]), (0, []))
        for key in ("submitted", "returned", "late"):
            self.assertNotIn(key, sections)

    def test_the_page_costs_the_same_for_200_records(self):
        """COM-5: first page in a fixed number of queries, however much waits."""
        change = self._pending()
        decider = self._decider(change)
        self._sections(decider)
        few = self._queries(decider)
        self._pending(200)
        many = self._queries(decider)
        self.assertLessEqual(many, few + 2)
        section = self._sections(decider)["to_decide"]
        self.assertEqual(section["count"], 201)
        self.assertLess(len(section["items"]), 30)

    def _queries(self, user):
        model = self._as(self.env["itsms.my.work"], user)
        before = self.env.cr.sql_log_count
        model.get_sections()
        return self.env.cr.sql_log_count - before
