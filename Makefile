# Two commands to know: `make run` and `make test`. Everything else is in tools/itsms.py.
#
#   make run  [PORT=8069] [DB=itsms] [LANG_DEFAULT=zh_CN] [ODOO=/path/to/odoo19] [PGHOST=…]
#   make test [ARGS="-k approval"] [ITSMS_LANES=1]

PYTHON ?= python3
ITSMS = @$(PYTHON) tools/itsms.py

# Settings given to make (`make run PORT=8070`) reach the tool like those of the environment.
SETTINGS = PORT DB ODOO LANG_DEFAULT PGHOST PGPORT PGUSER PGPASSWORD ITSMS_HOME ITSMS_SYSTEM_PACKAGES ITSMS_LANES
export $(SETTINGS)

.DEFAULT_GOAL := help
.PHONY: help run test lint i18n bench shell clean prepare stop
.NOTPARALLEL:

help:  ## this list
	@awk -F ':.*## ' '/^[a-z0-9]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run:  ## prepare everything and serve the product with demo data
	$(ITSMS) run

test:  ## all tests; ARGS="-k name" goes to pytest
	$(ITSMS) test $(ARGS)

lint:  ## style, house rules, translations, licences
	$(ITSMS) lint

i18n:  ## export the .pot files and bring the Chinese .po files up to them
	$(ITSMS) i18n

bench:  ## measure the rows of the speed table
	$(ITSMS) bench $(ARGS)

shell:  ## a Python prompt inside Odoo
	$(ITSMS) shell $(ARGS)

prepare:  ## Odoo, Python packages and a PostgreSQL that stays running
	$(ITSMS) prepare

stop:  ## stop the PostgreSQL that `make prepare` left running
	$(ITSMS) stop

clean:  ## remove databases and work folder; ALL=1 the downloads too
	$(ITSMS) clean $(if $(ALL),--all)
