import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");
const state = (value) =>
    `.o_field_statusbar[name='state'] .o_arrow_button_current[data-value='${value}']`;
const press = (name) => ({
    content: `Press ${name}`,
    trigger: `.o_statusbar_buttons button[name='${name}']`,
    run: "click",
});

/** The ITSMS office makes the programme: proposal, a click in the grid, submission. */
tours.add("itsms_audit_programme_tour", {
    steps: () => [
        { content: "New programme", trigger: ".o_list_button_add", run: "click" },
        { content: "Save", trigger: ".o_form_button_save:visible", run: "click" },
        {
            content: "Nothing is covered yet",
            trigger: ".o_itsms_audit_grid .o_itsms_audit_gaps",
        },
        press("action_propose_lines"),
        {
            content: "Everything is covered",
            trigger:
                ".o_itsms_audit_grid:not(:has(.o_itsms_audit_gaps)) .o_itsms_audit_planned",
        },
        {
            content: "Plan a further clause for March",
            trigger: ".o_itsms_audit_grid tbody td button.o_itsms_audit_empty:first",
            run: "click",
        },
        {
            content: "It is planned",
            trigger: ".o_itsms_audit_grid tbody td button.o_itsms_audit_chosen",
        },
        {
            content: "Look at the months",
            trigger: ".o_itsms_audit_grid button:contains('By months')",
            run: "click",
        },
        { content: "Clauses by month", trigger: ".o_itsms_audit_by_month .o_itsms_audit_codes" },
        press("action_submit"),
        { content: "It is in approval", trigger: state("pending") },
    ],
});

/** A decider approves. */
tours.add("itsms_audit_approve_tour", {
    steps: () => [
        press("action_open_decision"),
        {
            content: "Confirm",
            trigger: ".modal button[name='action_confirm']",
            run: "click",
        },
        { content: "Approved", trigger: state("approved") },
    ],
});

/** The management representative appoints the lead auditor. */
tours.add("itsms_audit_appoint_tour", {
    steps: () => [
        {
            content: "Everybody sees who acts next",
            trigger: ".alert:contains('appoints the lead auditor')",
        },
        press("action_open_appoint"),
        {
            content: "Choose",
            trigger: ".modal .o_field_widget[name='user_id'] input",
            run: "edit Lead",
        },
        {
            content: "The lead auditor",
            trigger: ".o-autocomplete--dropdown-item:contains('Lead')",
            run: "click",
        },
        {
            content: "Appoint",
            trigger: ".modal button[name='action_confirm']",
            run: "click",
        },
        {
            content: "Appointed",
            trigger: "body:not(:has(.modal)) .o_field_widget[name='lead_id']:contains('Lead')",
        },
    ],
});

/** The lead auditor submits the plan. */
tours.add("itsms_audit_submit_tour", {
    steps: () => [
        press("action_submit"),
        { content: "It is in approval", trigger: state("pending") },
    ],
});

/** The lead auditor notifies the auditees. */
tours.add("itsms_audit_notify_tour", {
    steps: () => [
        press("action_notify"),
        {
            content: "Confirm",
            trigger: ".modal-footer .btn-primary",
            run: "click",
        },
        {
            content: "Notified",
            trigger: "body:not(:has(.modal)) .alert:contains('holds the opening meeting')",
        },
    ],
});

/** The head of the auditee objects to the date. */
tours.add("itsms_audit_object_tour", {
    steps: () => [
        press("action_open_object"),
        {
            content: "Reason",
            trigger: ".modal .o_field_widget[name='reason'] textarea",
            run: "edit Release week",
        },
        {
            content: "Object",
            trigger: ".modal button[name='action_confirm']",
            run: "click",
        },
        {
            content: "The lead auditor answers next",
            trigger: "body:not(:has(.modal)) .alert:contains('answers the objection')",
        },
    ],
});
