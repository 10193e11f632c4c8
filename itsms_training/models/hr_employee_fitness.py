from odoo import models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .itsms_training_gap_sql import rows_sql


class HrEmployee(models.Model):
    """Whether a person may work in a post on a day: the one question that other modules ask.

    No work before passing (TRN-4.3.5.2a): who failed and did not make up. No special work without
    a valid certificate to work (TRN-4.4.1): of the job and of the ITSMS roles held.
    """

    _inherit = "hr.employee"

    def _itsms_work_obstacles(self, job=None, on=None):
        """Why these people may not work, as a dict of employee id to a list of dicts ``kind``
        (failed, certificate), ``text`` and ``record``; nobody is missing from it, who may work
        has an empty list. A fixed number of queries.

        :param job: the post that is asked about; by default the one that each person has, with
            the ITSMS roles held.
        :param on: the day; by default today.

        Read as sudo: it is asked by whoever assigns work, and says no mark.
        """
        result = {employee.id: [] for employee in self}
        people = self.sudo()  # sudo: see above
        failed = self.env["itsms.training.attendance"]._not_allowed(people)
        for employee_id, lines in failed.items():
            result[employee_id] += [
                {
                    "kind": "failed",
                    "record": line,
                    "text": self.env._(
                        "failed “%(training)s”, a make-up examination is to be passed "
                        "(TRN-4.3.5.2a)",
                        training=line.session_id.name,
                    ),
                }
                for line in lines.sudo()
            ]
        for employee, kinds in people._itsms_certificates_lacking(job, on).items():
            result[employee.id] += [
                {
                    "kind": "certificate",
                    "record": kind,
                    "text": self.env._(
                        "has no valid certificate to work “%(kind)s” (TRN-4.4.1)", kind=kind.name
                    ),
                }
                for kind in kinds
            ]
        return result

    def _itsms_certificates_lacking(self, job=None, on=None):
        """Kinds of special work that each person needs and has no valid certificate of (sudo by
        the caller)."""
        if not self:
            return {}
        Kind = self.env["itsms.work.certificate.type"]
        if job is None:
            needed = self._itsms_special_work()
        else:
            by_company = {
                company: Kind._needed_for("job", job, company).filtered(
                    lambda kind: kind.special_work and kind.active
                )
                for company in self.company_id
            }
            needed = {employee: by_company[employee.company_id] for employee in self}
        held = self.env["itsms.work.certificate"]._valid_for(self, on)
        return {
            employee: kinds - held[employee.id].type_id
            for employee, kinds in needed.items()
            if kinds - held[employee.id].type_id
        }

    def _itsms_special_work(self):
        """Kinds of special work that these people do today; one query."""
        Gap = self.env["itsms.training.gap"]
        Gap._flush_sources()
        self.env.cr.execute(
            SQL(
                "SELECT employee_id, array_agg(DISTINCT type_id) FROM (%s) AS r "
                "WHERE kind = 'certificate' AND mandatory AND special_work GROUP BY employee_id",
                rows_sql(self.env, self.ids),
            )
        )
        Kind = self.env["itsms.work.certificate.type"]
        return {
            self.browse(employee_id): Kind.browse(kinds)
            for employee_id, kinds in self.env.cr.fetchall()
        }

    def _itsms_check_may_work(self, job=None, on=None):
        """Refuse to put people to work who may not, with what to do about it.

        :raise UserError: names the first person and everything that stands in the way.
        """
        for employee_id, obstacles in self._itsms_work_obstacles(job, on).items():
            if not obstacles:
                continue
            # sudo: name of a colleague
            name = self.browse(employee_id).sudo().name
            raise UserError(
                self.env._(
                    "%(name)s is not allowed to take up the post: %(reasons)s. Open a make-up "
                    "examination in the attendance list, or have HR issue the certificate under "
                    "Training › Certificates.",
                    name=name,
                    reasons="; ".join(obstacle["text"] for obstacle in obstacles),
                )
            )
