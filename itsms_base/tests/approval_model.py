"""A model with everything an approval may have to bind, made for one test class only."""

from odoo import fields, models
from odoo.orm.model_classes import add_to_registry

from .approval_common import ApprovalCase

ORDER = "itsms.test.order"
LINE = "itsms.test.order.line"


class TestOrder(models.Model):
    __test__ = False  # no test case, whatever its name
    _name = ORDER
    _description = "Order Under Test"
    _inherit = ["itsms.approval.mixin", "mail.thread", "mail.activity.mixin"]

    name = fields.Char(required=True, translate=True)
    text = fields.Html(translate=True)
    company_id = fields.Many2one("res.company", default=lambda self: self.env.company)
    amount = fields.Float()
    file = fields.Binary(attachment=True)
    line_ids = fields.One2many(LINE, "order_id")
    partner_ids = fields.Many2many("res.partner")
    about = fields.Reference([("res.partner", "Partner"), ("res.users", "User")])
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("pending", "Pending"),
            ("rejected", "Rejected"),
            ("approved", "Approved"),
        ],
        default="draft",
        copy=False,
    )


class TestOrderLine(models.Model):
    __test__ = False
    _name = LINE
    _description = "Line of an Order Under Test"
    _inherit = ["itsms.content.lock.line.mixin"]
    _lock_parent = "order_id"

    order_id = fields.Many2one(ORDER, required=True, ondelete="cascade")
    name = fields.Char(translate=True)
    quantity = fields.Integer()
    file = fields.Binary(attachment=True)


for _definition in (TestOrder, TestOrderLine):
    # no registry loads these by itself, only the test that adds them
    models.MetaModel._module_to_models__["itsms_base"].remove(_definition)


class OrderCase(ApprovalCase):
    """Orders with lines, files, translations, to be approved by the management representative."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        names = [ORDER, LINE]
        for definition in (TestOrder, TestOrderLine):
            add_to_registry(cls.registry, definition)
        cls.addClassCleanup(cls._remove_models, names)
        with cls.muted_registry_logger:
            cls.registry._setup_models__(cls.env.cr, names)
            cls.registry.init_models(cls.env.cr, names, {"module": "itsms_base"})
        for name in names:
            cls.env["ir.model.access"].create(
                {
                    "name": name,
                    "model_id": cls.env["ir.model"]._get_id(name),
                    "group_id": cls.env.ref("base.group_user").id,
                    **dict.fromkeys(("perm_read", "perm_write", "perm_create", "perm_unlink"), 1),
                }
            )
        cls._route(cls._line(), model_id=cls.env["ir.model"]._get_id(ORDER))
        cls.env["res.lang"]._activate_lang("zh_CN")

    @classmethod
    def _remove_models(cls, names):
        for name in reversed(names):
            del cls.registry[name]
        with cls.muted_registry_logger:
            cls.registry._setup_models__(cls.cr)

    def _order(self, user=None, **vals):
        return (
            self.env[ORDER]
            .with_user(user or self.author)
            .create(
                {
                    "name": "Order",
                    "text": "<p>What is ordered</p>",
                    "amount": 10.5,
                    "company_id": self.company.id,
                    "file": b"Y29udGVudA==",
                    "partner_ids": self.mr.partner_id.ids,
                    "about": f"res.partner,{self.mr.partner_id.id}",
                    "line_ids": [
                        (0, 0, {"name": "One", "quantity": 1, "file": b"bGluZQ=="}),
                        (0, 0, {"name": "Two", "quantity": 2}),
                    ],
                    **vals,
                }
            )
        )
