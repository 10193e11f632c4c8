import { registry } from "@web/core/registry";

const { DateTime } = luxon;
const field = (name) => `.o_field_widget[name='${name}']`;

/** The ITSMS office holds a review that finds the document out of date and withdraws it. */
registry.category("web_tour.tours").add("itsms_documents_review_tour", {
    steps: () => [
        {
            content: "Reviews of the document",
            trigger: "button[name='action_view_reviews']",
            run: "click",
        },
        { content: "New review", trigger: ".o_list_button_add", run: "click" },
        {
            content: "It is about this document",
            trigger: `${field("document_id")} input:value(Paper mail)`,
        },
        {
            content: "Day of the review",
            trigger: `${field("held_on")} input`,
            run: `edit ${DateTime.now().minus({ days: 1 }).toFormat("MM/dd/yyyy")}`,
        },
        {
            content: "Outcome",
            trigger: `${field("outcome")} input[data-value='withdraw']`,
            run: "click",
        },
        {
            content: "Why",
            trigger: `${field("conclusion")} textarea`,
            run: "edit Nobody sends paper mail any more",
        },
        { content: "Save", trigger: ".o_form_button_save", run: "click" },
        {
            content: "Conclude",
            trigger: ".o_statusbar_buttons button[name='action_conclude']",
            run: "click",
        },
        {
            content: "It is held, the next step is named",
            trigger: ".alert-warning:contains('withdraws the document from use')",
        },
        {
            content: "Lead on to the withdrawal",
            trigger: ".o_statusbar_buttons button[name='action_withdraw_document']",
            run: "click",
        },
        {
            content: "The reason is that of the review",
            trigger: `.modal ${field("reason")} textarea:value(Nobody sends paper mail any more)`,
        },
        {
            content: "Keep it for legal reasons",
            trigger: `.modal ${field("retention")} input[data-value='legal']`,
            run: "click",
        },
        {
            content: "Until when",
            trigger: `.modal ${field("retained_until")} input`,
            run: "edit 12/31/2090",
        },
        {
            content: "Withdraw",
            trigger: ".modal footer button[name='action_confirm']:contains('Withdraw')",
            run: "click",
        },
        {
            content: "Nothing is left to do",
            trigger: ".o_form_view:not(:has(button[name='action_withdraw_document']))",
        },
        {
            content: "Back to the document",
            trigger: "button[name='action_open_document']",
            run: "click",
        },
        {
            content: "It bears the stamp",
            trigger: ".ribbon:contains('作废保留')",
        },
        {
            content: "And says why and how long it is kept",
            trigger: ".alert-danger:contains('Nobody sends paper mail any more')",
        },
    ],
});
