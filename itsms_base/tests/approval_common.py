import json

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.service.model import call_kw

from odoo.addons.itsms_base.tests.common import ItsmsCase, tagged


class ApprovalCase(ItsmsCase):
    """Parameter changes as the record in approval, routes to order, calls as a client makes them.

    ``self.attackers`` are the ordinary user with write access, the ITSMS administrator and the
    system administrator.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sysadmin = cls.env.ref("base.user_admin")
        cls.sysadmin.write(
            {"company_ids": [Command.link(cls.company.id)], "company_id": cls.company.id}
        )
        cls.attackers = cls.office | cls.manager | cls.sysadmin
        cls.role_mr = cls.env.ref("itsms_base.itsms_role_management_representative")
        cls.role_president = cls.env.ref("itsms_base.itsms_role_president")

    @classmethod
    def _route(cls, *lines, **vals):
        """A route of the test company for parameter changes; it goes before the delivered one."""
        return cls.env["itsms.approval.route"].create(
            {
                "name": "Test route",
                "model_id": cls.env["ir.model"]._get_id("itsms.parameter.change"),
                "company_id": cls.company.id,
                "line_ids": [Command.create(line) for line in lines],
                **vals,
            }
        )

    @classmethod
    def _line(cls, user=None, role=None, **vals):
        """Values of a route line asking ``user`` or the holder of ``role``."""
        if user:
            source = {"source": "user", "user_id": user.id}
        else:
            source = {"source": "role", "role_id": (role or cls.role_mr).id}
        return {"stage": 1, "label": "approve", **source, **vals}

    def _submitted(self, user=None, **vals):
        change = self._change(user=user, **vals)
        change.action_submit()
        return change

    def _approved(self, **vals):
        change = self._submitted(**vals)
        self._as(change, self.mr).action_approve()
        return change

    def _rpc(self, user, model, method, *args, context=None, **kwargs):
        """Call like a client: public methods only, JSON in, the user's own companies."""
        self.env.flush_all()
        self.env.invalidate_all()
        env = self.env(
            user=user.id, su=False, context={"allowed_company_ids": user.company_ids.ids}
        )
        args, kwargs = json.loads(json.dumps([list(args), kwargs]))
        kwargs["context"] = {**env.context, **json.loads(json.dumps(context or {}))}
        return call_kw(env[model], method, args, kwargs)

    def _refused(self, user, model, method, *args, **kwargs):
        """The call is refused with a clear error (access errors are user errors too)."""
        with self.assertRaises(UserError, msg=f"{user.login}: {model}.{method} {kwargs}") as caught:
            self._rpc(user, model, method, *args, **kwargs)
        self.assertTrue(str(caught.exception).strip())
        return str(caught.exception)

    def _steps(self, record):
        record.env.flush_all()
        return self.env["itsms.approval.step"].search(
            [("res_model", "=", record._name), ("res_id", "=", record.id)],
            order="round, stage, sequence, id",
        )


__all__ = ["ApprovalCase", "Command", "tagged"]
