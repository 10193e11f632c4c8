def post_init_hook(env):
    """Name the procedures that are there already at the clauses they carry (COM-20)."""
    for company in env["res.company"].search([]):
        env["itsms.clause"]._tag_procedures(company)
