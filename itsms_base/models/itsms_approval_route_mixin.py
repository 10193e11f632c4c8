from odoo import models
from odoo.exceptions import AccessError, UserError


class ItsmsApprovalRouteMixin(models.AbstractModel):
    """Where a record's chain comes from, and the steps that are asked when necessary only."""

    _name = "itsms.approval.route.mixin"
    _description = "Approval: Route"

    def _approval_subjects(self):
        """Hook: record whose route is taken, per id of these records.

        A change request goes the way of the document that it changes (DOC-4.5.2).
        """
        return {record.id: record for record in self}

    def _approval_routes(self):
        """Route per record as a dict by id; records without a route are missing in it."""
        subjects = self._approval_subjects()
        routes = {}
        for model_name in {subject._name for subject in subjects.values()}:
            ids = {s.id for s in subjects.values() if s._name == model_name}
            found = self.env["itsms.approval.route"]._find(self.env[model_name].browse(ids))
            for record_id, subject in subjects.items():
                if subject._name == model_name and subject.id in found:
                    routes[record_id] = found[subject.id]
        return routes

    def _approval_route_lines(self, route):
        """Hook: the lines of ``route`` that one record takes, in order.

        A record that goes the way of another one may have no use for all of its signatures: a
        change request is not published, so nobody releases it for the network.
        """
        return route.line_ids.sorted(lambda x: (x.stage, x.sequence))

    def _approval_applicant_department(self):
        """Department of who asks; one record. By default that of the current user."""
        company = self.env["itsms.log"]._company_of(self)
        return self.env.user._itsms_employees(company).department_id[:1]

    def _approval_department_of(self, source):
        """Department for which a route line looks up its role or head; one record.

        :param source: a key of ``department_source`` of the route line.
        """
        if source == "record":
            return self._approval_department()
        if source == "applicant":
            return self._approval_applicant_department()
        # sudo: which department is the ITSMS office is no secret
        company = self.env["itsms.log"]._company_of(self).sudo()
        return {
            "office": company.itsms_office_department_id,
            "printing": company.itsms_printing_department_id,
            "purchasing": company.itsms_purchasing_department_id,
        }[source].sudo(False)

    # ------------------------------------------------------------ when necessary
    def _optional_steps(self):
        """Steps of the running round that nobody has asked for so far (sudo: engine)."""
        steps = self.env["itsms.approval.step"].sudo()
        for record in self:
            steps |= record.sudo().approval_step_ids.filtered(
                lambda s, r=record: s.round == r.approval_round and s.state == "optional"
            )
        return steps

    def action_require_optional_steps(self, reason=None):
        """Switch on the steps that are taken “when necessary” (必要时), before one's own decision.

        Who may decide now does so, or the ITSMS office; there is no switching off.

        :raise UserError: not pending, nothing to switch on, or nobody holds the office.
        """
        self.ensure_one()
        self._lock_rows()
        self.check_access("read")
        self._check_pending()
        memo = {}
        current = self._open_steps()
        office = self.env.user.has_group("itsms_base.group_itsms_office")
        if not office and not any(s._authority_of(self.env.user, memo)[0] for s in current):
            raise AccessError(
                self.env._("Only who decides now, or the ITSMS office, asks for a further step.")
            )
        steps = self._optional_steps()
        if not steps:
            raise UserError(self.env._("There is no further step to ask for."))
        for step in steps:
            self._require_step(step, reason, min(current.mapped("stage")))
        return True

    def _require_step(self, step, reason, stage):
        holders = step._office_holders()
        deciders = (step.approver_ids if holders is None else holders) - step.preparer_ids
        if not deciders:
            raise UserError(
                self.env._(
                    "Nobody can take the step “%(asked)s”. Appoint somebody under Configuration › "
                    "People › Role register (COM-9).",
                    asked=step.asked,
                )
            )
        step._engine_write({"state": "waiting", "approver_ids": [(6, 0, deciders.ids)]})
        if step.stage <= stage:
            step._open()
        self._log(
            "other",
            comment=self.env._(
                "%(label)s by %(asked)s asked for: %(reason)s",
                label=step._label_text(),
                asked=step.asked,
                reason=reason or "–",
            ),
        )
