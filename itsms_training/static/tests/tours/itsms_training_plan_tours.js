import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");
const state = (value) =>
    `.o_field_statusbar[name='state'] .o_arrow_button_current[data-value='${value}']`;
const press = (name) => ({
    content: `Press ${name}`,
    trigger: `.o_statusbar_buttons button[name='${name}']`,
    run: "click",
});

/** The head of a department writes a need and reports it. */
tours.add("itsms_training_need_tour", {
    steps: () => [
        { content: "New need", trigger: ".o_list_button_add", run: "click" },
        {
            content: "Topic",
            trigger: ".o_field_widget[name='name'] textarea, .o_field_widget[name='name'] input",
            run: "edit Escalation",
        },
        {
            content: "People",
            trigger: ".o_field_widget[name='people'] input",
            run: "edit 4",
        },
        {
            content: "Hours",
            trigger: ".o_field_widget[name='hours'] input",
            run: "edit 6",
        },
        { content: "Save", trigger: ".o_form_button_save", run: "click" },
        press("action_report"),
        { content: "HR has it", trigger: state("reported") },
        {
            content: "Everybody sees who acts next",
            trigger: ".alert:contains('HR takes it up')",
        },
    ],
});

/** HR drafts the plan from the reported needs and submits it. */
tours.add("itsms_training_plan_tour", {
    steps: () => [
        { content: "New plan", trigger: ".o_list_button_add", run: "click" },
        { content: "Save", trigger: ".o_form_button_save:visible", run: "click" },
        {
            content: "A need waits",
            trigger: "button[name='action_view_open_needs']:contains('1')",
        },
        press("action_take_needs"),
        {
            content: "The need is proposed",
            trigger: ".modal .o_data_row:contains('Escalation')",
        },
        {
            content: "Take it up",
            trigger: ".modal button[name='action_confirm']",
            run: "click",
        },
        {
            content: "It is a line of the plan",
            trigger: "body:not(:has(.modal)) .o_data_row:contains('Escalation')",
        },
        press("action_submit"),
        { content: "It is in approval", trigger: state("pending") },
    ],
});

/** A decider approves. */
tours.add("itsms_training_approve_tour", {
    steps: () => [
        press("action_open_decision"),
        {
            content: "Confirm",
            trigger: ".modal button[name='action_confirm']",
            run: "click",
        },
        {
            content: "Decided",
            trigger:
                "body:not(:has(.modal)) .o_form_view:not(:has(button[name='action_open_decision']:contains('Approve')))",
        },
    ],
});

/** HR issues the approved plan. */
tours.add("itsms_training_issue_tour", {
    steps: () => [press("action_issue"), { content: "In force", trigger: state("in_force") }],
});
