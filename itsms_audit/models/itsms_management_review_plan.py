from odoo import api, models
from odoo.exceptions import UserError

from odoo.addons.itsms_base.engine import guard
from odoo.addons.itsms_base.models.itsms_approval_route import department_head


class ItsmsManagementReview(models.Model):
    """Drawing up the plan and what it must hold (REV-4.1 … REV-4.3)."""

    _inherit = "itsms.management.review"

    # ------------------------------------------------------------ entering
    @api.model_create_multi
    def create(self, vals_list):
        reviews = super().create(vals_list)
        for review in reviews:
            review._seed_topics()
            if not review.participant_ids:
                review._seed_participants()
        return reviews

    def _seed_topics(self):
        """Every review has the inputs and the agenda of the manual (REV-4.4.1, REV-4.5.4)."""
        # sudo: the same for all; few topics, all of them meant
        topics = self.env["itsms.review.topic"].sudo().search([])  # pylint: disable=no-search-all
        # sudo: the engine's own lines
        guard.as_engine(self.env["itsms.management.review.input"].sudo()).create(
            [
                {
                    "review_id": self.id,
                    "topic_id": topic.id,
                    "section": topic.section,
                    "code": topic.code,
                    "sequence": topic.sequence,
                }
                for topic in topics
            ]
        )

    def _obliged(self):
        """Users who have to attend, with what they attend as (REV-4.6.2, REV-4.6.3b)."""
        self = self._in_company_language()
        Role = self.env["itsms.role"]
        company = self.company_id
        found = {}
        for code, kind in (("president", "president"), ("management_representative", "mr")):
            role = Role._by_code(code)
            for user in role._holders(company).sudo():  # sudo: names of colleagues
                found.setdefault(user, (kind, role.name, self.env["hr.department"]))
        for department in self._departments():
            head = department_head(department).sudo()
            if head and department.manager_id.user_id == head:
                text = self.env._("Head of %(department)s", department=department.name)
                found.setdefault(head, ("head", text, department))
        return found

    def _departments(self):
        """Departments of the company of one review (sudo: the same for all)."""
        return self.env["hr.department"].sudo().search([("company_id", "=", self.company_id.id)])

    def _seed_participants(self):
        """Who has to attend and is not among the participants yet."""
        known = self.participant_ids.user_id
        self.env["itsms.management.review.participant"].create(
            [
                {
                    "review_id": self.id,
                    "user_id": user.id,
                    "kind": kind,
                    "role_text": text,
                    "department_id": department.id,
                }
                for user, (kind, text, department) in self._obliged().items()
                if user not in known
            ]
        )

    def action_seed_participants(self):
        """Add who has to attend and is missing: appointed after the draft was begun."""
        self.check_access("write")
        for review in self:
            review._check_lock()
            review._seed_participants()
        return True

    # ------------------------------------------------------------ approval of the plan
    def _approval_check_submit(self, manifests):
        super()._approval_check_submit(manifests)
        for review in self:
            review._check_plan_complete()
            review._check_day()
            review._check_interval()

    def _check_plan_complete(self):
        """REV-4.3a–e: schedule, participants, purpose, scope, preparation."""
        missing = [
            self._fields[name]._description_string(self.env)
            for name in ("schedule", "purpose", "scope", "preparation")
            if not (self[name] or "").strip()
        ]
        if not self.participant_ids:
            missing.append(self._fields["participant_ids"]._description_string(self.env))
        if missing:
            raise UserError(
                self.env._(
                    "%(review)s: the plan lacks %(missing)s (REV-4.3).",
                    review=self.display_name,
                    missing=", ".join(missing),
                )
            )
        known = self.participant_ids.user_id
        for user, (_kind, text, _department) in self._obliged().items():
            if user not in known:
                raise UserError(
                    self.env._(
                        "%(review)s: %(user)s (%(role)s) is missing among the participants. The "
                        "President, the management representative and every department head "
                        "attend; press “Add who has to attend” (REV-4.6.2, REV-4.6.3b).",
                        review=self.display_name,
                        user=user.name,
                        role=text,
                    )
                )
        kinds = set(self.participant_ids.mapped("kind"))
        if not {"president", "mr"} <= kinds:
            raise UserError(
                self.env._(
                    "%(review)s: nobody takes part as President or as management representative. "
                    "Appoint them under Configuration › People › Role register (REV-4.6.3b).",
                    review=self.display_name,
                )
            )

    def _check_day(self):
        """A plan lies before its meeting, the meeting before the certification audit."""
        if self.day < self.company_id._itsms_today():
            raise UserError(
                self.env._(
                    "%(review)s: the day of the meeting, %(day)s, has passed. Return the plan and "
                    "set another day: a plan is approved before the meeting (REV-4.3).",
                    review=self.display_name,
                    day=self.day,
                )
            )
        if self.occasion != "before_certification":
            return
        if not (self.certification_party and self.certification_date):
            raise UserError(
                self.env._(
                    "%(review)s: say by whom and when the certification audit takes place "
                    "(REV-4.2b).",
                    review=self.display_name,
                )
            )
        if self.day >= self.certification_date:
            raise UserError(
                self.env._(
                    "%(review)s takes place before the certification audit of %(day)s (REV-4.2b).",
                    review=self.display_name,
                    day=self.certification_date,
                )
            )

    def _check_interval(self):
        """REV-4.1.1: more than 12 months after the last review only with a reason."""
        if self.too_late and not (self.late_reason or "").strip():
            raise UserError(
                self.env._(
                    "%(review)s: %(day)s is more than %(months)s months after the last planned "
                    "review; the latest day was %(latest)s. Choose an earlier day, or write why "
                    "it comes so late (REV-4.1.1).",
                    review=self.display_name,
                    day=self.day,
                    months=self._parameter("review.interval.months"),
                    latest=self.latest_on,
                )
            )

    def _approval_done(self):
        super()._approval_done()
        for review in self:
            review._check_day()

    def action_cancel(self):
        return self.env["itsms.decision"]._open(self, "cancel")

    def action_open_reopen(self):
        return self.env["itsms.decision"]._open(self, "reopen")
