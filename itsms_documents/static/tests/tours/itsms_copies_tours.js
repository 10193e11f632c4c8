import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");
const state = (value) =>
    `.o_field_statusbar[name='state'] .o_arrow_button_current[data-value='${value}']`;
const press = (name, content) => ({
    content,
    trigger: `.o_statusbar_buttons button[name='${name}']`,
    run: "click",
});

/** The document controller issues the copy. */
tours.add("itsms_copies_issue_tour", {
    steps: () => [
        { content: "It waits to be issued", trigger: state("draft") },
        press("action_issue", "Issue"),
        { content: "It is issued", trigger: state("issued") },
        {
            content: "Everybody sees who signs for it",
            trigger: ".alert .o_field_widget[name='next_actor']:contains('Administrator')",
        },
    ],
});

/** The recipient signs. */
tours.add("itsms_copies_sign_tour", {
    steps: () => [
        press("action_sign", "Sign for it"),
        { content: "Confirm", trigger: ".modal footer .btn-primary", run: "click" },
        { content: "It is signed for", trigger: state("held") },
    ],
});

/** The recipient declares the loss. */
tours.add("itsms_copies_lose_tour", {
    steps: () => [
        press("action_request_reissue", "Worn or lost"),
        {
            content: "Lost",
            trigger: ".o_field_widget[name='cause'] input[data-value='lost']",
            run: "click",
        },
        {
            content: "Declare how",
            trigger: ".o_field_widget[name='declaration'] textarea",
            run: "edit Left in the train on Monday",
        },
        { content: "Save", trigger: ".o_form_button_save", run: "click" },
        press("action_submit", "Submit"),
        { content: "It is in approval", trigger: state("pending") },
        {
            content: "The head of the office decides",
            trigger: ".alert .o_field_widget[name='next_actor']:contains('Office_head')",
        },
    ],
});

/** The head of the ITSMS office approves. */
tours.add("itsms_copies_approve_tour", {
    steps: () => [
        press("action_open_decision", "Open the dialog"),
        {
            content: "Confirm",
            trigger: ".modal footer button[name='action_confirm']:contains('Approve')",
            run: "click",
        },
        { content: "It is approved", trigger: state("approved") },
        {
            content: "The new copy keeps the number",
            trigger: ".o_field_widget[name='new_copy_id']:contains('01')",
        },
    ],
});

/** The document controller issues the new copy, marked 补发. */
tours.add("itsms_copies_reissue_tour", {
    steps: () => [
        { content: "It is marked", trigger: ".ribbon:contains('补发')" },
        press("action_issue", "Issue"),
        { content: "It is issued", trigger: state("issued") },
    ],
});
