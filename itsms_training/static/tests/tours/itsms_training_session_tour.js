import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");
const header = ".o_statusbar_buttons";
const state = (value) =>
    `.o_field_statusbar[name='state'] .o_arrow_button_current[data-value='${value}']`;
const press = (name, text = "") => ({
    content: `Press ${name}`,
    trigger: `${header} button[name='${name}']${text && `:contains('${text}')`}`,
    run: "click",
});

/** The department submits the implementation plan. */
tours.add("itsms_training_session_submit_tour", {
    steps: () => [
        press("action_submit"),
        { content: "It waits for HR", trigger: ".alert:contains('Training_admin')" },
    ],
});

/** Training administrator and head of HR, one after the other. */
tours.add("itsms_training_session_approve_tour", {
    steps: () => [
        press("action_open_decision", "Approve"),
        {
            content: "Confirm",
            trigger: ".modal footer button[name='action_confirm']",
            run: "click",
        },
        { content: "Decided", trigger: `body:not(:has(.modal)) .o_form_view:not(:has(${header} button:contains('Return'))) .o_form_sheet` },
    ],
});

/** HR opens the attendance; the code for the phones is on the screen. */
tours.add("itsms_training_session_start_tour", {
    steps: () => [
        press("action_start"),
        { content: "The code is shown", trigger: ".o_field_widget[name='signin_qr'] img" },
        { content: "It is held", trigger: state("running") },
    ],
});

/** A trainee signs in with the button. */
tours.add("itsms_training_session_sign_in_tour", {
    steps: () => [
        press("action_sign_in"),
        {
            content: "Signed in",
            trigger: `.o_form_view:not(:has(${header} button[name='action_sign_in'])) .o_form_sheet`,
        },
    ],
});

/** A trainee signs in with the code of the room. */
tours.add("itsms_training_session_phone_tour", {
    steps: () => [
        { content: "Sign in", trigger: "form button:contains('Sign in as')", run: "click", expectUnloadPage: true },
        { content: "Signed in", trigger: ".itsms-signed" },
    ],
});

/** HR assesses the first trainee and ends the training. */
tours.add("itsms_training_session_assess_tour", {
    steps: () => [
        {
            content: "Assess",
            trigger: ".o_field_widget[name='attendance_ids'] button[name='action_open_assess']",
            run: "click",
        },
        {
            content: "Marks",
            trigger: ".modal .o_field_widget[name='score'] input",
            run: "edit 88",
        },
        { content: "Save", trigger: ".modal .o_form_button_save", run: "click" },
        { content: "Passed", trigger: "body:not(:has(.modal)) .o_data_row:contains('Passed')" },
        press("action_finish"),
        { content: "It is over", trigger: state("finished") },
    ],
});

/** The training administrator enters who was there, in one go, then a result, and ends it. */
tours.add("itsms_training_session_attendance_tour", {
    steps: () => [
        {
            content: "The attendance list",
            trigger: "button[name='action_view_attendance']",
            run: "click",
        },
        {
            content: "Choose everybody",
            trigger: ".o_list_view thead .o_list_record_selector input",
            run: "click",
        },
        {
            content: "Enter as present",
            trigger: ".o_control_panel button[name='action_present']",
            run: "click",
        },
        {
            content: "All are there",
            trigger: ".o_list_view:not(:has(.o_data_row_selected)) .o_data_row",
        },
        { content: "Open one", trigger: ".o_data_row:first .o_data_cell[name='day']", run: "click" },
        press("action_open_assess"),
        { content: "Marks", trigger: ".modal .o_field_widget[name='score'] input", run: "edit 77" },
        { content: "Save", trigger: ".modal .o_form_button_save", run: "click" },
        {
            content: "Passed",
            trigger: `body:not(:has(.modal)) .o_form_view:not(:has(${header} button[name='action_open_assess'])) .o_form_sheet`,
        },
    ],
});

/** The organiser evaluates and hands the record sheet in. */
tours.add("itsms_training_session_evaluate_tour", {
    steps: () => [
        { content: "Evaluation", trigger: ".nav-link[name='evaluation']", run: "click" },
        {
            content: "Effective",
            trigger: ".o_field_widget[name='effectiveness'] input",
            run: "click",
        },
        {
            content: "Effective",
            trigger: ".o_select_menu_item:contains('Effective')",
            run: "click",
        },
        {
            content: "Strengths",
            trigger: ".o_field_widget[name='strengths'] textarea",
            run: "edit Much practice",
        },
        {
            content: "Shortcomings",
            trigger: ".o_field_widget[name='shortcomings'] textarea",
            run: "edit Too short",
        },
        press("action_hand_in"),
        { content: "HR has it", trigger: state("evaluated") },
    ],
});

/** HR files it. */
tours.add("itsms_training_session_close_tour", {
    steps: () => [press("action_close"), { content: "Filed", trigger: state("closed") }],
});
