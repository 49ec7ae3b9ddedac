# ecosystem: partner-ecosystem analytics inside PostgreSQL
#
#   make            build            make demo    see the four questions answered
#   make install    install it       make check   run the tests, SUITE="pgtap credit" for one suite or file
#   make deps       what both need   make lint    what a reviewer would say
#   make analyze    what the compiler's analyzer suspects
#   make fuzz       fuzz what reads input and call every function, FUZZ_SECONDS=120 for each target
#   make bi         read a mart with node-postgres, psycopg, SQLAlchemy, ODBC, JDBC and Malloy, CLIENTS="jdbc odbc"
#   make bench      measure it against plain SQL and DuckDB, SCALE=1 WORKLOADS="overlap credit"
#
# PG_CONFIG chooses the server: make check PG_CONFIG=/usr/lib/postgresql/17/bin/pg_config
# FROM_VERSION installs a release and updates it: make check FROM_VERSION=0.1.0

PG_CONFIG ?= pg_config
# The list named last is remembered until `make clean`, so that `make install`
# installs what `make PUBLIC_SUFFIX_LIST=path` built.
LIST_CHOSEN = src/data/list.path
PUBLIC_SUFFIX_LIST ?= $(or $(shell cat $(LIST_CHOSEN) 2>/dev/null),/usr/share/publicsuffix/public_suffix_list.dat)
EXTVERSION := $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" ecosystem.control)
# What has been released stays installable, and is updated from the last of it.
RELEASES = $(sort $(wildcard sql/releases/ecosystem--*.sql))
LAST_RELEASE := $(shell ls sql/releases 2>/dev/null | sed -n 's/^ecosystem--\([0-9.]*\)\.sql$$/\1/p' | sort -V | tail -1)
# The folders of src, each of which may use those before it.
TOPICS = base identity overlap credit motion outcome network mart
export PG_CONFIG PUBLIC_SUFFIX_LIST TOPICS FROM_VERSION

# PGXS has a `check` of its own that only refuses, and it cannot even be
# included before the server's headers are there.  So the goals that bring
# their own cluster are served here, without PGXS, and everything else below.
OWN_GOALS = check demo bench bi deps docs format format-check fuzz lint dist

ifneq (,$(filter $(OWN_GOALS),$(MAKECMDGOALS)))

.PHONY: $(OWN_GOALS) ready
MAKE_QUIETLY = $(MAKE) --no-print-directory
ALL_CORES = -j$$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)

deps:
	@tools/dependencies install

# Builds, fetching what is missing first; tools/private-cluster installs.
ready:
	@tools/dependencies check >/dev/null || tools/dependencies install
	@echo "Building for $$($(PG_CONFIG) --version)$(STRICTLY)."
	@$(if $(STRICTLY),$(MAKE_QUIETLY) $(ALL_CORES) checked >build.log 2>&1 || { cat build.log; exit 1; })
	@$(MAKE_QUIETLY) $(ALL_CORES) all >build.log 2>&1 || { cat build.log; exit 1; }

check: STRICTLY = $(if $(SUITE),,; a warning is an error)
check: ready
	@KEEP_DATABASE=ecosystem_check tools/private-cluster $(if $(filter 1 yes,$(KEEP)),--keep) test/run $(SUITE)

demo: ready
	@KEEP_DATABASE=demo tools/private-cluster $(if $(filter 1 yes,$(KEEP)),--keep) test/demo/run

define BENCH_SETTINGS
shared_buffers = 2GB
work_mem = 256MB
maintenance_work_mem = 512MB
max_wal_size = 16GB
max_worker_processes = 64
max_parallel_workers = 64
endef
export BENCH_SETTINGS
bench: ready
	@PRIVATE_CLUSTER_SETTINGS="$$BENCH_SETTINGS" SCALE='$(SCALE)' ROUNDS='$(ROUNDS)' THREADS='$(THREADS)' \
	  WORKLOADS='$(WORKLOADS)' WRITE='$(WRITE)' tools/private-cluster test/bench/run

# What reads a mart: drivers and semantic layers.
bi: ready
	@test/bi/run $(CLIENTS)

# Rewrites the output shown in the documentation with what it really is.
docs: ready
	@tools/private-cluster test/run docs --write

FUZZ_SECONDS ?= 120
FUZZ_SEED ?= $(shell date +%s)
fuzz: ready
	@FUZZ_SECONDS=$(FUZZ_SECONDS) FUZZ_KEEP=yes prove -v test/fuzz/fuzz.t
	@FUZZ_SECONDS=$(FUZZ_SECONDS) FUZZ_SEED=$(FUZZ_SEED) tools/private-cluster prove -v test/fuzz/functions.t

FORMATTED = $(wildcard src/*.c $(TOPICS:%=src/%/*.[ch]) $(TOPICS:%=src/%/*/*.[ch]) src/data/*.c test/fuzz/*.[ch])
format:
	clang-format -i $(FORMATTED)

format-check:
	clang-format --dry-run -Werror $(FORMATTED)

lint: ready format-check
	@$(MAKE_QUIETLY) $(ALL_CORES) warnings CC=gcc
	@$(MAKE_QUIETLY) $(ALL_CORES) warnings CC=clang
	@tools/topics $(TOPICS)
	@tools/exported-symbols --check ecosystem.so $(RELEASES)
	@$(MAKE_QUIETLY) tidy

dist:
	git archive --format=zip --prefix=ecosystem-$(EXTVERSION)/ -o ecosystem-$(EXTVERSION).zip HEAD

# A goal of PGXS named together with one of ours.
OTHER_GOALS = $(filter-out $(OWN_GOALS),$(MAKECMDGOALS))
ifneq (,$(OTHER_GOALS))
.PHONY: $(OTHER_GOALS)
$(OTHER_GOALS):
	@$(MAKE_QUIETLY) $@
endif

else

PGXS := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)
ifeq (,$(wildcard $(PGXS)))
$(error The headers of the PostgreSQL server were not found through "$(PG_CONFIG) --pgxs". "make deps" installs them (Debian: postgresql-server-dev-NN), or name another server with PG_CONFIG=/path/to/pg_config)
endif

EXTENSION   = ecosystem
MODULE_big  = ecosystem
OBJS        = src/ecosystem.o $(patsubst %.c,%.o,$(sort $(wildcard $(TOPICS:%=src/%/*.c) $(TOPICS:%=src/%/*/*.c))))
DATA        = $(RELEASES)
DATA_built  = ecosystem--$(EXTVERSION).sql $(LAST_RELEASE:%=ecosystem--%--$(EXTVERSION).sql)
PG_CPPFLAGS = -Isrc -DECOSYSTEM_VERSION='"$(EXTVERSION)"'
SHLIB_LINK += -lidn2 -lunistring -lroaring -lsodium
GENERATED   = src/data/suffixes.h src/data/legal_forms.h
# The symbols that others may see; the server's Makefile.shlib hides the others.
SHLIB_EXPORTS = src/data/exports.txt
EXTRA_CLEAN = $(OBJS:.o=.checked) $(GENERATED) $(addsuffix .new,$(GENERATED) $(SHLIB_EXPORTS)) $(SHLIB_EXPORTS) src/data/compile_suffixes src/data/compile_legal_forms \
              $(LIST_CHOSEN) $(addsuffix .new,$(DATA_built)) results regression.diffs regression.out build.log

# No bitcode: what JIT inlines of ours would look for functions by name that are
# hidden, or take another library's.
override with_llvm = no

# pg_regress: test/sql and expected; `setup` first, it creates the extension.
TESTS        = $(patsubst test/sql/%.sql,%,$(sort $(wildcard test/sql/*.sql)))
REGRESS      = setup $(filter-out setup,$(TESTS))
REGRESS_OPTS = --inputdir=test

include $(PGXS)

# Calls within the library go to the library, whatever else is loaded.
ifneq (,$(filter linux freebsd netbsd openbsd solaris,$(PORTNAME)))
SHLIB_LINK += -Wl,-Bsymbolic
endif

$(SHLIB_EXPORTS): tools/exported-symbols $(sort $(wildcard sql/[0-9]*.sql)) $(RELEASES) $(OBJS:.o=.c)
	tools/exported-symbols $(filter %.sql %.c,$^) > $@.new
	mv $@.new $@

# The relations of a mart come last, as rows of a table made before.
MART_RELATIONS = $(sort $(wildcard sql/mart/*.sql))
ecosystem--$(EXTVERSION).sql: ecosystem.control $(sort $(wildcard sql/[0-9]*.sql)) $(MART_RELATIONS) tools/pack-mart
	@# Read in the encoding of whatever database it is created in.
	@! LC_ALL=C grep -n '[^ -~	]' $(filter %.sql,$^) || { echo "the script must be ASCII"; exit 1; }
	cat $(filter-out $(MART_RELATIONS),$(filter %.sql,$^)) > $@.new
	$(if $(MART_RELATIONS),tools/pack-mart $(MART_RELATIONS) >> $@.new)
	mv $@.new $@

# What the script has that the last release has not; where none of its statements
# can say it, sql/releases/FROM--TO.sql does.
UPDATE_BY_HAND = sql/releases/$(LAST_RELEASE)--$(EXTVERSION).sql
ecosystem--$(LAST_RELEASE)--$(EXTVERSION).sql: tools/update-script sql/releases/ecosystem--$(LAST_RELEASE).sql \
		$(wildcard $(UPDATE_BY_HAND)) ecosystem--$(EXTVERSION).sql
	tools/update-script sql/releases/ecosystem--$(LAST_RELEASE).sql $(UPDATE_BY_HAND) ecosystem--$(EXTVERSION).sql > $@.new
	mv $@.new $@

# Bitcode that an earlier build has installed would be used all the same.
.PHONY: remove-bitcode
install: remove-bitcode
remove-bitcode:
	rm -rf '$(DESTDIR)$(pkglibdir)/bitcode/$(MODULE_big)' '$(DESTDIR)$(pkglibdir)/bitcode/$(MODULE_big).index.bc'

$(OBJS): $(wildcard $(TOPICS:%=src/%/*.h) $(TOPICS:%=src/%/*/*.h)) $(GENERATED)

# The lists of src/data and the Public Suffix List, as const C tables.
src/data/suffixes.h: src/data/compile_suffixes $(PUBLIC_SUFFIX_LIST) $(LIST_CHOSEN) \
		$(filter-out $(SHLIB_EXPORTS),$(wildcard src/data/*.txt))
	src/data/compile_suffixes $(PUBLIC_SUFFIX_LIST) src/data > $@.new
	mv $@.new $@

# Touched only when another list is chosen, which may be older than the tables.
.PHONY: always
$(LIST_CHOSEN): always
	@echo '$(PUBLIC_SUFFIX_LIST)' | cmp -s - $@ || echo '$(PUBLIC_SUFFIX_LIST)' > $@

src/data/compile_suffixes: src/data/compile_suffixes.c src/identity/public_suffix.h
	$(CC) -O1 -Wall -Isrc -o $@ $< -lidn2

NAME_LISTS = $(addprefix src/data/,legal_forms.txt legal_forms_elf.txt countries.txt placeholder_names.txt placeholder_ids.txt)
src/data/legal_forms.h: src/data/compile_legal_forms $(NAME_LISTS)
	src/data/compile_legal_forms src/data > $@.new
	mv $@.new $@

# With the code that folds names, so that forms are folded as names are.
src/data/compile_legal_forms: src/data/compile_legal_forms.c src/identity/name_folding.c src/identity/name_folding.h
	$(CC) -O1 -Wall -Isrc -o $@ $(filter %.c,$^) -lunistring

$(PUBLIC_SUFFIX_LIST):
	$(error The Public Suffix List was not found at $@. "make deps" installs it (Debian: publicsuffix), or name another copy with PUBLIC_SUFFIX_LIST=/path/to/public_suffix_list.dat)

# Warnings are errors here and nowhere else: a user's newer compiler must not
# stop an installation.
.PHONY: warnings checked tidy analyze $(OBJS:.o=.warnings)
WARNING_FLAGS = -Werror -Wall -Wextra -Wno-unused-parameter -Wno-sign-compare \
                -Wno-missing-field-initializers -Wshadow=compatible-local
# What the server's headers and gcc's flags make clang say.
CLANG_FLAGS = -Wno-unknown-warning-option -Wno-ignored-attributes -Wno-unused-command-line-argument \
              -Wno-compound-token-split-by-macro
COMPILE_WARNING = $(CC) $(filter-out $(if $(findstring clang,$(CC)),-fexcess-precision=standard),$(CFLAGS)) \
                  $(if $(findstring clang,$(CC)),$(CLANG_FLAGS)) $(WARNING_FLAGS) $(CFLAGS_SL) $(CPPFLAGS) -c $<
warnings: $(OBJS:.o=.warnings)
	@echo "no warnings from $(CC)"

$(OBJS:.o=.warnings): %.warnings: %.c $(GENERATED)
	@$(COMPILE_WARNING) -o /dev/null

# The same as objects that are linked, since compiling them twice takes as long
# as many tests.
checked: $(OBJS:.o=.checked)

$(OBJS:.o=.checked): %.checked: %.c $(wildcard $(TOPICS:%=src/%/*.h) $(TOPICS:%=src/%/*/*.h)) $(GENERATED)
	$(COMPILE_WARNING) -o $*.o
	touch $@

# The server's headers as those of a system, whose code is not ours to mend.
TIDY_FLAGS = $(patsubst -I/%,-isystem /%,$(CPPFLAGS)) $(CLANG_FLAGS)
tidy: $(GENERATED)
	@for f in $(OBJS:.o=.c); do \
	   clang-tidy --quiet $$f -- $(TIDY_FLAGS) 2>/dev/null || exit 1; \
	 done; echo "nothing found by clang-tidy"

# What may happen on all paths through a function takes long to find, and much of
# it is ruled out elsewhere: to be read, not to be obeyed.  What is asserted it knows.
analyze: $(GENERATED)
	@for f in $(OBJS:.o=.c); do \
	   clang-tidy --quiet --checks='-*,clang-analyzer-*,-clang-analyzer-security.insecureAPI.*' --warnings-as-errors= \
	     $$f -- -DUSE_ASSERT_CHECKING=1 $(TIDY_FLAGS) 2>/dev/null; \
	 done

endif
