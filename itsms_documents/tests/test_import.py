import base64
import io
import zipfile
from unittest.mock import patch

from freezegun import freeze_time
from openpyxl import Workbook

from odoo.exceptions import AccessError, UserError

from odoo.addons.itsms_documents.engine import register_file

from .common import DocumentCase, tagged

HEADER = "文件编号,文件名称,文件类别,责任部门,修订状态,发布日期,密级,编制,审核,批准,状态\n"
LINE = "{number},{name},{category},{department},{status},{date},{secrecy},张三,李四,王五,{state}\n"
COLUMNS = {
    "number": "LH-ITSMS-ZC-012-B",
    "name": "备份作业指导书",
    "category": "ZC",
    "department": "Development",
    "status": "B/2",
    "date": "2024-03-01",
    "secrecy": "内部公开",
    "state": "有效",
}


class ImportCase(DocumentCase):
    def _line(self, **vals):
        return LINE.format(**{**COLUMNS, **vals})

    def _import(self, *lines, user=None, encoding="utf-8", content=None, **vals):
        """An import of CSV lines that was checked."""
        text = HEADER + "".join(lines)
        batch = (
            self.env["itsms.document.import"]
            .with_user(user or self.office)
            .with_context(allowed_company_ids=self.company.ids)
            .create(
                {
                    "company_id": self.company.id,
                    "file": base64.b64encode(content or text.encode(encoding)),
                    "file_name": "register.csv",
                    **vals,
                }
            )
        )
        batch.action_check()
        return batch

    def _run(self, batch):
        """The job, as the scheduler runs it."""
        batch.action_import()
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref("itsms_documents.ir_cron_document_import").method_direct_trigger()
        self.env.invalidate_all()
        return batch

    def _found(self, number="LH-ITSMS-ZC-012-B"):
        return self.env["itsms.document"].search(
            [("number", "=", number), ("company_id", "=", self.company.id)]
        )

    def _refused(self, *lines, **vals):
        """The messages of lines that the dry run refuses."""
        batch = self._import(*lines, **vals)
        return [line.message for line in batch.line_ids if line.state == "error"]


@tagged("post_install", "-at_install")
class TestImport(ImportCase):
    """A company arrives with its documents and their numbers."""

    def test_departments_in_any_language(self):
        """DOC-4.1.2.1: a Chinese register is taken over by somebody who works in English."""
        self.env["res.lang"]._activate_lang("zh_CN")
        self.dep_dev.with_context(lang="zh_CN").name = "软件研发部"
        batch = self._import(
            self._line(department="软件研发部"), self._line(number="LH-ITSMS-ZC-013-B")
        )
        self.assertEqual(batch.line_ids.mapped("state"), ["ok", "ok"])
        self._run(batch)
        self.assertEqual(self._found().department_id, self.dep_dev)

    def test_numbers_are_kept(self):
        """DOC-4.1.2.1c DOC-4.1.2.1f DOC-4.1.2.2.1: number, serial and status of the former
        register stay; the next document goes on after the highest serial."""
        batch = self._run(
            self._import(self._line(), self._line(number="LH-ITSMS-ZC-005-A", status="A/0"))
        )
        self.assertEqual((batch.state, batch.imported_count, batch.error_count), ("done", 2, 0))
        document = self._found()
        self.assertEqual(
            (document.state, document.serial, document.revision_status),
            ("in_force", 12, "B/2"),
        )
        self.assertEqual(document.department_id, self.dep_dev)
        self.assertEqual(str(document.publication_date), "2024-03-01")
        self.assertEqual(document.current_revision_id.state, "valid")
        fresh = self._submitted(category="supporting").document_id
        self.assertEqual(fresh.number, "LH-ITSMS-ZC-013-A")

    def test_names_of_the_former_system(self):
        """DOC-4.1.2.1 COM-3: taken over with evidence; nobody is said to have approved it here."""
        self._run(self._import(self._line()))
        document = self._found()
        self.assertEqual(
            (document.prepared_by, document.reviewed_by, document.approved_by),
            ("张三", "李四", "王五"),
        )
        self.assertFalse(document.current_revision_id.approval_step_ids)
        comments = self._log_of(document).mapped("comment")
        self.assertTrue([c for c in comments if c and "张三" in c and "LH-ITSMS-ZC-012-B" in c])
        self.assertEqual(self._log_of(document)[0].actor_id, self.office)
        self.assertFalse(self.env["itsms.log"]._find_broken_line())

    def test_dry_run_stores_nothing(self):
        """DOC-4.1.2.1: the check says what would happen and makes no document."""
        before = self.env["itsms.document"].search_count([])
        batch = self._import(self._line(), self._line(number="nonsense"))
        self.assertEqual(batch.line_ids.mapped("state"), ["ok", "error"])
        self.assertEqual(self.env["itsms.document"].search_count([]), before)
        counters = self.env["itsms.number.counter"].search([("company_id", "=", self.company.id)])
        self.assertNotIn(12, counters.mapped("last"))

    def test_refusals(self):
        """DOC-4.1.2.1 DOC-4.1.2.1g DOC-4.1.2.2.1 DOC-4.1.1.3: one error per line, each with its
        rule and the way out."""
        for change, word in (
            ({"number": "XX-ITSMS-ZC-012-B"}, "DOC-4.1.2.1"),
            ({"number": "LH-ITSMS-CX-012-B"}, "look like"),
            ({"number": "LH-ITSMS-ZC-12-B"}, "look like"),
            ({"number": ""}, "number"),
            ({"status": "A/0"}, "DOC-4.1.2.1g"),
            ({"status": "2.0"}, "DOC-4.1.2.2.1"),
            ({"status": "b/1"}, "DOC-4.1.2.2.1"),
            ({"category": "QQ"}, "DOC-4.1.1.1"),
            ({"department": "Nowhere"}, "DOC-3.2"),
            ({"secrecy": "绝对"}, "DOC-4.1.1.3"),
            ({"state": "作废"}, "DOC-4.7.1"),
            ({"date": "2024-02-30"}, "DOC-4.1.1.2b"),
            ({"date": ""}, "DOC-4.1.1.2b"),
            ({"date": "2999-01-01"}, "DOC-4.1.1.2b"),
            ({"name": ""}, "DOC-6"),
            ({"name": "名" * 255}, "255"),
        ):
            with self.subTest(**change):
                messages = self._refused(self._line(**change))
                self.assertEqual(len(messages), 1)
                self.assertIn(word, messages[0])

    def test_duplicates(self):
        """DOC-4.1.2.1: a number stands once, in the file and in the register, whatever edition."""
        messages = self._refused(self._line(), self._line(name="Twice"))
        self.assertEqual(len(messages), 1)
        self.assertIn("Row 2", messages[0])
        messages = self._refused(self._line(), self._line(number="LH-ITSMS-ZC-012-C", status="C/0"))
        self.assertEqual(len(messages), 1, "another edition is the same document")
        self._published(category="supporting")
        messages = self._refused(self._line(number="LH-ITSMS-ZC-001-A", status="A/0"))
        self.assertIn("already given", messages[0])

    def test_external_documents_keep_any_number(self):
        """DOC-4.1.2.1d: the original number is the number, without any pattern."""
        line = self._line(number="GB/T 24405.1-2009", category="WL", status="A/0")
        self._run(self._import(line))
        document = self._found("GB/T 24405.1-2009")
        self.assertEqual((document.kind, document.original_number), ("external", document.number))
        self.assertFalse(document.serial)

    def test_manual_and_drafts(self):
        """DOC-4.1.2.1a: the manual has no serial; a draft without number draws it later."""
        self._run(
            self._import(
                self._line(number="LH-ITSMS-SC-B", category="SC"),
                self._line(number="", status="A/0", date="", state="草稿"),
            )
        )
        self.assertEqual(self._found("LH-ITSMS-SC-B").state, "in_force")
        draft = self.env["itsms.document"].search(
            [("name", "=", "备份作业指导书"), ("state", "=", "draft")]
        )
        self.assertFalse(draft.number)
        self.assertEqual(draft.revision_ids.state, "draft")
        draft.revision_ids.with_user(self.author).body = "<p>Text</p>"
        self._as(draft.revision_ids, self.author).action_submit()
        self.assertEqual(draft.number, "LH-ITSMS-ZC-001-A")

    def test_seeded_draft_is_filled(self):
        """GEN-4 DOC-4.1.2.1b: the untouched procedure that came with the system is taken over."""
        self.env["itsms.document"]._seed_procedures(self.company)
        seeded = self._found("LH-ITSMS-CX-001-A")
        line = self._line(number="LH-ITSMS-CX-001-B", category="CX", name="文件和资料控制程序")
        batch = self._run(self._import(line))
        self.assertFalse(batch.line_ids.message)
        self.assertEqual((seeded.number, seeded.state), ("LH-ITSMS-CX-001-B", "in_force"))
        self.assertEqual(len(seeded.revision_ids), 1)
        self.assertEqual(self._found("LH-ITSMS-CX-001-B"), seeded)

    def test_gb18030_and_xlsx(self):
        """DOC-4.1.2.1: the usual files of a Chinese office, with dates and dashes as they come."""
        batch = self._import(self._line(), encoding="gb18030")
        self.assertEqual(batch.line_ids.name, "备份作业指导书")
        book = Workbook()
        sheet = book.active
        sheet.append(["Former register"])
        sheet.append(["Number", "Title", "Revision status", "Publication date", "Department"])
        sheet.append(["LH—ITSMS—ZC—012—B", "Backup", "B/2", "2024年3月1日", "Development"])
        output = io.BytesIO()
        book.save(output)
        batch = self._import(content=output.getvalue(), file_name="register.xlsx")
        self.assertEqual(batch.line_ids.mapped("state"), ["ok"], batch.line_ids.message)
        self._run(batch)
        self.assertEqual(self._found().name, "Backup")

    def test_files_that_are_no_register(self):
        """DOC-4.1.2.1: empty, unreadable, without headers: refused as a whole, with the way out."""
        for content in (b"a,b\n1,2\n", b"\x00\xff\x00", b"PK\x03\x04broken", HEADER.encode()):
            with self.subTest(content=content), self.assertRaisesRegex(UserError, "template"):
                self._import(content=content)

    def test_unknown_columns_are_named(self):
        """DOC-4.1.2.1: what is not understood is said, not silently dropped."""
        batch = self._import(content="文件名称,颜色,编号\nA,red,LH-ITSMS-ZC-012-B\n".encode())
        self.assertIn("颜色", batch.remark)

    # ------------------------------------------------------------ people and secrecy
    def test_only_the_office(self):
        """DOC-4.1.2.1 COM-17: nobody else takes over a register, whichever way he asks."""
        for user in (self.author, self.head, self.auditor, self.controller):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._import(self._line(), user=user)
        batch = self._import(self._line())
        with self.assertRaises(AccessError):
            self._as(batch, self.author).action_import()
        with self.assertRaises(AccessError):
            self._as(batch, self.manager).read(["name"])
        for values in ({"state": "done"}, {"remark": "x"}):
            with self.assertRaises(AccessError):
                self._as(batch, self.office).write(values)
        with self.assertRaises(AccessError):
            self._as(batch.line_ids, self.office).write({"state": "ok"})

    def test_secret_documents_stay_secret(self):
        """DOC-4.1.1.3f: the office brings a secret document in and cannot open it afterwards."""
        batch = self._run(self._import(self._line(secrecy="绝密", name="并购计划")))
        document = self._found().sudo()
        self.assertEqual(document.secrecy, "top_secret")
        self.assertFalse(self._as(document, self.office).has_access("read"))
        self.assertTrue(self._as(document, self.president).has_access("read"))
        shown = self._as(batch.line_ids, self.office).read(["document_id"])[0]["document_id"]
        self.assertNotIn("并购计划", shown[1])

    def test_another_company(self):
        """DOC-4.1.2.1 COM-17: departments and numbers of another company do not count."""
        other = self.env["res.company"].create({"name": "Other", "itsms_code": "OT"})
        self.env["hr.department"].create({"name": "Elsewhere", "company_id": other.id})
        self.assertIn("DOC-3.2", self._refused(self._line(department="Elsewhere"))[0])

    def test_who_left_the_office_stops_the_import(self):
        """COM-17: the job acts for somebody who may do it, on the day it runs."""
        batch = self._import(self._line())
        batch.action_import()
        self.office.group_ids -= self.env.ref("itsms_base.group_itsms_office")
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref("itsms_documents.ir_cron_document_import").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(batch.sudo().state, "cancelled")
        self.assertFalse(self._found())

    # ------------------------------------------------------------ the job
    def test_number_taken_meanwhile(self):
        """DOC-4.1.2.1: a number given after the check is a clear error; the rest goes through."""
        batch = self._import(self._line(number="LH-ITSMS-ZC-001-A", status="A/0"), self._line())
        self._submitted(category="supporting")
        self._run(batch)
        self.assertEqual(batch.line_ids.mapped("state"), ["error", "imported"])
        self.assertIn("already given", batch.line_ids[0].message)

    def test_one_bad_line_does_not_harm_the_others(self):
        """DOC-4.1.2.1: all or nothing per line; never half a document."""
        batch = self._import(self._line(), self._line(number="LH-ITSMS-ZC-013-B", name="Bad"))
        line = type(self.env["itsms.document.import.line"])
        enter = line._enter_force

        reason = "broken on purpose"

        def broken(lines, parsed, documents):
            enter(lines, parsed, documents)
            if "Bad" in [document.name for document in documents.values()]:
                raise UserError(reason)

        with patch.object(line, "_enter_force", broken):
            self._run(batch)
        self.assertEqual(batch.line_ids.mapped("state"), ["imported", "error"])
        self.assertEqual(batch.line_ids[1].message, "broken on purpose")
        self.assertTrue(self._found())
        self.assertFalse(self._found("LH-ITSMS-ZC-013-B"))
        self.assertFalse(self.env["itsms.document"].search([("name", "=", "Bad")]))

    def test_interrupted_job_goes_on(self):
        """DOC-4.1.2.1: a job that was killed goes on where it was, nothing twice."""
        lines = [self._line(number=f"LH-ITSMS-ZC-{n:03}-A", status="A/0") for n in range(1, 8)]
        batch = self._import(*lines)
        batch.action_import()
        self.env.flush_all()
        Import = type(self.env["itsms.document.import"])
        job = Import._cron_import
        with (
            patch.object(Import, "_cron_import", lambda model: job(model, size=3)),
            patch.object(
                type(self.env["ir.cron"]),
                "_commit_progress",
                lambda cron, processed=0, **kwargs: 0 if processed else 1,
            ),
        ):
            self.env["itsms.document.import"].sudo()._cron_import()
            self.assertEqual(batch.imported_count, 3)
            self.assertEqual(batch.state, "running")
            batch.invalidate_recordset()
            for _again in range(3):
                self.env["itsms.document.import"].sudo()._cron_import()
        batch.invalidate_recordset()
        self.assertEqual(batch.imported_count, 7)
        self.assertEqual(
            self.env["itsms.document"].search_count([("number", "=like", "LH-ITSMS-ZC-%")]), 7
        )

    def test_200_lines_within_the_queries(self):
        """DOC-4.1.2.1: lines are taken over in batches, not one by one."""
        lines = [self._line(number=f"LH-ITSMS-ZC-{n:03}-A", status="A/0") for n in range(1, 201)]
        batch = self._import(*lines)
        self.env.flush_all()
        before = self.env.cr.sql_log_count
        batch.line_ids.sudo()._take_over()
        self.assertLess((self.env.cr.sql_log_count - before) / 200, 8)
        self.assertEqual(batch.imported_count, 200)

    # ------------------------------------------------------------ files
    def _zip(self, **files):
        output = io.BytesIO()
        with zipfile.ZipFile(output, "w") as packed:
            for name, content in files.items():
                packed.writestr(name, content)
        return base64.b64encode(output.getvalue())

    def test_files_in_a_zip(self):
        """DOC-4.1.2.1: the file belongs to the document whose number its name begins with."""
        files = {"a/LH-ITSMS-ZC-012-B 备份.txt": b"Text", "LH-ITSMS-ZC-013-B.txt": b""}
        batch = self._import(
            self._line(), self._line(number="LH-ITSMS-ZC-013-B"), files=self._zip(**files)
        )
        self._run(batch)
        revision = self._found().current_revision_id
        self.assertEqual(revision.file_name, "LH-ITSMS-ZC-012-B 备份.txt")
        self.assertTrue(batch.line_ids[0].file_digest)
        self.assertEqual(batch.line_ids.mapped("state"), ["imported", "imported"])
        self.assertIn("empty", batch.line_ids[1].message)

    def test_files_that_come_later(self):
        """DOC-4.1.2.1 COM-7: once, for documents without a file, by the office, with evidence."""
        batch = self._run(self._import(self._line()))
        batch.files = self._zip(**{"LH-ITSMS-ZC-012-B.txt": b"first"})
        batch.action_attach_files()
        digest = batch.line_ids.file_digest
        self.assertTrue(digest)
        batch.files = self._zip(**{"LH-ITSMS-ZC-012-B.txt": b"second"})
        batch.action_attach_files()
        self.assertEqual(batch.line_ids.file_digest, digest)
        revision = self._found().current_revision_id
        self.assertIn(digest, self._log_of(revision).mapped("content_digest"))

    def test_next_revision_after_taking_over(self):
        """DOC-4.1.2.2.1: after B/2 comes B/3, by the ordinary way."""
        self._run(self._import(self._line()))
        draft = self._new_revision(self._as(self._found(), self.author))
        self.assertEqual(draft.status, "B/3")

    @freeze_time("2025-06-30 20:00:00")
    def test_today_is_the_companys_day(self):
        """DOC-4.1.1.2b: published today, by the company's clock."""
        self.company.resource_calendar_id.tz = "Asia/Shanghai"
        self.assertFalse(self._refused(self._line(date="2025-07-01")))
        self.assertTrue(self._refused(self._line(date="2025-07-02")))

    def test_settings_change_after_the_check(self):
        """COM-7: what was checked is what is imported."""
        batch = self._import(self._line())
        batch.file = base64.b64encode((HEADER + self._line(name="Other")).encode())
        self.assertEqual(batch.line_ids.state, "new")
        with self.assertRaises(UserError):
            batch.action_import()
        batch.action_check()
        self._run(batch)
        with self.assertRaises(UserError):
            batch.file = False

    def test_template(self):
        """DOC-4.1.2.1: the template's own example can be taken over."""
        example = self.env["itsms.document.import.template"].with_company(self.company)._example()
        header = ",".join(english for _key, english, _chinese in register_file.TEMPLATE)
        chinese = ",".join(text for _key, _english, text in register_file.TEMPLATE)
        cells = ",".join(example.get(key, "") for key, _e, _c in register_file.TEMPLATE)
        for head in (header, chinese):
            batch = self._import(content=f"{head}\n{cells}\n".encode())
            self.assertFalse(batch.remark)
            self.assertEqual(batch.line_ids.state, "ok", batch.line_ids.message)
