import { registry } from "@web/core/registry";

/** A decision that asks for the password: wrong first, then right. */
registry.category("web_tour.tours").add("itsms_base_password_tour", {
    steps: () => [
        {
            content: "Open the dialog",
            trigger: "button[name='action_open_decision']:contains('Approve')",
            run: "click",
        },
        {
            content: "A wrong password",
            trigger: ".modal .o_field_widget[name='password'] input",
            run: "edit not-the-password",
        },
        {
            content: "Try to approve",
            trigger: ".modal footer button[name='action_confirm']:contains('Approve')",
            run: "click",
        },
        {
            content: "The decision was not taken",
            trigger: ".modal:contains('The password is not right') footer button",
            run: "click",
        },
        {
            content: "The right password",
            trigger: ".modal .o_field_widget[name='password'] input",
            run: "edit itsms.mr",
        },
        {
            content: "Approve",
            trigger: ".modal footer button[name='action_confirm']:contains('Approve')",
            run: "click",
        },
        {
            content: "It is in force",
            trigger: ".o_statusbar_status .o_arrow_button_current:contains('In force')",
        },
    ],
});
