import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");
const state = (value) =>
    `.o_field_statusbar[name='state'] .o_arrow_button_current[data-value='${value}']`;

/** The document controller proposes the scope from the document and submits it. */
tours.add("itsms_documents_scope_tour", {
    steps: () => [
        {
            content: "Propose a scope",
            trigger: ".o_statusbar_buttons button:contains('Propose a scope')",
            run: "click",
        },
        {
            content: "It starts with the responsible department",
            trigger: ".o_field_widget[name='line_ids'] .o_data_row:contains('Development')",
        },
        {
            content: "Submit",
            trigger: ".o_statusbar_buttons button[name='action_submit']",
            run: "click",
        },
        { content: "It waits", trigger: state("pending") },
        {
            content: "Everybody sees who acts next",
            trigger: ".alert .o_field_widget[name='next_actor']:contains('Mr')",
        },
    ],
});

/** The management representative approves it. */
tours.add("itsms_documents_scope_approve_tour", {
    steps: () => [
        {
            content: "Open the dialog",
            trigger: ".o_statusbar_buttons button[name='action_open_decision']:contains('Approve')",
            run: "click",
        },
        {
            content: "Confirm",
            trigger: ".modal footer button[name='action_confirm']:contains('Approve')",
            run: "click",
        },
        { content: "The scope is in force", trigger: state("approved") },
    ],
});

/** The document controller publishes. */
tours.add("itsms_documents_scope_publish_tour", {
    steps: () => [
        {
            content: "Publish",
            trigger: ".o_statusbar_buttons button[name='action_publish']",
            run: "click",
        },
        { content: "It is in force", trigger: state("valid") },
    ],
});

/** A reader finds the document among what he is to read, and confirms with one click. */
tours.add("itsms_documents_acknowledge_tour", {
    steps: () => [
        {
            content: "Open what is to be read",
            trigger: ".o_list_view .o_data_row:contains('Reading') .o_data_cell[name='document_id']",
            run: "click",
        },
        {
            content: "I have read it",
            trigger: ".alert button[name='action_acknowledge_reading']",
            run: "click",
        },
        {
            content: "The question is gone",
            trigger: ".o_form_view:not(:has(.alert button[name='action_acknowledge_reading']))",
        },
    ],
});
