from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.itsms_base.engine import guard
from odoo.addons.itsms_base.engine.lifecycle import Transition


class ItsmsRecordCollection(models.Model):
    """Regular collection of a department's records by the ITSMS office (REC-4.4.2)."""

    _name = "itsms.record.collection"
    _description = "Collection of Records"
    _inherit = ["itsms.content.lock.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "due_on desc, department_id, id"
    _check_company_auto = True

    _initial_state = "open"
    _editable_states = ("open",)

    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.company,
    )
    department_id = fields.Many2one(
        "hr.department", required=True, index=True, ondelete="restrict", check_company=True
    )
    date_from = fields.Date(string="Records from", required=True)
    due_on = fields.Date(string="Due on", required=True, index=True)
    state = fields.Selection(
        [("open", "To collect"), ("done", "Done")],
        default="open",
        required=True,
        readonly=True,
        index=True,
    )
    done_on = fields.Date(string="Done on", readonly=True, copy=False)
    done_by_id = fields.Many2one("res.users", string="Done by", readonly=True, copy=False)
    filed_count = fields.Integer(string="Records filed", readonly=True, copy=False)
    draft_count = fields.Integer(string="Not filed yet", compute="_compute_draft_count")
    remarks = fields.Text()
    can_edit = fields.Boolean(compute="_compute_can_edit", search="_search_can_edit")

    _open_uniq = models.UniqueIndex(
        "(department_id) WHERE state = 'open'",
        "The department already has an open collection (REC-4.4.2).",
    )

    def _engine_fields(self):
        return super()._engine_fields() | {"done_on", "done_by_id", "filed_count"}

    def _locked_way_out(self):
        return self.env._(
            "A collection that was done is evidence; the next one is opened by itself."
        )

    def _lifecycle_transitions(self):
        return super()._lifecycle_transitions() | {
            "done": Transition("done", self.env._("Collected"), ("open",), "done"),
        }

    @api.depends("department_id", "due_on")
    def _compute_display_name(self):
        for collection in self:
            collection.display_name = f"{collection.department_id.name}: {collection.due_on}"

    def _compute_draft_count(self):
        counts = dict(
            self.env["itsms.record"]._read_group(
                [("state", "=", "draft"), ("department_id", "in", self.department_id.ids)],
                ["department_id"],
                ["__count"],
            )
        )
        for collection in self:
            collection.draft_count = counts.get(collection.department_id, 0)

    @api.depends("department_id")
    @api.depends_context("uid")
    def _compute_can_edit(self):
        office = self.env.user.has_group("itsms_base.group_itsms_office")
        own = self.env.user._itsms_kept_departments()
        for collection in self:
            collection.can_edit = office or collection.department_id in own

    def _search_can_edit(self, operator, value):
        return self.env["itsms.record"]._search_can_edit(operator, value)

    def action_done(self):
        """Records are collected, sorted and filed; the record list is complete (REC-4.4.2)."""
        return self.action_transition("done")

    def _check_transition_right(self, transition):
        for collection in self:
            if not collection.can_edit:
                raise AccessError(
                    self.env._(
                        "The ITSMS office or the department's document administrator collects the "
                        "records (REC-4.4.1, REC-4.4.2)."
                    )
                )

    def _after_transition(self, transition):
        super()._after_transition(transition)
        # sudo: a count; secret records are counted without telling which
        Record = self.env["itsms.record"].sudo()
        for collection in self:
            day = collection.company_id._itsms_today()
            filed = Record.search_count(
                [
                    ("department_id", "=", collection.department_id.id),
                    ("filed_on", ">=", collection.date_from),
                    ("filed_on", "<=", day),
                ]
            )
            # sudo: the right was checked; the engine's own fields
            guard.as_engine(collection.sudo()).write(
                {"done_on": day, "done_by_id": self.env.uid, "filed_count": filed}
            )
        self.activity_ids.sudo().unlink()  # sudo: the to-dos of all who were asked are over

    @api.ondelete(at_uninstall=True)
    def _unlink_except_done(self):
        if self.filtered(lambda c: c.state == "done"):
            raise UserError(self.env._("A collection that was done stays on record (REC-4.4.2)."))

    def action_view_records(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.display_name,
            "res_model": "itsms.record",
            "view_mode": "list,form",
            "domain": [("department_id", "=", self.department_id.id), ("state", "=", "draft")],
        }

    # ------------------------------------------------------------ job
    @api.model
    def _cron_open(self, batch=50):
        """Nightly: open what is due, one collection per department and period."""
        progress = self.env["ir.cron"]._commit_progress
        for company in self.env["res.company"].search([]):  # pylint: disable=no-search-all
            departments = self._due_departments(company)
            progress(remaining=len(departments))
            while departments:
                now, departments = departments[:batch], departments[batch:]
                self.with_company(company)._open_for(company, now)
                if not progress(len(now), remaining=len(departments)):
                    return

    @api.model
    def _due_departments(self, company):
        """Departments of ``company`` whose last collection is long enough ago."""
        months = self.env["itsms.parameter"]._get("record.collection.months", company)
        limit = company._itsms_today() - relativedelta(months=months)
        last = {
            department: (states, due)
            for department, states, due in self._read_group(
                [("company_id", "=", company.id)],
                ["department_id"],
                ["state:array_agg", "due_on:max"],
            )
        }
        # a department that keeps no records yet has nothing to be collected
        keeping = self.env["itsms.record"]._read_group(
            [("company_id", "=", company.id), ("department_id.active", "=", True)],
            ["department_id"],
            ["create_date:min"],
        )
        due = self.env["hr.department"]
        for department, first in keeping:
            states, when = last.get(department, ((), first.date()))
            if "open" not in states and when <= limit:
                due |= department
        return due

    @api.model
    def _open_for(self, company, departments):
        today = company._itsms_today()
        months = self.env["itsms.parameter"]._get("record.collection.months", company)
        collections = self.create(
            [
                {
                    "company_id": company.id,
                    "department_id": department.id,
                    "date_from": today - relativedelta(months=months),
                    "due_on": today,
                }
                for department in departments
            ]
        )
        administrators = departments._itsms_document_administrators()
        office = self.env["itsms.role"]._by_code("document_controller")._holders(company)
        todo = self.env.ref("mail.mail_activity_data_todo")
        model_id = self.env["ir.model"]._get_id(self._name)
        self.env["mail.activity"].with_context(mail_activity_quick_update=True).create(
            [
                {
                    "activity_type_id": todo.id,
                    "res_model_id": model_id,
                    "res_id": collection.id,
                    "user_id": user.id,
                    "summary": self.env._("Collect and file records"),
                    "date_deadline": today,
                }
                for collection in collections
                for user in administrators[collection.department_id] | office
            ]
        )
        return collections
