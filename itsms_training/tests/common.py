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


__all__ = ["TrainingCase", "tagged"]
