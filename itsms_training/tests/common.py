from odoo.addons.itsms_base.tests.common import ItsmsCase, tagged


class TrainingCase(ItsmsCase):
    """Adds the people of training: HR with its head and its training administrator."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dep_hr = cls._department("Human resources")
        cls.hr_head = cls._person("hr_head", cls.dep_hr, "hr.group_hr_user")
        cls.training_admin = cls._person("training_admin", cls.dep_hr, "hr.group_hr_user")
        cls.dep_hr.manager_id = cls.hr_head.employee_id
        cls._assign("hr_head", cls.hr_head)
        cls._assign("training_administrator", cls.training_admin)
        cls._assign("vice_president", cls.vp, cls.dep_hr)

    # ------------------------------------------------------------ standards, gaps, certificates
    @classmethod
    def _job(cls, name="Engineer", department=None, company=None):
        return cls.env["hr.job"].create(
            {
                "name": name,
                "company_id": (company or cls.company).id,
                "department_id": (department or cls.dep_dev).id,
            }
        )

    @classmethod
    def _skill_type(cls, name="Technology", skills=("Network", "Linux"), certification=False):
        """A type of skills with three levels: 20, 50 and 100 percent."""
        return cls.env["hr.skill.type"].create(
            {
                "name": name,
                "is_certification": certification,
                "skill_ids": [(0, 0, {"name": skill}) for skill in skills],
                "skill_level_ids": [
                    (0, 0, {"name": level, "level_progress": progress})
                    for level, progress in (("Basic", 20), ("Good", 50), ("Expert", 100))
                ],
            }
        )

    @classmethod
    def _level(cls, skill, name):
        return skill.skill_type_id.skill_level_ids.filtered(lambda level: level.name == name)

    @classmethod
    def _knows(cls, employee, skill, level, **vals):
        """``employee`` has ``skill`` at the named level."""
        return cls.env["hr.employee.skill"].create(
            {
                "employee_id": employee.id,
                "skill_id": skill.id,
                "skill_type_id": skill.skill_type_id.id,
                "skill_level_id": cls._level(skill, level).id,
                "valid_from": "2020-01-01",
                **vals,
            }
        )

    def _standard(self, job=None, skills=(), certificates=(), approve=True, **vals):
        """A standard of ``job`` written by HR; in force unless ``approve`` is false.

        :param skills: triples of skill, name of the level, mandatory.
        :param certificates: kinds of certificates, all mandatory.
        """
        standard = (
            self.env["itsms.job.standard"]
            .with_user(self.training_admin)
            .create(
                {
                    "job_id": job and job.id,
                    "company_id": self.company.id,
                    "duties": "Keeps the services running",
                    "min_education": "graduate",
                    "skill_line_ids": [
                        (
                            0,
                            0,
                            {
                                "skill_id": skill.id,
                                "skill_level_id": self._level(skill, level).id,
                                "mandatory": mandatory,
                            },
                        )
                        for skill, level, mandatory in skills
                    ],
                    "certificate_line_ids": [(0, 0, {"type_id": kind.id}) for kind in certificates],
                    **vals,
                }
            )
        )
        if approve:
            self._approve_standard(standard)
        return standard

    def _approve_standard(self, standard):
        self._as(standard, self.training_admin).action_submit()
        self._as(standard, self.mr).action_approve()
        self._as(standard, self.president).action_approve()

    @classmethod
    def _certificate_type(cls, name="Electrician", **vals):
        return cls.env["itsms.work.certificate.type"].create(
            {"name": name, "code": name[:6].upper(), "company_id": cls.company.id, **vals}
        )

    def _certificate(self, employee, kind, issue=True, standard=None, **vals):
        """A certificate to work, verified and issued by HR unless ``issue`` is false."""
        certificate = (
            self.env["itsms.work.certificate"]
            .with_user(self.training_admin)
            .create(
                {
                    "employee_id": employee.id,
                    "type_id": kind.id,
                    "evidence_file": "cHJvb2Y=",
                    **({"standard_id": standard.id} if standard else {}),
                    **vals,
                }
            )
        )
        if issue:
            certificate.action_verify()
            certificate.action_issue()
        return certificate


__all__ = ["TrainingCase", "tagged"]
