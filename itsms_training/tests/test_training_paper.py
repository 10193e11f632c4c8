from odoo.exceptions import AccessError, UserError

from .session_common import END, START, SessionCase, tagged


@tagged("post_install", "-at_install")
class TestTrainingPaper(SessionCase):
    """Examination papers: run by planners without any right on surveys (TRN-4.3.5.2)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.survey = cls._survey("Incidents")
        cls.restricted = cls._survey("Board", restrict_user_ids=[(6, 0, cls.env.user.ids)])
        cls.opinion = cls._survey("Opinion", scoring_type="no_scoring")

    @classmethod
    def _survey(cls, title, **vals):
        """A paper of one question with a right and a wrong answer."""
        return cls.env["survey.survey"].create(
            {
                "title": title,
                "scoring_type": "scoring_without_answers",
                "scoring_success_min": 60,
                "access_mode": "token",
                "question_and_page_ids": [
                    (
                        0,
                        0,
                        {
                            "title": "Who escalates?",
                            "question_type": "simple_choice",
                            "suggested_answer_ids": [
                                (0, 0, {"value": "I", "is_correct": True, "answer_score": 10}),
                                (0, 0, {"value": "Nobody"}),
                            ],
                        },
                    )
                ],
                **vals,
            }
        )

    def _papers(self, user):
        return self._as(self.env["itsms.training.paper"], user)

    def test_choose(self):
        """TRN-4.3.5.2: the head chooses among the titles of open, scored papers; nothing of the
        survey itself is open to him."""
        papers = self._papers(self.head).search([])
        self.assertIn("Incidents", papers.mapped("name"))
        self.assertFalse({"Board", "Opinion"} & set(papers.mapped("name")))
        self.assertEqual(self._papers(self.head).name_search("Incid")[0][0], self.survey.id)
        self.assertEqual(papers.browse(self.survey.id).questions, 1)
        for model in ("survey.survey", "survey.question", "survey.user_input"):
            with self.assertRaises(AccessError):
                self._as(self.env[model], self.head).search([])

    def test_through_the_form(self):
        """TRN-4.3.5.2: saved and read over the web client by a head who is no survey user."""
        session = self._session(assessment="written")
        mine = self._as(session, self.head)
        spec = {"paper_id": {"fields": {"display_name": {}}}, "survey_id": {}}
        saved = mine.web_save({"paper_id": self.survey.id}, spec)
        self.assertEqual(saved[0]["paper_id"]["display_name"], "Incidents")
        self.assertEqual(session.survey_id, self.survey)
        self.assertEqual(mine.paper_name, "Incidents")
        mine.web_save({"paper_id": False}, spec)
        self.assertFalse(session.survey_id)

    def test_forged(self):
        """TRN-4.3.5.2: a restricted or unscored paper is not taken by its number."""
        session = self._as(self._session(assessment="written"), self.head)
        for survey in (self.restricted, self.opinion):
            with self.assertRaises(AccessError):
                session.write({"survey_id": survey.id})
            try:
                session.write({"paper_id": survey.id})
            except (AccessError, UserError):
                continue
            self.assertFalse(session.sudo().survey_id)
        approved = self._as(
            self._approved(assessment="written", paper_id=self.survey.id), self.head
        )
        with self.assertRaises(UserError):
            approved.write({"paper_id": False})
        self.assertEqual(approved.sudo().survey_id, self.survey)

    def test_whole_test(self):
        """TRN-4.3.5.2 TRN-4.3.2: the head organises, the trainee writes, the mark is there: no
        one of them is a survey user."""
        session = self._running(assessment="written", paper_id=self.survey.id)
        with self._at(START):
            mine = self._as(session, self.author)
            mine.action_sign_in()
            self.assertTrue(mine.can_take_test)
            mine.action_take_test()
        attempt = self._line(session, self.author).sudo().attempt_ids
        answer = attempt.user_input_id
        question = self.survey.question_ids
        answer._save_lines(question, str(question.suggested_answer_ids[0].id))
        with self._at(END):
            answer._mark_done()
        line = self._as(self._line(session, self.author), self.head)
        self.assertEqual((line.score, line.result), (100, "passed"))
