import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");
const state = (value) =>
    `.o_field_statusbar[name='state'] .o_arrow_button_current[data-value='${value}']`;
const press = (name) => ({
    content: `Press ${name}`,
    trigger: `.o_statusbar_buttons button[name='${name}']`,
    run: "click",
});

/** The ITSMS office submits the plan. */
tours.add("itsms_audit_review_submit_tour", {
    steps: () => [
        {
            content: "Who has to attend is proposed",
            trigger: ".o_field_widget[name='participant_ids'] .o_data_row",
        },
        press("action_submit"),
        { content: "In approval", trigger: state("pending") },
    ],
});

/** A decider approves. */
tours.add("itsms_audit_review_approve_tour", {
    steps: () => [
        press("action_open_decision"),
        {
            content: "Confirm",
            trigger: ".modal button[name='action_confirm']",
            run: "click",
        },
        {
            content: "Decided",
            trigger: "body:not(:has(.modal)) .o_form_view:not(:has(.btn-primary[name='action_open_decision']))",
        },
    ],
});

/** The ITSMS office issues the plan. */
tours.add("itsms_audit_review_issue_tour", {
    steps: () => [
        press("action_issue"),
        { content: "Being prepared", trigger: state("issued") },
        { content: "It says what is missing", trigger: ".alert .o_field_widget[name='missing_material']" },
    ],
});

/** A department head writes and hands in his report. */
tours.add("itsms_audit_review_statement_tour", {
    steps: () => [
        {
            content: "How it went",
            trigger: ".o_field_widget[name='situation'] textarea",
            run: "edit Two releases",
        },
        press("action_submit_statement"),
        { content: "Handed in", trigger: state("submitted") },
    ],
});

/** The management representative examines the material. */
tours.add("itsms_audit_review_examine_tour", {
    steps: () => [
        press("action_examine"),
        { content: "Examined", trigger: state("prepared") },
    ],
});

/** The President signs in and opens the meeting. */
tours.add("itsms_audit_review_open_tour", {
    steps: () => [
        press("action_sign_in"),
        press("action_open"),
        { content: "The meeting is open", trigger: state("open") },
    ],
});
