import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");
const state = (value) =>
    `.o_field_statusbar[name='state'] .o_arrow_button_current[data-value='${value}']`;

const fill = (name, text) => ({
    content: `Fill in ${name}`,
    trigger: `.o_field_widget[name='${name}'] textarea`,
    run: `edit ${text}`,
});

/** A reader asks for a change of a document in force. */
tours.add("itsms_documents_change_request_tour", {
    steps: () => [
        {
            content: "Open the document",
            trigger: ".o_data_row:contains('Escalation procedure') .o_data_cell[name='name']",
            run: "click",
        },
        {
            content: "A document in force is changed by a request, not by a new revision",
            trigger: ".o_statusbar_buttons:not(:contains('New revision'))",
        },
        {
            content: "Request a change",
            trigger: ".o_statusbar_buttons button[name='action_request_change']",
            run: "click",
        },
        {
            content: "It is about this document",
            trigger: ".o_field_widget[name='document_id'] input:value('Escalation procedure')",
        },
        {
            content: "Method",
            trigger: ".o_field_widget[name='method'] .o_radio_item:contains('Strike-through') input",
            run: "click",
        },
        fill("reason", "The second level has a new name"),
        fill("content", "Duty engineer instead of second level"),
        { content: "Save", trigger: ".o_form_button_save", run: "click" },
        {
            content: "What it will be",
            trigger: ".o_field_widget[name='new_status']:contains('A/1')",
        },
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
    ],
});

/** The responsible department carries the approved change out. */
tours.add("itsms_documents_change_write_tour", {
    steps: () => [
        { content: "It is approved", trigger: state("approved") },
        {
            content: "Write the new revision",
            trigger: ".o_statusbar_buttons button[name='action_write_revision']",
            run: "click",
        },
        { content: "The draft is open", trigger: `.o_form_view ${state("draft")}` },
        { content: "It is A/1", trigger: ".oe_title .badge:contains('A/1')" },
        {
            content: "The change record line is filled in",
            trigger: ".o_field_widget[name='change_reason'] input:value('The second level')",
        },
        {
            content: "Write the text",
            trigger: ".o_field_widget[name='body'] .odoo-editor-editable",
            run: "editor Call the duty engineer within the hour",
        },
        {
            content: "Compare it with what is in force",
            trigger: "button[name='action_compare']",
            run: "click",
        },
        {
            content: "What went out is marked on the left",
            trigger: ".itsms-compare del:contains('Content')",
        },
        {
            content: "What came in is marked on the right",
            trigger: ".itsms-compare ins:contains('engineer')",
        },
    ],
});
