import { registry } from "@web/core/registry";

/** From the first page to a record in approval, its panel, and back by the breadcrumb. */
registry.category("web_tour.tours").add("itsms_base_my_work_tour", {
    steps: () => [
        {
            content: "Something waits for my decision",
            trigger: ".o_itsms_section[data-section='to_decide'] .o_itsms_item:first",
            run: "click",
        },
        {
            content: "The approval panel shows the running step",
            trigger: ".o_itsms_round[data-round] .o_itsms_step[data-state='open']",
        },
        {
            content: "Back to the first page",
            trigger: ".o_back_button a, .breadcrumb-item.o_back_button",
            run: "click",
        },
        {
            content: "Show everything that waits for me",
            trigger: ".o_itsms_section[data-section='to_decide'] .o_itsms_show_all",
            run: "click",
        },
        {
            content: "The full list opens",
            trigger: ".o_list_view .o_data_row",
        },
    ],
});
