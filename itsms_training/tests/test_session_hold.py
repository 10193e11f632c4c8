from datetime import timedelta

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command

from .session_common import END, NOW, START, SessionCase, tagged


@tagged("post_install", "-at_install")
class TestSessionHold(SessionCase):
    """Attendance, assessment, evaluation, filing."""

    # ------------------------------------------------------------ attendance
    def test_sign_in(self):
        """TRN-4.3.2: trainees sign in themselves, within the time of the training."""
        session = self._approved()
        mine = self._as(session, self.author)
        with self._at(START), self.assertRaisesRegex(UserError, "not open"):
            mine.action_sign_in()
        with self._at(START - timedelta(hours=1)), self.assertRaises(UserError):
            self._as(session, self.training_admin).action_start()
        with self._at(START - timedelta(minutes=30)):
            self._as(session, self.training_admin).action_start()
        with self._at(END + timedelta(minutes=1)), self.assertRaises(UserError):
            mine.action_sign_in()
        with self._at(START):
            mine.action_sign_in()
            mine.action_sign_in()
        line = self._line(session, self.author)
        self.assertEqual((line.presence, line.signed_by_id), ("present", self.author))
        self.assertEqual(self._line(session, self.colleague).presence, "expected")
        with self._at(START), self.assertRaises(AccessError):
            self._as(session, self.reader).action_sign_in()

    def test_entered_by_hr(self):
        """TRN-4.3.2: the training administrator enters the others, nobody himself or others."""
        session = self._running()
        line = self._line(session, self.author)
        with self._at(START):
            for user in (self.author, self.colleague, self.head, self.teacher):
                with self.subTest(user=user.login), self.assertRaises(AccessError):
                    self._as(line, user).write({"presence": "present"})
            hr = self._as(line, self.training_admin)
            hr.write({"presence": "excused", "absence_reason": "Ill"})
            for vals in ({"result": "passed"}, {"score": 100}, {"rating": "5"}):
                with self.subTest(vals=vals), self.assertRaises(AccessError):
                    hr.write(vals)
        self.assertEqual((line.presence, line.result), ("excused", "none"))
        with self._at(END), self.assertRaisesRegex(UserError, "Colleague"):
            self._as(session, self.training_admin).action_finish()

    def test_discipline(self):
        """TRN-4.3.2a: registered by the training administrator, seen by HR and the person."""
        session = self._running()
        line = self._line(session, self.author)
        Note = self.env["itsms.training.discipline"]
        with self._at(START):
            with self.assertRaises(AccessError):
                Note.with_user(self.teacher).create({"attendance_id": line.id, "name": "Slept"})
            note = Note.with_user(self.training_admin).create(
                {"attendance_id": line.id, "name": "Slept"}
            )
        for user, sees in (
            (self.author, True),
            (self.hr_head, True),
            (self.colleague, False),
            (self.head, False),
            (self.teacher, False),
        ):
            found = self._as(Note, user).search([("id", "=", note.id)])
            self.assertEqual(bool(found), sees, user.login)
        with self.assertRaises(UserError):
            note.unlink()
        self._assign("training_administrator", self.colleague)
        own = {"attendance_id": self._line(session, self.colleague).id, "name": "Was good"}
        with self._at(START), self.assertRaisesRegex(AccessError, "nobody his own"):
            self._as(Note, self.colleague).create(own)

    def test_who_reads_marks(self):
        """COM-17 TRN-4.3.2: nobody reads the marks of colleagues."""
        session = self._finished()
        line = self._line(session, self.author)
        for user, sees in (
            (self.author, True),
            (self.colleague, False),
            (self.reader, False),
            (self.head, True),
            (self.teacher, True),
            (self.hr_head, True),
        ):
            found = self._as(line, user).search([("id", "=", line.id)])
            self.assertEqual(bool(found), sees, user.login)
            attempts = self._as(line.attempt_ids, user).search([("attendance_id", "=", line.id)])
            self.assertEqual(bool(attempts), sees, user.login)
        seen = self._as(session, self.colleague).attendance_ids
        self.assertEqual(seen.employee_id.sudo(), self.colleague.employee_id)

    def test_token(self):
        """TRN-4.3.2: the code of the room is told to HR only and signs in its reader only."""
        session = self._running()
        token = session.sudo().signin_token
        self.assertEqual(len(token), 32)
        with self._at(START):
            self.assertIn(token, self._as(session, self.training_admin).signin_url)
            self.assertFalse(self._as(session, self.author).signin_url)
        with self.assertRaises(AccessError):
            self._as(session, self.author).read(["signin_token"])
        Session = self.env["itsms.training.session"]
        self.assertEqual(Session._by_token(token), session)
        for wrong in ("", "x" * 32, token[:31], None, ["a"], "%" * 32):
            self.assertFalse(Session._by_token(wrong))

    # ------------------------------------------------------------ assessment
    def test_make_up(self):
        """TRN-4.3.5.2 TRN-4.3.5.2a: the first result stays, the make-up is a line of its own."""
        session = self._finished(scores=(40, 90))
        line = self._line(session, self.author)
        self.assertEqual((line.result, line.first_score), ("failed", 40))
        Attendance = self.env["itsms.training.attendance"]
        with self.assertRaisesRegex(UserError, "TRN-4.3.5.2a"):
            Attendance._check_allowed(self.author.employee_id)
        Attendance._check_allowed(self.colleague.employee_id)
        with self.assertRaises(AccessError):
            self._as(line.attempt_ids, self.training_admin).write({"score": 90})
        with self.assertRaises(UserError):
            line.attempt_ids.unlink()
        self._assess(line, 75)
        self.assertEqual((line.result, line.first_score, line.score), ("passed", 40, 75))
        self.assertEqual(line.attempt_ids.mapped("number"), [1, 2])
        Attendance._check_allowed(self.author.employee_id)
        with self.assertRaisesRegex(UserError, "passed already"):
            self._assess(line, 30)

    def test_marks(self):
        """TRN-4.3.5.2: marks lie within the range, are given to who was there, by who may."""
        session = self._running()
        line = self._line(session, self.author)
        with self.assertRaisesRegex(UserError, "present"):
            self._assess(line, 50)
        with self._at(START):
            self._as(session, self.author).action_sign_in()
        for score in (-1, 100.5, 1000):
            with self.assertRaises(ValidationError):
                self._assess(line, score)
        for user in (self.author, self.colleague, self.reader):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._assess(line, 100, user=user)
        attempt = self._assess(line, 61, user=self.teacher)
        self.assertEqual((attempt.passed, attempt.assessor_id), (True, self.teacher))

    def test_void(self):
        """TRN-4.3.5.2a COM-4: a slip is declared void with a reason and stays."""
        session = self._running()
        with self._at(START):
            self._as(session, self.author).action_sign_in()
        line = self._line(session, self.author)
        attempt = self._assess(line, 10)
        with self._at(END):
            with self.assertRaises(UserError):
                attempt.action_void("")
            with self.assertRaises(AccessError):
                self._as(attempt, self.teacher).action_void("Slip")
            with self.assertRaisesRegex(UserError, "was assessed, and so was there"):
                self._as(line, self.training_admin).write(
                    {"presence": "excused", "absence_reason": "Ill"}
                )
            attempt.action_void("Slip of the pen")
        self.assertEqual((line.result, line.attempts, attempt.state), ("open", 0, "void"))

    def test_void_of_oneself(self):
        """TRN-4.3.2: who is HR himself does not take his own bad marks away."""
        session = self._running(employee_ids=[Command.set(self.training_admin.employee_id.ids)])
        line = self._line(session, self.training_admin)
        with self._at(START):
            self._as(session, self.training_admin).action_sign_in()
        attempt = self._assess(line, 10, user=self.hr_head)
        with self._at(END):
            with self.assertRaisesRegex(AccessError, "nobody his own"):
                self._as(attempt, self.training_admin).action_void("Slip")
            self._as(attempt, self.hr_head).action_void("Slip")
        self.assertEqual(attempt.state, "void")

    def test_written(self):
        """TRN-4.3.5.2: the examination paper is taken by who was there; the mark is read in."""
        survey = self.env["survey.survey"].create(
            {
                "title": "Paper",
                "scoring_type": "scoring_without_answers",
                "question_and_page_ids": [
                    (
                        0,
                        0,
                        {
                            "title": "Q",
                            "question_type": "simple_choice",
                            "suggested_answer_ids": [
                                (0, 0, {"value": "a", "answer_score": 4, "is_correct": True}),
                                (0, 0, {"value": "b", "answer_score": 0}),
                            ],
                        },
                    )
                ],
            }
        )
        session = self._running(assessment="written", survey_id=survey.id)
        line = self._line(session, self.author)
        with self._at(START):
            with self.assertRaises(UserError):
                self._as(session, self.author).action_take_test()
            self._as(session, self.author).action_sign_in()
            action = self._as(session, self.author).action_take_test()
            self.assertIn("answer_token=", action["url"])
            again = self._as(session, self.author).action_take_test()
            self.assertEqual(action["url"], again["url"])
            answer = line.attempt_ids.sudo().user_input_id
            self.assertEqual(answer.partner_id, self.author.partner_id)
            answer._save_lines(
                survey.question_ids, str(survey.question_ids.suggested_answer_ids[0].id)
            )
            answer._mark_done()
        self.assertEqual((line.result, line.score, line.attempts), ("passed", 100, 1))
        with self._at(START), self.assertRaises(UserError):
            self._as(session, self.author).action_take_test()

    def test_resume_and_skill(self):
        """TRN-4.3.5.2: a passed training enters résumé and skills by Odoo's own models."""
        skill = self._skill_type().skill_ids[0]
        session = self._finished(
            scores=(80, 20),
            skill_type_id=skill.skill_type_id.id,
            skill_id=skill.id,
            skill_level_id=self._level(skill, "Good").id,
        )
        author, colleague = self.author.employee_id, self.colleague.employee_id
        self.assertIn(session.name, author.resume_line_ids.mapped("name"))
        self.assertNotIn(session.name, colleague.resume_line_ids.mapped("name"))
        self.assertEqual(author.current_employee_skill_ids.skill_level_id.name, "Good")
        self.assertFalse(colleague.current_employee_skill_ids)

    # ------------------------------------------------------------ evaluation, filing
    def test_close(self):
        """TRN-4.3.3 TRN-4.3.5.1 TRN-3.1c I-28: evaluated by the department, filed by HR."""
        session = self._finished(scores=(80, None))
        with self._at(END), self.assertRaises(UserError):
            self._evaluate(session)
        self._assess(self._line(session, self.colleague), 70)
        mine = self._as(session, self.head)
        with self._at(END), self.assertRaises(UserError):
            mine.action_hand_in()
        self._evaluate(session)
        with self._at(END):
            hr = self._as(session, self.training_admin)
            hr.action_transition("question", "Which shortcomings?")
            self.assertEqual(session.state, "finished")
        self._evaluate(session)
        with self.assertRaises(UserError):
            mine.write({"strengths": "All"})
        with self.assertRaises(AccessError):
            mine.action_close()
        with self._at(END):
            self._as(session, self.training_admin).action_close()
        self.assertEqual(session.state, "closed")
        record = self.env["itsms.record"].search(
            [("res_model", "=", session._name), ("res_id", "=", session.id)]
        )
        self.assertEqual(len(record), 1)
        self.assertEqual(record.department_id, self.dep_hr)
        self.assertFalse(self._as(record, self.reader).has_access("read"))
        self.assertFalse(self._as(record, self.colleague).has_access("read"))

    def test_hr_does_not_evaluate(self):
        """TRN-4.3.5.1 I-28: the organising department evaluates, HR receives and questions."""
        session = self._finished()
        with self.assertRaisesRegex(AccessError, "TRN-3.1c"):
            self._as(session, self.training_admin).write({"strengths": "All"})

    def test_evaluation_too_early(self):
        """TRN-4.3.5.1: nobody evaluates what was not held."""
        session = self._approved()
        with self.assertRaisesRegex(UserError, "TRN-4.3.5.1"):
            self._as(session, self.head).write({"strengths": "All"})

    def test_make_up_is_opened(self):
        """TRN-4.3.5.2a: HR opens a make-up examination, for who failed and nobody else."""
        session = self._finished(scores=(40, 90))
        failed, passed = (self._line(session, user) for user in (self.author, self.colleague))
        for user in (self.author, self.teacher, self.reader):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._as(failed, user).action_open_makeup()
        hr = self._as(failed | passed, self.training_admin)
        with self.assertRaisesRegex(UserError, "for who failed"):
            hr.action_open_makeup()
        hr[0].action_open_makeup()
        self.assertEqual((failed.makeup_open, passed.makeup_open), (True, False))

    def test_make_up_after_filing(self):
        """TRN-4.3.5.2a: the make-up examination may come after the record sheet was filed."""
        session = self._closed(scores=(40, 90))
        line = self._line(session, self.author)
        self._assess(line, 66, moment=END + timedelta(days=10))
        self.assertEqual(line.result, "passed")

    def test_leaving(self):
        """TRN-4.3.2: who leaves during a course is no longer waited for."""
        session = self._running()
        with self._at(START):
            self._as(session, self.author).action_sign_in()
        self._assess(self._line(session, self.author), 80)
        line = self._line(session, self.colleague)
        self.colleague.employee_id.action_archive()
        self.assertEqual((line.presence, line.result), ("left", "none"))
        with self._at(END):
            self._as(session, self.training_admin).action_finish()
        self.assertEqual(session.state, "finished")

    def test_teacher_left(self):
        """TRN-4.3.1: a session whose teacher left is not begun; the organiser is told."""
        session = self._approved()
        self.teacher.employee_id.action_archive()
        with self._at(START), self.assertRaisesRegex(UserError, "left"):
            self._as(session, self.training_admin).action_start()
        self.assertIn(self.head, session.activity_ids.user_id)

    def test_rating(self):
        """TRN-4.6.2: trainees rate, once, from 1 to 5, nobody for somebody else."""
        session = self._finished()
        line = self._as(self._line(session, self.author), self.author)
        for wrong in ("0", "6", "", None):
            with self.assertRaises(UserError):
                line.action_rate(wrong)
        line.action_rate(4)
        with self.assertRaises(UserError):
            line.action_rate(5)
        other = self._line(session, self.colleague)
        with self.assertRaises(AccessError):
            self._as(other, self.author).action_rate(1)
        with self.assertRaises(AccessError):
            self._as(other, self.head).action_rate(5)

    def test_rating_of_who_was_away(self):
        """TRN-4.6.2: who was not there does not say how it was."""
        session = self._running()
        line = self._line(session, self.author)
        with self._at(START):
            self._as(line, self.training_admin).write(
                {"presence": "excused", "absence_reason": "Ill"}
            )
        with self.assertRaisesRegex(UserError, "Who was there"):
            self._as(line, self.author).action_rate(4)

    def test_effect(self):
        """TRN-3.1c TRN-4.3.5.1: after 90 days the manager is asked for the effect at work."""
        session = self._closed()
        Session = self.env["itsms.training.session"]
        self.patch(
            self.env.registry["ir.cron"], "_commit_progress", lambda *args, **kwargs: float("inf")
        )
        with self._at(END + timedelta(days=89)):
            Session._cron_effect()
            self.assertFalse(session.effect_told)
        with self._at(END + timedelta(days=90)):
            Session._cron_effect()
            Session._cron_effect()
        asked = session.activity_ids.filtered(lambda a: a.user_id == self.head)
        self.assertEqual(len(asked), 1)
        line = self._line(session, self.author)
        with self.assertRaises(AccessError):
            self._as(line, self.author).action_evaluate_effect("effective")
        self._assign("training_administrator", self.author)
        with self.assertRaises(AccessError):  # nor his own where he is HR
            self._as(line, self.author).action_evaluate_effect("effective")
        self._as(line, self.head).action_evaluate_effect("partly", "Still slow")
        self.assertEqual(line.effect, "partly")

    def test_batch(self):
        """TRN-4.3.2: 200 trainees cost no query each on approval and sign-in lists."""
        self.room.capacity = 300
        people = self.env["hr.employee"].create(
            [
                {"name": f"P{n}", "company_id": self.company.id, "department_id": self.dep_dev.id}
                for n in range(200)
            ]
        )
        session = self._submitted(employee_ids=[(6, 0, people.ids)])
        with self._at(NOW):
            self._as(session, self.training_admin).action_approve()
            last = self._as(session, self.hr_head)
            self.env.cr.flush()
            before = self.env.cr.sql_log_count
            last.action_approve()
            self.env.flush_all()
            used = self.env.cr.sql_log_count - before
        self.assertEqual(len(session.sudo().attendance_ids), 200)
        self.assertLess(used, 350)
        ids = session.sudo().attendance_ids.ids
        lines = self._as(self.env["itsms.training.attendance"].browse(ids), self.training_admin)
        with self._at(START):
            self._as(session, self.training_admin).action_start()
        lines.invalidate_recordset()
        before = self.env.cr.sql_log_count
        lines.read(["presence", "result", "display_name", "can_assess", "is_me"])
        self.assertLess(self.env.cr.sql_log_count - before, 60)
