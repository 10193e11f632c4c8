import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");
const state = (value) =>
    `.o_field_statusbar[name='state'] .o_arrow_button_current[data-value='${value}']`;

/** HR opens the draft and submits it. */
tours.add("itsms_training_standard_submit_tour", {
    steps: () => [
        {
            content: "Open the duties",
            trigger: ".o_field_widget[name='duties'] textarea",
            run: "edit Runs the network",
        },
        { content: "Save", trigger: ".o_form_button_save", run: "click" },
        {
            content: "Submit",
            trigger: ".o_statusbar_buttons button[name='action_submit']:enabled",
            run: "click",
        },
        { content: "It waits for the management representative", trigger: ".alert:contains('Mr')" },
    ],
});

/** The management representative and the President agree, one after the other. */
tours.add("itsms_training_standard_approve_tour", {
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
        { content: "Decided", trigger: "body:not(:has(.modal))" },
        {
            content: "No longer my turn",
            trigger:
                ".o_form_view:not(:has(button[name='action_open_decision']:contains('Approve')))",
        },
    ],
});

/** HR sees it in force, who does not meet it, and the heat map. */
tours.add("itsms_training_standard_gap_tour", {
    steps: () => [
        { content: "In force", trigger: state("approved") },
        {
            content: "Gaps",
            trigger: "button[name='action_view_gaps']",
            run: "click",
        },
        {
            content: "The missing skill",
            trigger: ".o_data_row:contains('Author') .o_data_cell:contains('Network')",
        },
    ],
});

/** The head of the department looks at the map of his people. */
tours.add("itsms_training_heatmap_tour", {
    steps: () => [
        {
            content: "Red: the skill is missing",
            trigger:
                ".o_itsms_heatmap tr:contains('Author') .o_itsms_cell_missing[title*='Network']",
        },
        {
            content: "One department",
            trigger: ".o_itsms_heatmap_department",
            run: "selectByLabel Laboratory",
        },
        { content: "Nobody works there", trigger: ".o_itsms_heatmap_empty" },
        {
            content: "Back to everybody",
            trigger: ".o_itsms_heatmap_department",
            run: "selectByLabel Everybody",
        },
        {
            content: "There he is again",
            trigger: ".o_itsms_heatmap tr:contains('Author') .o_itsms_cell",
        },
        {
            content: "To his gaps",
            trigger: ".o_itsms_heatmap tr:contains('Author') button.btn-link",
            run: "click",
        },
        { content: "The list", trigger: ".o_list_view .o_data_row:contains('Network')" },
    ],
});
