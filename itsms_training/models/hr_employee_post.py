from odoo import api, fields, models
from odoo.tools import SQL

_HR = "hr.group_hr_user"
BATCH = 200


class HrEmployee(models.Model):
    """The post that training knows of a person, to notice the day on which it changes.

    Odoo keeps the department and the job in dated versions: what is entered for a day to come
    opens the training on that day, not before (TRN-4.3.4.6).
    """

    _inherit = "hr.employee"

    itsms_post_department_id = fields.Many2one(
        "hr.department", string="Department (training)", readonly=True, copy=False, groups=_HR
    )
    itsms_post_job_id = fields.Many2one(
        "hr.job", string="Job (training)", readonly=True, copy=False, groups=_HR
    )

    def init(self):
        """People who were there before the module: what they do today is known."""
        super().init()
        self.env.cr.execute(
            SQL(
                """
                UPDATE hr_employee e
                   SET itsms_post_department_id = v.department_id, itsms_post_job_id = v.job_id
                  FROM hr_version v
                 WHERE v.id = e.current_version_id
                   AND e.itsms_post_department_id IS NULL AND e.itsms_post_job_id IS NULL
                """
            )
        )

    def _itsms_follow_post(self):
        """Open the training of those whose department or job of today is another one than known;
        whoever moves them (sudo: it follows from the move)."""
        moved = self.sudo().browse()
        today = {}
        for employee in self.sudo():
            # not `department_id`: on the form of a version to come it is that of the version
            version = employee.current_version_id
            now = (version.department_id, version.job_id)
            known = (employee.itsms_post_department_id, employee.itsms_post_job_id)
            if now == known:
                continue
            today.setdefault(now, []).append(employee.id)
            if any(known) and any(now) and employee.active:
                moved |= employee
        for (department, job), ids in today.items():
            # sudo: see above
            self.sudo().browse(ids).write(
                {"itsms_post_department_id": department.id, "itsms_post_job_id": job.id}
            )
        if moved:
            self.env["itsms.training.induction"]._open_for(moved, "post_change")

    @api.model
    def _itsms_moved(self):
        """Ids of the people whose post of today is another one than training knows; one query."""
        self.env["hr.version"].flush_model()
        self.flush_model()
        self.env.cr.execute(
            SQL(
                """
                SELECT e.id
                  FROM hr_employee e
            CROSS JOIN LATERAL (
                       SELECT v.department_id, v.job_id FROM hr_version v
                        WHERE v.employee_id = e.id AND v.active AND v.date_version <= %s
                     ORDER BY v.date_version DESC LIMIT 1) now
                 WHERE e.active
                   AND (now.department_id IS DISTINCT FROM e.itsms_post_department_id
                        OR now.job_id IS DISTINCT FROM e.itsms_post_job_id)
              ORDER BY e.id
                """,
                fields.Date.today(),
            )
        )
        return [row[0] for row in self.env.cr.fetchall()]

    @api.model
    def _cron_itsms_follow_posts(self, limit=BATCH):
        """Daily: changes that were entered for a day to come and have come; small steps."""
        Cron = self.env["ir.cron"]
        ids = self._itsms_moved()
        Cron._commit_progress(remaining=len(ids))
        for start in range(0, len(ids), limit):
            people = self.browse(ids[start : start + limit])
            people._compute_current_version_id()
            people._itsms_follow_post()
            if not Cron._commit_progress(len(people)):
                return

    @api.model
    def _cron_update_current_version_id(self):
        """Odoo's own job changes the version of today: training follows at once."""
        result = super()._cron_update_current_version_id()
        self.browse(self._itsms_moved())._itsms_follow_post()
        return result


class HrVersion(models.Model):
    _inherit = "hr.version"

    @api.model_create_multi
    def create(self, vals_list):
        versions = super().create(vals_list)
        versions.employee_id._itsms_follow_post()
        return versions

    def write(self, vals):
        result = super().write(vals)
        if {"department_id", "job_id", "date_version", "active", "employee_id"} & set(vals):
            self.employee_id._itsms_follow_post()
        return result
