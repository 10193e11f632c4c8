def post_init_hook(env):
    """Name the procedures that are there already at the clauses they carry, and work the coverage
    of the standard out for the first time (COM-20)."""
    for company in env["res.company"].search([]):
        env["itsms.clause"]._tag_procedures(company)
        if env["itsms.document"].search_count([("company_id", "=", company.id)], limit=1):
            env["itsms.clause.coverage"]._update(company)
    # reviews of the demo that are being prepared: labels of states are translated only now
    env.registry.clear_cache("stable")
    reviews = env["itsms.management.review"].search([("state", "in", ("issued", "prepared"))])
    for review in reviews:
        review._store_figures()
