from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from .common import PDF, DocumentCase, tagged

LEVELS = ("public", "internal", "secret", "secret_dev", "secret_lab", "top_secret")

# who opens what: the whole of DOC-4.1.1.3a-d and [I-54] as one table
STAFF = {"public", "internal"}
DEV = STAFF | {"secret_dev"}
EXPECTED = {
    "reader": STAFF,
    "author": DEV,
    "lab": DEV | {"secret_lab"},
    "head": DEV | {"secret"},
    "lab_head": DEV | {"secret", "secret_lab"},
    "president": STAFF | {"secret", "top_secret"},
    "mr": STAFF | {"secret", "top_secret"},
    "vp": STAFF | {"secret", "top_secret"},
    "office": STAFF,
    "controller": STAFF,
    "manager": STAFF,
    "admin": STAFF,
    "auditor": STAFF,
    "portal": set(),
    "foreign_president": set(),
    "guest_president": STAFF,
}


@tagged("post_install", "-at_install")
class TestSecrecy(DocumentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.env["res.company"].create({"name": "Other Company", "itsms_code": "OT"})
        cls.lab = cls._person("lab", cls.dep_lab)
        cls.lab_head = cls._person("lab_head", cls.dep_lab)
        cls.dep_lab.manager_id = cls.lab_head.employee_id
        cls.portal = new_test_user(
            cls.env,
            "itsms.portal",
            "base.group_portal",
            company_id=cls.company.id,
            company_ids=[fields.Command.set(cls.company.ids)],
        )
        cls.foreign_president = cls._person("foreign_president", company=cls.other)
        cls._assign("president", cls.foreign_president, company=cls.other)
        # top management of another company who may enter this one, without an office in it
        cls.guest_president = cls._person("guest_president", company=cls.other)
        cls._assign("president", cls.guest_president, company=cls.other)
        cls.guest_president.company_ids |= cls.company
        cls.admin = cls.env.ref("base.user_admin")
        cls.admin.company_ids |= cls.company
        cls.people = {name: getattr(cls, name) for name in EXPECTED}
        for user in cls.people.values():
            user.group_ids |= cls.env.ref("base.group_allow_export")
        levels = {
            "public": {"secrecy": "public"},
            "internal": {"secrecy": "internal"},
            "secret": {"secrecy": "secret"},
            "secret_dev": {"secrecy": "secret", "authorised_department_ids": cls.dep_dev.ids},
            "secret_lab": {"secrecy": "secret", "authorised_department_ids": cls.dep_lab.ids},
            "top_secret": {"secrecy": "top_secret"},
        }
        cls.documents = {level: cls._filled(level, vals) for level, vals in levels.items()}
        cls.all = cls.env["itsms.document"].union(*cls.documents.values())
        cls.link_type = cls.env["itsms.link.type"].search([], limit=1)

    @classmethod
    def _filled(cls, level, vals):
        """A document with everything that could give it away."""
        document = cls.env["itsms.document"].create(
            {
                "name": f"Zebra {level}",
                "category_id": cls.env.ref("itsms_documents.itsms_document_category_procedure").id,
                "department_id": cls.dep_dev.id,
                "company_id": cls.company.id,
                **vals,
            }
        )
        document.revision_ids.write(
            {"body": f"<p>Zebra {level}</p>", "file": PDF, "file_name": f"zebra {level}.pdf"}
        )
        document.message_post(body=f"Zebra {level}")
        document._log("other", comment=f"Zebra {level}")
        cls.env["ir.attachment"].create(
            {
                "name": f"zebra {level}.txt",
                "raw": b"zebra",
                "res_model": "itsms.document",
                "res_id": document.id,
            }
        )
        document.activity_schedule("mail.mail_activity_data_todo", user_id=cls.env.uid)
        return document

    def _on(self, record, user):
        """``record`` as ``user`` in this company."""
        self.env.invalidate_all()
        return record.with_user(user).with_context(
            allowed_company_ids=(user.company_ids & self.company or user.company_ids).ids
        )

    def _seen(self, found):
        return {level for level, document in self.documents.items() if document.id in found}

    # ------------------------------------------------------------ the matrix
    def test_lists_and_lookups(self):
        """DOC-4.1.1.3a DOC-4.1.1.3b DOC-4.1.1.3c DOC-4.1.1.3f COM-17: every way of listing."""
        mine = [("id", "in", self.all.ids)]
        for name, user in self.people.items():
            with self.subTest(user=name):
                Document = self._on(self.env["itsms.document"], user)
                expected = EXPECTED[name]
                if name == "portal":
                    with self.assertRaises(AccessError):
                        Document.search(mine)
                    continue
                self.assertEqual(self._seen(Document.search(mine).ids), expected)
                self.assertEqual(Document.search_count(mine), len(expected))
                names = Document.name_search("Zebra", mine, limit=None)
                self.assertEqual(self._seen([i for i, _label in names]), expected)
                web = Document.web_search_read(mine, {"name": {}})
                self.assertEqual(self._seen([r["id"] for r in web["records"]]), expected)
                self.assertEqual(web["length"], len(expected))
                groups = Document._read_group(mine, ["secrecy"], ["__count"])
                self.assertEqual(sum(count for _level, count in groups), len(expected))
                groups = Document.formatted_read_group(mine, ["company_id"], ["__count"])
                self.assertEqual(sum(g["__count"] for g in groups), len(expected))
                panel = Document.search_panel_select_range(
                    "category_id", category_domain=mine, enable_counters=True
                )
                self.assertEqual(sum(v["__count"] for v in panel["values"]), len(expected))

    def test_single_records(self):
        """DOC-4.1.1.3f COM-17: read, export, copy, write and onchange by id."""
        for name, user in self.people.items():
            for level, document in self.documents.items():
                if level in EXPECTED[name]:
                    with self.subTest(user=name, level=level):
                        mine = self._on(document, user)
                        self.assertEqual(mine.read(["name"])[0]["name"], f"Zebra {level}")
                        self.assertTrue(mine.revision_ids.body)
                    continue
                for act in (
                    lambda d: d.read(["name"]),
                    lambda d: d.web_read({"name": {}}),
                    lambda d: d.name,
                    lambda d: d.revision_ids.read(["body"]),
                    lambda d: d.export_data(["name"]),
                    lambda d: d.copy(),
                    lambda d: d.write({"secrecy": "public"}),
                    lambda d: d.write({"authorised_user_ids": [fields.Command.link(d.env.uid)]}),
                    lambda d: d.unlink(),
                    lambda d: d.onchange({}, [], {"name": {}, "alias": {}}),
                    lambda d: d.message_post(body="x"),
                    lambda d: d.action_transition("cancel", "x"),
                    lambda d: d.get_formview_action() and d.check_access("read"),
                ):
                    with self.subTest(user=name, level=level), self.assertRaises(AccessError):
                        act(self._on(document, user))

    def test_everything_around_a_record(self):
        """DOC-4.1.1.3f COM-17: revisions, files, messages, to-dos and evidence follow."""
        models = {
            "itsms.document.revision": ("document_id", []),
            "ir.attachment": ("res_id", [("res_model", "=", "itsms.document")]),
            "mail.message": ("res_id", [("model", "=", "itsms.document")]),
            "mail.activity": ("res_id", [("res_model", "=", "itsms.document")]),
            "itsms.log": ("res_id", [("res_model", "=", "itsms.document")]),
        }
        for model_name, (id_field, domain) in models.items():
            domain = Domain(domain) & Domain(id_field, "in", self.all.ids)
            lines = self.env[model_name].search(domain)
            self.assertTrue(lines)
            for name, user in self.people.items():
                with self.subTest(model=model_name, user=name):
                    model = self._on(self.env[model_name], user)
                    closed = lines.filtered(
                        lambda x, f=id_field, n=name: (
                            (x[f].id if f == "document_id" else x[f])
                            not in [self.documents[level].id for level in EXPECTED[n]]
                        )
                    )
                    if name != "portal":
                        found = model.search(domain)
                        self.assertFalse(found & closed)
                        if model_name != "mail.activity":  # Odoo shows to-dos to writers only
                            self.assertEqual(found, (lines - closed).with_env(found.env))
                        self.assertEqual(model.search_count(domain), len(found))
                        count = sum(
                            n for _f, n in model._read_group(domain, [id_field], ["__count"])
                        )
                        self.assertEqual(count, len(found))
                    for line in closed:
                        with self.assertRaises(AccessError):
                            self._on(line, user).read(["id", "display_name"])
                        self.assertFalse(self._on(line, user)._filtered_access("read"))

    def test_files_behind_fields(self):
        """DOC-4.1.1.3f COM-17: the file of a revision is closed with it."""
        revision = self.documents["top_secret"].revision_ids
        file = self.env["ir.attachment"].search(
            [
                ("res_model", "=", revision._name),
                ("res_id", "=", revision.id),
                ("res_field", "=", "file"),
            ]
        )
        self.assertTrue(file)
        for name in ("reader", "office", "manager", "admin", "auditor", "portal", "head"):
            with self.subTest(user=name), self.assertRaises(AccessError):
                self._on(file, self.people[name]).read(["raw"])
        with self.assertRaises(AccessError):  # clearance is no permission to download
            self._on(file, self.president).read(["raw"])
        permission = self.env["itsms.document.permission"].create(
            {
                "user_id": self.president.id,
                "document_id": revision.document_id.id,
                "reason": "Decision",
                "company_id": revision.company_id.id,
            }
        )
        permission.action_grant()
        self.assertEqual(self._on(file, self.president).mimetype, "application/pdf")

    def test_chatter_of_a_closed_record(self):
        """DOC-4.1.1.3f COM-17: fetching the thread gives nothing."""
        document = self.documents["secret"]
        domain = [("model", "=", document._name), ("res_id", "=", document.id)]
        fetch = self._on(self.env["mail.message"], self.reader)._message_fetch(domain=domain)
        self.assertFalse(fetch["messages"])
        fetch = self._on(self.env["mail.message"], self.head)._message_fetch(domain=domain)
        self.assertTrue(fetch["messages"])

    def test_mixed_lines_are_sorted_out(self):
        """DOC-4.1.1.3f COM-17: lines closed by company and lines closed by secrecy in one set."""
        role = self.env["itsms.role"].create({"name": "R", "code": "test_mixed"})
        foreign = role.with_company(self.other)._log("other")
        own = role._log("other")
        closed = self.documents["top_secret"]._log("other")
        lines = self._on(foreign | own | closed, self.reader)
        self.assertEqual(lines._filtered_access("read"), own.with_env(lines.env))
        with self.assertRaises(AccessError):
            lines.read(["comment"])

    # ------------------------------------------------------------ seen from elsewhere
    def test_label_from_another_record_is_masked(self):
        """DOC-4.1.1.3f: a many2one, a log line or a step tells no title."""
        document = self.documents["top_secret"]
        revision = document.revision_ids
        for user in (self.reader, self.office, self.manager):
            for record in (document, revision):
                label = self._on(record, user).sudo().display_name
                self.assertNotIn("Zebra", label)
                self.assertTrue(label)
        self.assertIn("Zebra", self._on(document, self.president).sudo().display_name)

    def test_links_show_only_between_open_records(self):
        """DOC-4.1.1.3f COM-11: a link gives away neither end, from either side."""
        secret, open_ = self.documents["secret"], self.documents["internal"]
        Link = self.env["itsms.link"]
        vals = {"type_id": self.link_type.id}
        links = Link.create(
            [
                {
                    **vals,
                    "res_model": a._name,
                    "res_id": a.id,
                    "target_model": b._name,
                    "target_id": b.id,
                }
                for a, b in ((open_, secret), (secret, open_))
            ]
        )
        self.assertEqual(self._on(open_, self.head).link_count, 2)
        self.assertEqual(self._on(open_, self.reader).link_count, 0)
        self.assertFalse(self._on(Link, self.reader).search([("id", "in", links.ids)]))
        for link in links:
            with self.assertRaises(AccessError):
                self._on(link, self.reader).read(["target_name"])
        with self.assertRaises(AccessError):
            self._on(Link, self.reader).create(
                {
                    **vals,
                    "res_model": open_._name,
                    "res_id": open_.id,
                    "target_model": secret._name,
                    "target_id": secret.id,
                }
            )

    # ------------------------------------------------------------ the lists on the record
    def test_persons_narrow_and_never_widen(self):
        """DOC-4.1.1.3f [I-54]: a list of persons takes people away and lets nobody in."""
        for level in ("secret", "top_secret"):
            document = self.documents[level]
            document.authorised_user_ids = self.president | self.reader | self.office
            for user in (self.reader, self.office, self.mr, self.head):
                self.assertFalse(self._on(document, user).has_access("read"), (level, user.name))
                self.assertFalse(
                    self._on(document, user).search([("id", "=", document.id)]), user.name
                )
            self.assertTrue(self._on(document, self.president).has_access("read"))

    def test_lists_do_not_evaporate(self):
        """DOC-4.1.1.3b DOC-4.1.1.3f: archived departments and people leave the circle narrow."""
        document = self.documents["secret_lab"]
        self.dep_lab.active = False
        persons = self.documents["top_secret"]
        leaver = self._person("leaver")
        persons.authorised_user_ids = leaver
        leaver.active = False
        for record, user in ((document, self.head), (document, self.president), (persons, self.mr)):
            self.assertFalse(self._on(record, user).has_access("read"))
            self.assertFalse(self._on(record, user).search([("id", "=", record.id)]))
        leaver.sudo().write(
            {
                "active": True,
                "group_ids": [fields.Command.set(self.env.ref("base.group_portal").ids)],
            }
        )
        self.assertFalse(self._on(persons, self.mr).has_access("read"))
        self.assertFalse(self._on(persons, self.mr).search([("id", "=", persons.id)]))

    def test_named_departments_and_persons_are_kept(self):
        """DOC-4.1.1.3f: deleting who is named would open the record, so it is refused."""
        department = self._department("Named")
        document = self.documents["secret"]
        document.authorised_department_ids = department
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.env.cr.savepoint():
            department.unlink()

    # ------------------------------------------------------------ changes
    def test_raised_secrecy_takes_effect_at_once(self):
        """DOC-4.1.1.3f COM-17: the author himself loses access, a line of evidence stays."""
        document = self._document(secrecy="internal", name="Zebra raised")
        document.message_subscribe(self.reader.partner_id.ids)
        document.message_post(
            body="Zebra raised",
            partner_ids=self.reader.partner_id.ids,
            subtype_xmlid="mail.mt_comment",
        )
        messages = document.message_ids
        todo = document.activity_schedule("mail.mail_activity_data_todo", user_id=self.reader.id)
        self.assertTrue(self._as(document, self.reader).name)
        self._as(document, self.author).write({"secrecy": "secret"})
        line = self._log_of(document.sudo())[-1]
        self.assertEqual(
            (line.kind, line.state_from, line.state_to), ("secrecy", "internal", "secret")
        )
        self.assertEqual(line.actor_id, self.author)
        for user in (self.reader, self.author):
            with self.assertRaises(AccessError):
                self._as(document, user).read(["name"])
            Message = self._as(self.env["mail.message"], user)
            self.assertFalse(Message.search([("id", "in", messages.ids)]))
            for message in messages:
                with self.assertRaises(AccessError):
                    self._as(message, user).read(["body"])
        with self.assertRaises(AccessError):
            self._as(todo, self.reader).read(["res_name"])
        self.assertTrue(self._as(document, self.head).name)

    def test_changed_circle_leaves_evidence(self):
        """DOC-4.1.1.3 COM-3: departments and persons are part of the line; no change, no line."""
        document = self.documents["secret"]
        before = len(self._log_of(document))
        document.write({"secrecy": "secret"})
        self.assertEqual(len(self._log_of(document)), before)
        document.write({"authorised_department_ids": [fields.Command.set(self.dep_sales.ids)]})
        line = self._log_of(document)[-1]
        self.assertEqual((line.kind, line.state_from), ("secrecy", "secret"))
        self.assertEqual(line.state_to, "secret / Sales")

    def test_follower_without_access_is_told_nothing(self):
        """DOC-4.1.1.3f: neither inbox nor mail goes to a follower who may not open the record."""
        document = self.documents["internal"]
        outsider = self.env["res.partner"].create({"name": "Out", "email": "out@example.com"})
        document.message_subscribe((self.reader | self.head).partner_id.ids + outsider.ids)
        document.secrecy = "secret"
        message = document.message_post(body="news", subtype_xmlid="mail.mt_comment")
        self.assertEqual(message.notification_ids.res_partner_id, self.head.partner_id)
        message = document.message_post(
            body="to you", partner_ids=(self.reader.partner_id | outsider).ids
        )
        self.assertFalse(
            message.notification_ids.res_partner_id & (self.reader.partner_id | outsider)
        )

    def test_clearance_follows_the_office_at_once(self):
        """DOC-4.1.1.3a COM-9: who takes an office may open its records, who leaves it may not."""
        document = self.documents["top_secret"]
        self.assertFalse(self._as(document, self.reader).has_access("read"))
        assignment = self._assign("vice_president", self.reader, self.dep_sales)
        self.assertTrue(self._as(document, self.reader).has_access("read"))
        assignment.date_to = (
            fields.Date.subtract(self.company._itsms_today(), days=1)
            if (assignment.date_from < self.company._itsms_today())
            else False
        )
        assignment.role_id.clearance = "none"
        self.assertFalse(self._as(document, self.reader).has_access("read"))
        secret = self.documents["secret"]
        self.dep_sales.manager_id = self.reader.employee_id
        self.assertTrue(self._as(secret, self.reader).has_access("read"))
        self.dep_sales.manager_id = False
        self.assertFalse(self._as(secret, self.reader).has_access("read"))

    def test_moving_to_another_department_moves_the_access(self):
        """DOC-4.1.1.3b: membership counts as of now."""
        document = self.documents["secret_dev"]
        self.assertFalse(self._as(document, self.reader).has_access("read"))
        self.reader.employee_id.department_id = self.dep_lab
        self.assertTrue(self._as(document, self.reader).has_access("read"))

    def test_a_file_cannot_be_made_public(self):
        """DOC-4.1.1.3f COM-17: “public” would open the file past the secrecy of its record."""
        file = self.env["ir.attachment"].search(
            [("res_model", "=", "itsms.document"), ("res_id", "=", self.documents["secret"].id)]
        )
        with self.assertRaises(ValidationError):
            self._on(file, self.head).write({"public": True})

    def test_default_is_internal(self):
        """DOC-4.1.1.3 COM-17: without a word a document is internal public."""
        self.assertEqual(self._document().secrecy, "internal")

    def test_assets_list_by_secrecy(self):
        """DOC-4.1.1.3e: which documents are top secret and secret: a list for those cleared."""
        listed = self._on(self.env["itsms.document"], self.president).search(
            [("secrecy", "in", ("top_secret", "secret")), ("id", "in", self.all.ids)]
        )
        self.assertEqual(self._seen(listed.ids), {"top_secret", "secret"})

    def test_head_of_an_archived_department_has_no_clearance(self):
        """DOC-4.1.1.3b: whatever context a client sends, and whoever asked before him."""
        closed = self._department("Closed down")
        closed.manager_id = self.reader.employee_id
        secret = self.documents["secret"]
        self.assertTrue(self._as(secret, self.reader).has_access("read"))
        closed.active = False
        for context in ({"active_test": False}, {}):
            with self.subTest(context=context):
                document = self._as(secret, self.reader).with_context(**context)
                self.assertFalse(document.has_access("read"))
                self.assertFalse(document.search([("id", "=", secret.id)]))
