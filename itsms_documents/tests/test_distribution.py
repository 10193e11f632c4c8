from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tools import mute_logger

from .common import tagged
from .test_reading import ReadingCase

SCOPE = "itsms.document.distribution"


@tagged("post_install", "-at_install")
class TestDistribution(ReadingCase):
    def _draft(self, document=None, departments=None, user=None, **line):
        document = document or self._document()
        draft = self._scope(document, departments, approve=False, **line)
        return self._as(draft, user or self.controller)

    def _accepted(self, draft):
        draft.action_submit()
        self._as(draft, self.mr).action_approve()
        return self._as(draft, self.controller)

    # ------------------------------------------------------------ approval
    def test_the_management_representative_approves_the_scope(self):
        """DOC-3.5: the distribution scope is approved by the management representative."""
        draft = self._draft()
        draft.action_submit()
        self.assertEqual(draft.state, "pending")
        self.assertIn("Mr", self._as(draft, self.controller).next_actor)
        for user in (self.president, self.office, self.vp, self.controller, self.head):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._as(draft, user).action_approve()
        self._as(draft, self.mr).action_approve()
        document = self._as(draft.document_id, self.author)
        self.assertEqual((draft.state, document.distribution_id), ("approved", draft))
        with self.assertRaisesRegex(UserError, "Change the scope"):
            self._as(draft, self.office).line_ids.write({"paper_copies": 9})

    def test_who_proposes_does_not_approve(self):
        """DOC-3.5 COM-8: the management representative does not approve his own proposal."""
        draft = self._draft()
        self._assign("document_controller", self.mr)
        with self.assertRaisesRegex(UserError, "COM-8"):
            self._as(draft, self.mr).action_submit()

    def test_who_proposes(self):
        """DOC-3.3: the office, controllers and who writes the document propose, nobody else."""
        document = self._document()
        for user in (self.controller, self.office, self.author, self.head):
            with self.subTest(user=user.login):
                action = self._as(document, user).action_change_scope()
                scope = self._as(self.env[SCOPE].browse(action["res_id"]), user)
                self.assertEqual(scope.line_ids.department_id, self.dep_dev)
                scope.sudo().unlink()
        for user in (self.reader, self.auditor):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._as(document, user).action_change_scope()
        draft = self._draft(document)
        with self.assertRaises(AccessError):
            self._as(draft, self.reader).action_submit()
        with self.assertRaises(AccessError):
            self._as(draft.line_ids, self.reader).write({"paper_copies": 1})

    def test_nothing_is_published_without_a_scope(self):
        """DOC-3.5 DOC-4.2: no approved scope, no publication; a pending one is none."""
        revision = self._approved(scope=False)
        with self.assertRaisesRegex(UserError, "DOC-3.5"):
            self._as(revision, self.controller).action_publish()
        draft = self._draft(revision.document_id)
        draft.action_submit()
        with self.assertRaisesRegex(UserError, "DOC-4.2"):
            self._as(revision, self.office).action_transition("publish")
        self._as(draft, self.mr).action_approve()
        self._as(revision, self.controller).action_publish()
        self.assertEqual(revision.state, "valid")

    def test_a_parameter_switches_the_need_off(self):
        """DOC-3.5: a company that does without decides so by an approved parameter change."""
        revision = self._approved(scope=False)
        parameter = self._parameter("document.publish.scope")
        parameter.sudo().default_value = "no"
        self._as(revision, self.controller).action_publish()
        self.assertEqual(revision.state, "valid")

    # ------------------------------------------------------------ one scope, its change
    def test_new_scope_supersedes_the_old_one(self):
        """DOC-3.5: one scope is in force; an approved change takes its place, history stays."""
        first = self._accepted(self._draft(paper_copies=2))
        document = first.document_id
        action = self._as(first, self.controller).action_change_scope()
        second = self._as(self.env[SCOPE].browse(action["res_id"]), self.controller)
        again = self._as(document, self.office).action_change_scope()
        self.assertEqual(again["res_id"], second.id, "the one in work is opened, no second made")
        self.assertEqual(self._as(document, self.author).distribution_id, first)
        self._accepted(second)
        self.assertEqual((first.state, second.state), ("superseded", "approved"))
        self.assertTrue(first.superseded_at)
        self.assertEqual(document.distribution_id, second)
        self.assertEqual(document.scope_count, 2)

    @mute_logger("odoo.sql_db")
    def test_one_scope_in_work_and_one_in_force(self):
        """DOC-3.5: the database holds one scope in work and one in force per document."""
        draft = self._draft()
        with self.assertRaises(IntegrityError), self.cr.savepoint():
            self._draft(draft.document_id)
        scope = self._scope(self._document())
        with self.assertRaises(IntegrityError), self.cr.savepoint():
            self.env.flush_all()
            self.env.cr.execute(
                "INSERT INTO itsms_document_distribution (document_id, company_id, state)"
                " VALUES (%s, %s, 'approved')",
                [scope.document_id.id, self.company.id],
            )

    def test_departments_keep_their_numbers(self):
        """I-56 DOC-4.4.1.1: numbers are drawn on, a department keeps its own in the new scope."""
        draft = self._draft(departments=self.dep_dev | self.dep_sales, paper_copies=2)
        self.assertEqual(draft.line_ids.mapped("numbers"), ["1–2", "3–4"])
        first = self._accepted(draft)
        action = self._as(first, self.controller).action_change_scope()
        second = self._as(self.env[SCOPE].browse(action["res_id"]), self.controller)
        self.assertEqual(second.line_ids.mapped("number_from"), [1, 3])
        second.line_ids[0].unlink()
        second.line_ids = [
            Command.create({"department_id": self.dep_office.id, "paper_copies": 1}),
        ]
        new = second.line_ids.filtered(lambda x: x.department_id == self.dep_office)
        self.assertEqual(new.number_from, 5, "what Development had is given to nobody else")
        self.assertEqual(second.paper_copies, 3)

    def test_numbers_never_overlap(self):
        """I-56: two copies of a document never carry the same number."""
        draft = self._draft(departments=self.dep_dev | self.dep_sales, paper_copies=2)
        with self.assertRaisesRegex(ValidationError, "overlap"):
            draft.line_ids[1].number_from = 2
        with self.assertRaisesRegex(ValidationError, "overlap"):
            draft.line_ids[0].paper_copies = 3
        draft.line_ids[1].number_from = 11
        self.assertEqual(draft.line_ids[1].numbers, "11–12")
        draft.line_ids[0].paper_copies = 3
        self.assertEqual(draft.line_ids[0].numbers, "1–3")
        draft.line_ids[0].paper_copies = 0
        self.assertEqual((draft.line_ids[0].number_from, draft.line_ids[0].number_to), (0, 0))

    # ------------------------------------------------------------ refusals
    def _refused(self, text, draft):
        with self.assertRaisesRegex(UserError, text):
            draft.action_submit()
        self.assertEqual(draft.state, "draft")

    def test_incomplete_scopes_are_refused(self):
        """DOC-3.5: what names no receiver or gives him nothing is refused, with the way out."""
        empty = self._draft()
        empty.line_ids.unlink()
        self._refused("names no receiver", empty)
        self._refused("neither on screen nor on paper", self._draft(electronic=False))
        self._refused("no person is named", self._draft(readers="named"))
        secret = self._document(secrecy="secret", user=self.head)
        self.dep_office.manager_id = self.controller.employee_id
        draft = self._draft(secret, readers="named", reader_ids=self.colleague.ids)
        self._refused("may not open the document", draft)
        document = self._document()
        draft = self._draft(document)
        self._as(document, self.office).action_transition("cancel", "Not needed")
        self.assertEqual(draft.state, "cancelled", "the proposal ends with its document")

    def test_department_without_document_administrator_is_refused(self):
        """DOC-3.4: every department must have a document administrator who signs for documents."""
        dep = self._department("Workshop")
        draft = self._draft(departments=self.dep_dev | dep)
        self._refused("Workshop has no document administrator.*Role register.*DOC-3.4", draft)
        self._assign("department_document_administrator", self.keeper, dep)
        self._as(draft, self.controller).action_submit()
        below = self._draft(departments=self.dep_lab)
        below.action_submit()  # served by the administrator of the department above it

    def test_foreign_and_dissolved_departments_are_refused(self):
        """DOC-3.5: receivers are departments of the document's company that still exist."""
        other = self.env["res.company"].create({"name": "Other"})
        foreign = self.env["hr.department"].create({"name": "Abroad", "company_id": other.id})
        with self.assertRaises(UserError):
            self._draft(departments=foreign)
        dep = self._department("Dissolved")
        self._assign("department_document_administrator", self.keeper, dep)
        draft = self._draft(departments=dep)
        dep.active = False
        self._refused("dissolved", draft)

    @mute_logger("odoo.sql_db")
    def test_a_line_has_one_receiver(self):
        """I-56: a department or an external receiver, never both; outside people get paper."""
        partner = self.env["res.partner"].create({"name": "Auditor Ltd"})
        draft = self._draft()
        for vals in (
            {},
            {"department_id": self.dep_sales.id, "partner_id": partner.id},
            {"partner_id": partner.id, "electronic": True},
            {"department_id": self.dep_dev.id, "electronic": True},
        ):
            with self.subTest(**vals), self.assertRaises(IntegrityError), self.cr.savepoint():
                draft.line_ids = [Command.create(vals)]
                draft.line_ids.flush_recordset()
            draft.invalidate_recordset()
        draft.line_ids = [
            Command.create({"partner_id": partner.id, "electronic": False, "paper_copies": 1}),
            Command.create(
                {"department_id": self.dep_dev.id, "electronic": False, "paper_copies": 1}
            ),
        ]
        self._accepted(draft)
        self.assertEqual(draft.receivers, "Development, Auditor Ltd, Development")

    # ------------------------------------------------------------ many at once
    def _wizard(self, documents, user=None, **vals):
        model = self._as(self.env["itsms.document.propose.scope"], user or self.controller)
        return model.with_context(active_model="itsms.document", active_ids=documents.ids).create(
            vals
        )

    def test_scopes_for_many_documents_at_once(self):
        """DOC-3.5 DOC-3.3: two hundred proposals in one go, with queries that do not grow."""
        documents = self._as(self.env["itsms.document"], self.author).create(
            [
                {
                    "name": f"Procedure {i}",
                    "category_id": self.env.ref(
                        "itsms_documents.itsms_document_category_procedure"
                    ).id,
                    "department_id": self.dep_dev.id,
                    "company_id": self.company.id,
                }
                for i in range(200)
            ]
        )
        wizard = self._wizard(documents[:3], department_ids=self.dep_dev.ids)
        wizard.action_propose()  # warms the caches
        wizard = self._wizard(documents[3:], department_ids=(self.dep_dev | self.dep_sales).ids)
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        action = wizard.action_propose()
        self.env.flush_all()
        self.assertLess(self.env.cr.sql_log_count - before, 200)
        scopes = self._as(self.env[SCOPE], self.mr).search(action["domain"])
        self.assertEqual((len(scopes), set(scopes.mapped("state"))), (197, {"pending"}))
        before = self.env.cr.sql_log_count
        scopes.action_approve()
        self.env.flush_all()
        self.assertLess(self.env.cr.sql_log_count - before, 300)
        self.assertEqual(len(self._as(documents, self.office).distribution_id), 197)

    def test_mass_proposal_is_all_or_nothing(self):
        """DOC-3.5: one document with a proposal in work and none is made; the error names it."""
        one, two = self._document(name="One"), self._document(name="Two")
        self._draft(two)
        with self.assertRaisesRegex(UserError, "Two"):
            self._wizard(one | two).action_propose()
        self.assertFalse(one.sudo().distribution_ids)
        with self.assertRaises(AccessError), self.cr.savepoint():
            self._wizard(one, user=self.reader).action_propose()
        theirs = self._wizard(one, user=self.office)
        with self.assertRaises(AccessError):
            self._as(theirs, self.controller).action_propose()

    def test_categories_set_up_their_usual_receivers(self):
        """DOC-3.5: a proposal starts with the usual receivers of the category."""
        category = self.env.ref("itsms_documents.itsms_document_category_procedure")
        category.scope_department_ids = self.dep_sales | self.dep_office
        category.scope_acknowledge = False
        document = self._document()
        action = self._as(document, self.controller).action_change_scope()
        lines = self.env[SCOPE].browse(action["res_id"]).line_ids
        self.assertEqual(lines.department_id, self.dep_sales | self.dep_office)
        self.assertFalse(any(lines.mapped("acknowledge")))

    # ------------------------------------------------------------ rights, secrecy, forgery
    def test_scope_is_as_secret_as_its_document(self):
        """DOC-4.1.1.3f COM-17: who may not open the document sees neither scope nor lines."""
        document = self._document(secrecy="secret", user=self.head)
        scope = self._scope(document, paper_copies=1)
        for record in (scope, scope.line_ids):
            self.assertFalse(self._as(record, self.reader).search([("id", "in", record.ids)]))
            with self.assertRaises(AccessError):
                self._as(record, self.reader).read(["document_id"])
            self.assertTrue(self._as(record, self.head).search([("id", "in", record.ids)]))

    def test_two_companies(self):
        """COM-17: a scope is seen in its own company only."""
        scope = self._scope(self._document())
        other = self.env["res.company"].create({"name": "Other"})
        stranger = self._person("stranger", None, "itsms_base.group_itsms_office", other)
        self.assertFalse(self._as(self.env[SCOPE], stranger).search([]) & scope)

    def test_state_and_scope_in_force_are_not_written_by_hand(self):
        """DOC-3.5 COM-2: no write, no default and no context key puts a scope in force."""
        draft = self._draft()
        document = draft.document_id
        for user in (self.controller, self.office, self.manager):
            mine = self._as(draft, user).with_context(itsms_engine=True, default_state="approved")
            with self.assertRaises(AccessError):
                mine.write({"state": "approved"})
            with self.assertRaises(AccessError):
                self._as(document, user).write({"distribution_id": draft.id})
            with self.assertRaises(AccessError):
                mine.action_transition("approve")
        forged = self._as(self.env[SCOPE], self.office).with_context(default_state="approved")
        scope = forged.create({"document_id": self._document().id})
        self.assertEqual(scope.state, "draft")
        with self.assertRaises(AccessError):
            forged.create({"document_id": self._document().id, "state": "approved"})

    # ------------------------------------------------------------ screens
    def test_my_work_of_the_office(self):
        """DOC-3.3 DOC-3.4: documents without scope, departments without administrator."""
        revision = self._approved(scope=False)
        self._department("Workshop")

        def section(user, key):
            page = self._as(self.env["itsms.my.work"], user).get_sections()
            return next((s for s in page["sections"] if s["key"] == key), None)

        for user in (self.office, self.controller):
            names = [item["name"] for item in section(user, "scopes")["items"]]
            self.assertIn(revision.document_id.display_name, names)
            names = [item["name"] for item in section(user, "administrators")["items"]]
            self.assertIn("Workshop", " ".join(names))
            self.assertNotIn("Sales", " ".join(names))
        self.assertIsNone(section(self.reader, "scopes"))
        self.assertIsNone(section(self.reader, "administrators"))
        self._draft(revision.document_id)
        self.assertIsNone(section(self.office, "scopes"))
        document = self._in_force()
        item = section(self.head, "to_read")["items"][0]
        self.assertEqual((item["res_model"], item["res_id"]), (document._name, document.id))

    def test_duties_are_shown(self):
        """DOC-3.4 DOC-3.3: the duties of administrators and of the office stand where one looks."""
        field = self.env["hr.department"]._fields["itsms_document_administrator_names"]
        for word in ("Signs for", "circulation", "archiving", "external documents"):
            self.assertIn(word, field.help)
        view = self.env[SCOPE].get_view(view_type="form")["arch"]
        self.assertIn("organises their", view)
        action = self.env.ref("itsms_documents.itsms_document_distribution_action")
        self.assertIn("publish them on the network", " ".join(action.help.split()))
        action = self.env.ref("itsms_documents.hr_department_action_administrators")
        self.assertIn("DOC-3.4", action.help)

    def test_departments_without_administrator_are_listed(self):
        """DOC-3.4: the filter finds the departments that nobody signs for."""
        dep = self._department("Workshop")
        departments = self._as(self.env["hr.department"], self.office).search(
            [("itsms_document_administrator_missing", "=", True)]
        )
        self.assertIn(dep, departments)
        self.assertFalse(departments & (self.dep_dev | self.dep_lab | self.dep_sales))
        self.assertEqual(
            self._as(self.dep_lab, self.office).itsms_document_administrator_names, "Keeper"
        )

    def test_print(self):
        """DOC-3.5: the scope list in print, with receivers, numbers and signatures."""
        scope = self._accepted(
            self._draft(departments=self.dep_dev | self.dep_sales, paper_copies=2)
        )
        html = (
            self.env["ir.actions.report"]
            ._render_qweb_html("itsms_documents.report_distribution", scope.ids)[0]
            .decode()
        )
        for text in ("Document distribution scope list", "Development", "1–2", "3–4", "Mr"):
            self.assertIn(text, html)
