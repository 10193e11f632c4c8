from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from odoo.addons.itsms_base.engine import guard


class ItsmsTrainingPaper(models.Model):
    """Examination papers to choose from: the title of a scored survey, and nothing else of it.

    Department heads and organisers run the test of their session without rights on surveys: they
    choose the paper, trainees write it from the session, the marks are read in (TRN-4.3.5.2).
    Questions, answers and links stay with those who have Odoo's rights on surveys. Papers that
    are restricted to some survey users are chosen by these.
    """

    _name = "itsms.training.paper"
    _description = "Examination Paper"
    _auto = False
    _order = "name, id"
    _depends = {
        "survey.survey": ["title", "active", "scoring_type", "restrict_user_ids"],
        "survey.question": ["survey_id", "is_page"],
    }

    name = fields.Char(translate=True, readonly=True)
    questions = fields.Integer(readonly=True, aggregator=None)

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT s.id, s.title AS name,
                   (SELECT count(*)::int FROM survey_question q
                     WHERE q.survey_id = s.id AND q.is_page IS NOT TRUE) AS questions
              FROM survey_survey s
             WHERE s.active AND s.scoring_type != 'no_scoring'
               AND NOT EXISTS (SELECT 1 FROM %s r WHERE r.survey_survey_id = s.id)
            """,
            SQL.identifier(self.env["survey.survey"]._fields["restrict_user_ids"].relation),
        )


class ItsmsTrainingSession(models.Model):
    _inherit = "itsms.training.session"

    paper_id = fields.Many2one(
        "itsms.training.paper",
        string="Paper to be written",
        compute="_compute_paper_id",
        inverse="_inverse_paper_id",
        help="Trainees write it from the session, marks are read in. Papers are made under "
        "Surveys, with a score.",
    )
    paper_name = fields.Char(string="Paper", compute="_compute_paper_id")

    @api.depends("survey_id")
    def _compute_paper_id(self):
        # sudo: only which paper it is
        ids = self.sudo().survey_id.ids
        known = self.env["itsms.training.paper"].search([("id", "in", ids)])
        for session in self:
            survey = session.sudo().survey_id  # sudo: the title stands on the plan
            session.paper_id = known.filtered(lambda p, s=survey: p.id == s.id)
            session.paper_name = survey.title

    def _inverse_paper_id(self):
        for session in self:
            paper = session.paper_id
            if paper:
                paper.check_access("read")
            # sudo: the planner has no right on surveys, and chose among the open ones
            session.sudo().survey_id = paper.exists().id

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_survey(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_survey(vals)
        return super().write(vals)

    def _check_survey(self, vals):
        """Who has no right on a survey chooses among the open papers."""
        if self.env.su or guard.is_engine(self.env) or not vals.get("survey_id"):
            return
        if self.env["itsms.training.paper"].search_count([("id", "=", vals["survey_id"])]):
            return
        if not self.env["survey.survey"].browse(vals["survey_id"]).has_access("read"):
            raise AccessError(
                self.env._(
                    "Choose the examination paper under “Paper to be written”: this one is kept "
                    "by those who run surveys (TRN-4.3.5.2)."
                )
            )
