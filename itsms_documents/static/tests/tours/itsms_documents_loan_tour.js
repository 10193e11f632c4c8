import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");
const state = (value) =>
    `.o_field_statusbar[name='state'] .o_arrow_button_current[data-value='${value}']`;

/** The reader opens a document in force and applies for it. */
tours.add("itsms_documents_loan_apply_tour", {
    steps: () => [
        {
            content: "Borrow it",
            trigger: ".o_statusbar_buttons button[name='action_borrow']",
            run: "click",
        },
        {
            content: "The document is filled in",
            trigger: ".o_field_widget[name='document_id'] input:value('Borrowed procedure')",
        },
        {
            content: "What for",
            trigger: ".o_field_widget[name='purpose_text'] input",
            run: "edit Course for the night shift",
        },
        { content: "Save", trigger: ".o_form_button_save", run: "click" },
        {
            content: "Apply",
            trigger: ".o_statusbar_buttons button[name='action_submit']",
            run: "click",
        },
        { content: "It waits for the ITSMS office", trigger: ".alert:contains('Controller')" },
    ],
});

/** The document controller agrees and hands it out. */
tours.add("itsms_documents_loan_hand_out_tour", {
    steps: () => [
        {
            content: "Approve",
            trigger: ".o_statusbar_buttons button[name='action_open_decision']:contains('Approve')",
            run: "click",
        },
        {
            content: "Confirm",
            trigger: ".modal footer button[name='action_confirm']",
            run: "click",
        },
        {
            content: "Hand out",
            trigger: ".o_statusbar_buttons button[name='action_hand_out']",
            run: "click",
        },
        { content: "It is lent", trigger: state("handed_out") },
    ],
});

/** It comes back. */
tours.add("itsms_documents_loan_return_tour", {
    steps: () => [
        {
            content: "Take back",
            trigger: ".o_statusbar_buttons button[name='action_open_take_back']:contains('Take back')",
            run: "click",
        },
        {
            content: "Intact",
            trigger: ".modal footer button[name='action_confirm']",
            run: "click",
        },
        { content: "It is back", trigger: state("returned") },
    ],
});
