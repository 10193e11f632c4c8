from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL


class ItsmsTrainingRoom(models.Model):
    """A room for training, with the seats it has."""

    _name = "itsms.training.room"
    _description = "Training Room"
    _order = "name, id"

    name = fields.Char(required=True)
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="restrict",
        default=lambda self: self.env.company,
    )
    capacity = fields.Integer(
        string="Seats", required=True, default=20, help="No more people are invited into it."
    )
    note = fields.Char(help="How to find it, and what it is equipped with.")
    active = fields.Boolean(default=True)

    _name_uniq = models.UniqueIndex("(company_id, name)", "There is a room of this name already.")

    @api.constrains("capacity")
    def _check_capacity(self):
        for room in self:
            if room.capacity < 1:
                raise ValidationError(
                    self.env._("%(room)s: a room has one seat at least.", room=room.name)
                )


class ResCompany(models.Model):
    _inherit = "res.company"

    itsms_training_bookings = fields.Integer(
        readonly=True, help="Counts the bookings of rooms and teachers, one after the other."
    )

    def _itsms_book(self):
        """Make bookings of one company wait for each other: two sessions submitted at the same
        moment would not see each other. Who comes second is tried again and then refused."""
        for company_id in sorted(self.ids):
            self.env.cr.execute(
                SQL(
                    "UPDATE res_company SET itsms_training_bookings = "
                    "COALESCE(itsms_training_bookings, 0) + 1 WHERE id = %s",
                    company_id,
                )
            )
