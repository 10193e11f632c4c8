from odoo.exceptions import AccessError, UserError

from .common import ItsmsCase, tagged


@tagged("post_install", "-at_install")
class TestApprovalEditors(ItsmsCase):
    """COM-8: whoever wrote the content does not decide on it, under whatever name it is sent."""

    def test_who_changed_the_draft_cannot_approve_it(self):
        """COM-8: the decider corrected the draft; a colleague submits it; he is not asked."""
        self.mr.group_ids |= self.env.ref("itsms_base.group_itsms_office")
        change = self._change(self.office)
        self._as(change, self.mr).write({"reason": "Measured twice"})
        with self.assertRaisesRegex(UserError, "COM-8"):
            self._as(change, self.office).action_submit()
        self._assign("management_representative", self.president)
        self._as(change, self.office).action_submit()
        step = change.sudo().approval_step_ids
        self.assertEqual(step.approver_ids, self.president)
        with self.assertRaises(AccessError):
            self._as(change, self.mr).action_approve()
        self._as(change, self.president).action_approve()
        self.assertEqual(change.state, "approved")

    def test_who_changed_an_earlier_round_cannot_approve_a_later_one(self):
        """COM-8: the editors of all rounds are kept."""
        self.manager.group_ids |= self.env.ref("itsms_base.group_itsms_office")
        change = self._change(self.office)
        change.action_submit()
        self._as(change, self.mr).action_reject("Not yet")
        self._as(change, self.manager).write({"reason": "Measured again"})
        self._as(change, self.office).action_submit()
        self.assertIn(self.manager, change.sudo().approval_step_ids[:1].preparer_ids)

    def test_reading_and_notes_make_nobody_an_editor(self):
        """COM-8: only content counts, not discussion."""
        change = self._change(self.office)
        self._as(change, self.mr).sudo().message_post(body="Why?")
        self.assertEqual(change.sudo().approval_editor_ids, self.office)

    def test_editors_are_not_forged(self):
        """COM-8: the list of editors is the engine's own."""
        change = self._change(self.office)
        with self.assertRaises(AccessError):
            self._as(change, self.office).write({"approval_editor_ids": [(5, 0, 0)]})


@tagged("post_install", "-at_install")
class TestAskedInWords(ItsmsCase):
    def test_role_of_the_decider_in_the_language_of_the_reader(self):
        """COM-24: the office that is asked shows in the language of the reader."""
        self.env["res.lang"]._activate_lang("zh_CN")
        role = self.env.ref("itsms_base.itsms_role_management_representative")
        role.with_context(lang="zh_CN").name = "管理者代表"
        change = self._change(self.office)
        change.action_submit()
        step = self._as(change, self.office).approval_step_ids
        self.assertEqual(step.asked, "Management representative")
        self.assertEqual(step.with_context(lang="zh_CN").asked, "管理者代表")
        self.assertIn("管理者代表", change.with_context(lang="zh_CN").next_actor)


@tagged("post_install", "-at_install")
class TestCachedStanding(ItsmsCase):
    def test_cached_answers_are_forgotten_again_after_the_commit(self):
        """DOC-4.1.1.3f: what another thread cached meanwhile does not outlive the commit."""
        before = len(self.env.cr.postcommit._funcs)
        self._assign("hr_head", self.reader)
        self.assertGreater(len(self.env.cr.postcommit._funcs), before)
