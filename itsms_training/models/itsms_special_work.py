from odoo import api, models
from odoo.exceptions import ValidationError


class ItsmsWorkCertificate(models.Model):
    """Nobody is assigned to special work without a valid certificate (TRN-4.4.1, 6.5)."""

    _inherit = "itsms.work.certificate"

    @api.model
    def _lacking(self, employee, kinds, on):
        """Kinds of special work among ``kinds`` for which the person has no valid certificate.

        No employee at all has none.
        """
        needed = kinds.filtered(lambda kind: kind.special_work and kind.active)
        held = (
            self._valid_for(employee, on).get(employee.id, self).type_id if employee else kinds[:0]
        )
        return needed - held


class ItsmsWorkCertificateType(models.Model):
    """Which kinds a role or a job needs: by the kind itself or by a standard in force."""

    _inherit = "itsms.work.certificate.type"

    @api.model
    def _needed_for(self, field, target, company):
        """Kinds that the job or the role ``target`` needs in ``company`` (sudo: the rule counts
        for whoever assigns, not for who may read the standards).

        :param field: ``job`` or ``role``.
        """
        kinds = self.sudo().search(
            [(f"{field}_ids", "in", target.ids), ("company_id", "=", company.id)]
        )
        link = "job_id" if field == "job" else "role_ids"
        standards = (
            self.env["itsms.job.standard"]
            .sudo()  # sudo: as above
            .search(
                [
                    (link, "in", target.ids),
                    ("state", "=", "approved"),
                    ("company_id", "=", company.id),
                ]
            )
        )
        lines = standards.certificate_line_ids.filtered("mandatory")
        return kinds | lines.type_id


class ItsmsRoleAssignment(models.Model):
    """An ITSMS role that is special work is given to holders of the certificate only."""

    _inherit = "itsms.role.assignment"

    @api.constrains("role_id", "user_id", "company_id", "date_from")
    def _check_work_certificate(self):
        for assignment in self:
            company = assignment.company_id
            kinds = self.env["itsms.work.certificate.type"]._needed_for(
                "role", assignment.role_id, company
            )
            if not kinds:
                continue
            on = max(assignment.date_from, company._itsms_today())
            employee = assignment.user_id._itsms_employees(company)[:1]
            lacking = self.env["itsms.work.certificate"]._lacking(employee, kinds, on)
            if lacking:
                raise ValidationError(
                    self.env._(
                        "%(user)s cannot be appointed to %(role)s on %(day)s: special work needs a "
                        "valid certificate to work, and %(kinds)s is missing. HR issues it under "
                        "Training › Certificates (TRN-4.4.1).",
                        user=assignment.user_id.name,
                        role=assignment.role_id.name,
                        day=on,
                        kinds=", ".join(lacking.mapped("name")),
                    )
                )


class HrVersion(models.Model):
    """A post in Odoo HR: HR hears that the person may not work in it yet, or it is refused,
    as the company decides by the parameter ``training.special.post.refused``."""

    _inherit = "hr.version"

    @api.model_create_multi
    def create(self, vals_list):
        versions = super().create(vals_list)
        versions.filtered("job_id")._check_special_post()
        return versions

    def write(self, vals):
        changed = self.browse()
        if vals.get("job_id"):
            changed = self.filtered(lambda v: v.job_id.id != vals["job_id"])
        result = super().write(vals)
        changed._check_special_post()
        return result

    def _check_special_post(self):
        """Refuse or tell; what is to come is checked on its first day by the marks."""
        Kind = self.env["itsms.work.certificate.type"]
        needed = {}
        # sudo: the rule counts for whoever assigns the post
        for version in self.sudo():
            company = version.company_id
            if not version.employee_id or version.date_version > company._itsms_today():
                continue
            key = (version.job_id, company)
            if key not in needed:
                needed[key] = Kind._needed_for("job", *key)
            if not needed[key]:
                continue
            lacking = self.env["itsms.work.certificate"]._lacking(
                version.employee_id, needed[key], company._itsms_today()
            )
            if lacking:
                version._tell_special_post(lacking)

    def _tell_special_post(self, lacking):
        names = {
            "person": self.employee_id.name,
            "job": self.job_id.name,
            "kinds": ", ".join(lacking.mapped("name")),
        }
        if self.env["itsms.parameter"]._get("training.special.post.refused", self.company_id):
            raise ValidationError(
                self.env._(
                    "%(person)s cannot get the post %(job)s: it is special work, and a valid "
                    "%(kinds)s is missing. HR issues it under Training › Certificates (TRN-4.4.1).",
                    **names,
                )
            )
        text = self.env._(
            "%(person)s is not allowed to work as %(job)s yet: %(kinds)s is missing (TRN-4.4.1).",
            **names,
        )
        self.employee_id._message_log(body=text)
        roles = self.env["itsms.role"]._by_code("training_administrator", "hr_head")
        people = self.env["res.users"].sudo()  # sudo: HR of the company is told, whoever acts
        for role in roles:
            people |= role._holders(self.company_id)
        if people:
            self.employee_id.message_notify(
                partner_ids=people.partner_id.ids, body=text, subject=self.employee_id.name
            )


class HrEmployee(models.Model):
    """HR is warned while it chooses the post."""

    _inherit = "hr.employee"

    @api.model_create_multi
    def create(self, vals_list):
        """The first version is there before its employee is: it is checked here."""
        employees = super().create(vals_list)
        # sudo: the rule counts for whoever creates the employee
        employees.sudo().current_version_id.filtered("job_id")._check_special_post()
        return employees

    @api.onchange("job_id")
    def _onchange_itsms_special_post(self):
        job = self.job_id._origin
        company = self.company_id or self.env.company
        if not job:
            return None
        kinds = self.env["itsms.work.certificate.type"]._needed_for("job", job, company)
        lacking = self.env["itsms.work.certificate"]._lacking(
            self._origin, kinds, company._itsms_today()
        )
        if not lacking:
            return None
        return {
            "warning": {
                "title": self.env._("Special work"),
                "message": self.env._(
                    "%(job)s is special work. Without %(kinds)s the person is not allowed to work "
                    "yet (TRN-4.4.1).",
                    job=job.name,
                    kinds=", ".join(lacking.mapped("name")),
                ),
            }
        }
