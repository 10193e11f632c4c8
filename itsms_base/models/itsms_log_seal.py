from odoo import api, fields, models
from odoo.tools import SQL

from ..engine import canonical, guard


class ItsmsLogSeal(models.Model):
    """Nightly seal of a company's evidence: a chained hash over the heads of all touched chains.

    A chain can be cut at its end without a trace in the chain itself; the seal holds the head as
    it was and so names the record.
    """

    _name = "itsms.log.seal"
    _description = "Evidence Seal"
    _inherit = ["itsms.append.only.mixin"]
    _order = "id desc"
    _rec_name = "sealed_at"
    _log_access = False

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="restrict"
    )
    sealed_at = fields.Datetime(required=True, readonly=True)
    head_count = fields.Integer(string="Chains", readonly=True)
    head_ids = fields.One2many("itsms.log.seal.head", "seal_id", readonly=True)
    previous_hash = fields.Char(readonly=True)
    hash = fields.Char(readonly=True, required=True)

    _fork_uniq = models.UniqueIndex(
        "(company_id, COALESCE(previous_hash, ''))",
        "Another seal already follows from the last one.",
    )

    # ------------------------------------------------------------ sealing
    @api.model
    def _cron_seal(self):
        """Seal every company; runs nightly, may run again at any time."""
        # sudo: sealing is the system's own work
        for company in self.env["res.company"].sudo().search([]):  # pylint: disable=no-search-all
            self._seal(company)

    @api.model
    def _seal(self, company):
        """Seal the chains of ``company`` that grew since they were last sealed."""
        self.env["itsms.log"].flush_model()
        heads = self.env.execute_query(
            SQL(
                """
                SELECT head.res_model, head.res_id, head.position, head.hash
                  FROM (SELECT DISTINCT ON (res_model, res_id) res_model, res_id, position, hash
                          FROM itsms_log WHERE company_id = %s
                      ORDER BY res_model, res_id, position DESC) head
                 WHERE NOT EXISTS (SELECT 1 FROM itsms_log_seal_head sealed
                                    WHERE sealed.res_model = head.res_model
                                      AND sealed.res_id = head.res_id
                                      AND sealed.position = head.position)
              ORDER BY head.res_model, head.res_id
                """,
                company.id,
            )
        )
        if not heads:
            return self.browse()
        # sudo: sealing is the system's own work
        previous = self.sudo().search([("company_id", "=", company.id)], limit=1).hash
        now = fields.Datetime.now()
        keys = ("res_model", "res_id", "position", "hash")
        # sudo: sealing is the system's own work
        seal = guard.as_engine(self.sudo()).create(
            {
                "company_id": company.id,
                "sealed_at": now,
                "head_count": len(heads),
                "previous_hash": previous,
                "hash": self._seal_hash(company.id, now, previous, heads),
                "head_ids": [
                    fields.Command.create(dict(zip(keys, head, strict=True))) for head in heads
                ],
            }
        )
        return seal.with_env(self.env)

    @api.model
    def _seal_hash(self, company_id, sealed_at, previous, heads):
        return canonical.digest(
            [
                company_id,
                fields.Datetime.to_string(sealed_at),
                previous or None,
                [list(head) for head in heads],
            ]
        )

    # ------------------------------------------------------------ verification
    @api.model
    def _find_broken_head(self, res_model=None, res_id=None):
        """First sealed head that is no longer in the log, or seal that does not hold."""
        only = SQL("TRUE")
        if res_model:
            only = SQL("sealed.res_model = %s AND sealed.res_id = %s", res_model, res_id)
        lost = self.env.execute_query(
            SQL(
                """
                SELECT sealed.res_model, sealed.res_id, sealed.position
                  FROM itsms_log_seal_head sealed
             LEFT JOIN itsms_log line ON line.res_model = sealed.res_model
                   AND line.res_id = sealed.res_id AND line.position = sealed.position
                   AND line.hash = sealed.hash
                 WHERE line.id IS NULL AND %s
              ORDER BY sealed.id LIMIT 1
                """,
                only,
            )
        )
        if lost:
            return False, self.env._(
                "the sealed line %(position)s of %(model)s,%(id)s is missing or was rewritten",
                model=lost[0][0],
                id=lost[0][1],
                position=lost[0][2],
            )
        return None if res_model else self._find_broken_seal()

    @api.model
    def _find_broken_seal(self):
        previous = {}
        # sudo: verifies what all companies sealed; no content is shown
        for seal in self.sudo().search([], order="id"):  # pylint: disable=no-search-all
            heads = [
                (h.res_model, h.res_id, h.position, h.hash)
                for h in seal.head_ids.sorted(lambda h: (h.res_model, h.res_id))
            ]
            expected = self._seal_hash(
                seal.company_id.id, seal.sealed_at, previous.get(seal.company_id), heads
            )
            if expected != seal.hash or seal.head_count != len(heads):
                return False, self.env._("the seal of %(time)s was changed", time=seal.sealed_at)
            previous[seal.company_id] = seal.hash
        return None


class ItsmsLogSealHead(models.Model):
    """Head of one evidence chain at the time of a seal."""

    _name = "itsms.log.seal.head"
    _description = "Sealed Chain Head"
    _inherit = ["itsms.append.only.mixin", "itsms.record.reference.mixin"]
    _order = "id"
    _rec_name = "record_name"
    _log_access = False

    seal_id = fields.Many2one(
        "itsms.log.seal", required=True, readonly=True, index=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="seal_id.company_id")
    position = fields.Integer(required=True, readonly=True)
    hash = fields.Char(required=True, readonly=True)

    _chain_idx = models.Index("(res_model, res_id, position)")
