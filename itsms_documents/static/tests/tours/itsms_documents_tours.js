import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");
const state = (value) =>
    `.o_field_statusbar[name='state'] .o_arrow_button_current[data-value='${value}']`;

/** The decision dialog: open it, give a comment, confirm. */
const decide = (label, comment) => [
    {
        content: `Open the dialog: ${label}`,
        trigger: `.o_statusbar_buttons button[name='action_open_decision']:contains('${label}')`,
        run: "click",
    },
    {
        content: "Give a comment",
        trigger: ".modal .o_field_widget[name='comment'] textarea",
        run: `edit ${comment}`,
    },
    {
        content: "Confirm",
        trigger: `.modal footer button[name='action_confirm']:contains('${label}')`,
        run: "click",
    },
];

const write = (text) => [
    {
        content: "Write the text",
        trigger: ".o_field_widget[name='body'] .odoo-editor-editable",
        run: `editor ${text}`,
    },
];

const submit = [
    {
        content: "Submit",
        trigger: ".o_statusbar_buttons button[name='action_submit']",
        run: "click",
    },
    { content: "It is in approval", trigger: state("pending") },
    {
        content: "Everybody sees who acts next",
        trigger: ".alert .o_field_widget[name='next_actor']:contains('Mr')",
    },
];

/** The author creates a document, writes and submits it. */
tours.add("itsms_documents_write_tour", {
    steps: () => [
        { content: "Create", trigger: ".o_list_button_add", run: "click" },
        {
            content: "Title",
            trigger: ".o_field_widget[name='name'] :is(input, textarea)",
            run: "edit Escalation procedure",
        },
        {
            content: "Category",
            trigger: ".o_field_widget[name='category_id'] input",
            run: "edit Procedure",
        },
        {
            content: "Choose it",
            trigger: ".o-autocomplete--dropdown-item:contains('Procedure')",
            run: "click",
        },
        { content: "Save", trigger: ".o_form_button_save", run: "click" },
        {
            content: "The draft was made with it",
            trigger: ".o_statusbar_buttons button[name='action_open_working_revision']",
            run: "click",
        },
        { content: "The draft is open", trigger: state("draft") },
        ...write("Call the second level within the hour"),
        ...submit,
    ],
});

tours.add("itsms_documents_approve_tour", {
    steps: () => [
        ...decide("Approve", "Fine"),
        {
            content: "My turn is over",
            trigger: "body:not(:has(.modal)) .o_form_view:not(:has(button[name='action_open_decision']:contains('Approve')))",
        },
    ],
});

tours.add("itsms_documents_reject_tour", {
    steps: () => [
        ...decide("Reject", "Name the second level"),
        { content: "It is with its author again", trigger: state("rejected") },
    ],
});

tours.add("itsms_documents_rewrite_tour", {
    steps: () => [
        { content: "It came back", trigger: state("rejected") },
        ...write("Call the duty engineer within the hour"),
        ...submit,
    ],
});

tours.add("itsms_documents_publish_tour", {
    steps: () => [
        {
            content: "It waits for publication",
            trigger: ".o_data_row:contains('Escalation procedure') .o_data_cell[name='number']",
            run: "click",
        },
        {
            content: "Publish",
            trigger: ".o_statusbar_buttons button[name='action_publish']",
            run: "click",
        },
        { content: "It is in force", trigger: state("valid") },
    ],
});

tours.add("itsms_documents_read_tour", {
    steps: () => [
        {
            content: "The document is in the list of what is in force",
            trigger: ".o_data_row:contains('Escalation procedure') .o_data_cell[name='name']",
            run: "click",
        },
        {
            content: "Its revision status stands in the title",
            trigger: ".oe_title .badge:contains('A/0')",
        },
        {
            content: "Its text is the one that was approved",
            trigger: ".o_field_widget[name='current_body']:contains('duty engineer')",
        },
        {
            content: "A reader has nothing to change here",
            trigger: ".o_form_view:not(:has(button[name='action_obsolete']))",
        },
    ],
});
