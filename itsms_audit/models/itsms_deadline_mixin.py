from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from odoo.addons.itsms_base.engine import guard

STAGES = (1, 2, 3, 4)  # before the day, on the day, to the department head, to the MR


class ItsmsDeadlineMixin(models.AbstractModel):
    """Reminders before, on and after a day, with escalation (CPA-12).

    The days are parameters: so many before, on the day itself, so many after it to the head of
    the department, so many after it to the management representative. Each is sent once per
    deadline; a new deadline starts over.
    """

    _name = "itsms.deadline.mixin"
    _description = "Deadline With Reminders"

    _deadline_field = "due_on"

    reminder_stage = fields.Integer(
        string="Reminders sent",
        readonly=True,
        copy=False,
        aggregator=None,
        help="1: before the day, 2: on the day, 3: to the department head, 4: to the management "
        "representative (CPA-12).",
    )

    # ------------------------------------------------------------ declaration
    @api.model
    def _deadline_domain(self):
        """Hook: records whose deadline is running."""
        return Domain.FALSE

    def _deadline_owners(self):
        """Hook: who has to act; one record."""
        return self.env["res.users"]

    def _deadline_department(self):
        """Hook: whose head hears of it when it is late; one record."""
        return self.department_id

    def _engine_fields(self):
        return super()._engine_fields() | {"reminder_stage"}

    def write(self, vals):
        if self._deadline_field in vals and "reminder_stage" not in vals:
            result = super().write(vals)
            # sudo: the engine's own field; a new deadline is reminded of anew
            guard.as_engine(self.sudo()).write({"reminder_stage": 0})
            return result
        return super().write(vals)

    # ------------------------------------------------------------ reminding
    @api.model
    def _deadline_offsets(self, company):
        """Days after the deadline per stage, as the parameters of the company say."""
        get = self.env["itsms.parameter"]._get
        return {
            1: -get("cpa.remind.days", company),
            2: 0,
            3: get("cpa.escalate.head.days", company),
            4: get("cpa.escalate.mr.days", company),
        }

    @api.model
    def _cron_deadlines(self, limit=200):
        """Nightly: send what is due of each deadline, the highest stage only; small steps."""
        due = self._deadlines_to_remind(limit)
        progress = self.env["ir.cron"]._commit_progress
        progress(remaining=len(due))
        for record, stage in due:
            if record.try_lock_for_update():
                record._remind_deadline(stage)
            if not progress(1):
                break

    @api.model
    def _deadlines_to_remind(self, limit):
        """Pairs of record and stage, the most urgent first."""
        found = {}
        # sudo: the job runs for every company
        for company in self.env["res.company"].sudo().search([]):  # pylint: disable=no-search-all
            today = company._itsms_today()
            for stage, days in sorted(
                self._deadline_offsets(company).items(), key=lambda pair: -pair[0]
            ):
                records = self.sudo().search(
                    self._deadline_domain()
                    & Domain("company_id", "=", company.id)
                    & Domain(self._deadline_field, "<=", today - timedelta(days=days))
                    & Domain("reminder_stage", "<", stage),
                    order=f"{self._deadline_field}, id",
                    limit=limit,
                )
                for record in records:
                    found.setdefault(record, stage)
        return list(found.items())[:limit]

    def _remind_deadline(self, stage):
        """Tell the people of ``stage`` about one record; evidence that it was done."""
        self.ensure_one()
        day = self[self._deadline_field]
        names = {"name": self.display_name, "day": day}
        if stage == 1:
            text = self.env._("Due on %(day)s: %(name)s", **names)
        elif stage == 2:
            text = self.env._("Due today: %(name)s", **names)
        else:
            text = self.env._("Overdue since %(day)s: %(name)s", **names)
        users = self._deadline_owners().sudo()  # sudo: colleagues are told
        if stage >= 3:
            users |= self._deadline_heads()
        if stage >= 4:
            role = self.env["itsms.role"]._by_code("management_representative")
            users |= role._holders(self.company_id)
        # sudo: the engine's own field
        guard.as_engine(self.sudo()).write({"reminder_stage": stage})
        users = users.filtered("active")
        self._log("other", comment=f"{text} → {', '.join(users.mapped('name')) or '–'}")
        if users:
            # sudo: a notification in the system's name
            self.sudo().message_notify(
                partner_ids=users.partner_id.ids, body=text, subject=self.display_name
            )

    def _deadline_heads(self):
        """The head of the department, or of the nearest one above it (sudo: found by the job)."""
        department = self._deadline_department().sudo()
        while department:
            head = department.manager_id.user_id
            if head.active:
                return head
            department = department.parent_id
        return self.env["res.users"].sudo()
