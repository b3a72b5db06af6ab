# SPDX-License-Identifier: GPL-2.0-only
# "make help" lists the targets. V=1 shows commands, SAN=1 adds sanitizers,
# O=dir moves all that is built.

SAN	?= 0
V	?= 0
O	?= build
PREFIX	?= /usr/local
DESTDIR	?=
CATALOG	?= catalog

# Debian's interpreter: the modules that we need are Debian's packages.
PYTHON	?= /usr/bin/python3
SPHINX	?= sphinx-build
DOT	?= dot

DEPS	:= gcc libc6-dev make pkg-config check libyaml-dev libjansson-dev libelf-dev \
	   graphviz python3-sphinx python3-yaml python3-jsonschema

# For "make check-source": Linux's own code, and what its test harness needs.
DEPS_SOURCE := linux-source-6.12 liburcu-dev xz-utils rsync perl

# For "make check-replay"; git and node, too, if they are there.
DEPS_REPLAY := strace

# For "make kernel-docs".
DEPS_KERNEL_DOCS := linux-source-6.12 xz-utils perl

# For "make patch".
DEPS_PATCH := git git-email libmailtools-perl $(DEPS_SOURCE)

# For "make check-kernels", and to unpack what Debian has for it.
DEPS_KERNELS := qemu-system-x86 xz-utils zstd

# For "make check-repair", which builds kernels.
DEPS_REPAIR := bc bison flex patch perl rsync sparse $(DEPS_KERNELS)

# The simulator in a page, docs/try.html.
DEPS	+= clang lld wasi-libc libclang-rt-14-dev-wasm32

# For "make check-site". A machine may have another npm than Debian's.
DEPS_SITE = chromium $(shell command -v npm >/dev/null || echo nodejs npm)

DEPS_DEV := bubblewrap clang clang-format cppcheck gcovr libclang-rt-14-dev shellcheck spin

ifneq ($(words $(O)),1)
$(error O is '$(O)', expected a directory without spaces in its name)
endif

ifneq ($(findstring ",$(CURDIR))$(findstring \,$(CURDIR))$(findstring $$,$(CURDIR)),)
$(error this directory is '$(CURDIR)', expected a name without quotation marks, backslashes and dollar signs)
endif

B	:= $(O)$(if $(filter 1,$(SAN)),/san)
VMATLAS	:= $(B)/vmatlas
# The version is that of the newest entry of NEWS.
VERSION	:= $(shell sed -n 's/^vmatlas \([0-9.]*\) .*/\1/p;T;q' NEWS)
SCHEMA	:= $(B)/schema.json

# ---- how to compile ---------------------------------------------------------

PKGS	:= check yaml-0.1 jansson libelf
ifeq ($(origin CC),default)
CC	:= gcc
endif
CFLAGS	?= -O2 -g
WARN	:= -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	   -Wpointer-arith -Wwrite-strings -Wformat=2 -Wvla \
	   -Wno-missing-field-initializers -Wno-unused-parameter
ifeq ($(WERROR),1)
WARN	+= -Werror
endif
ifeq ($(SAN),1)
SANFLAGS := -fsanitize=address,undefined -fno-sanitize-recover=all \
	    -fno-omit-frame-pointer
endif
ifeq ($(COV),1)
SANFLAGS += --coverage -O0
endif

# The simulator is many small functions in many small files: to optimize over
# these makes it a third faster (make bench).
ifneq ($(findstring gcc,$(shell $(CC) --version 2>/dev/null | head -n 1)),)
ifeq ($(SANFLAGS),)
LTO	?= -flto=auto
endif
endif

# Asked when something is compiled and not before: "make deps" runs first on a
# machine that has none of it.
PKG_CFLAGS	= $(shell pkg-config --cflags $(PKGS))
PKG_LIBS	= $(shell pkg-config --libs $(PKGS))
CPPFLAGS	+= -D_GNU_SOURCE -Isrc
# Where the program finds what is not installed. Only two files know it.
HERE	:= $(subst ','\'',$(CURDIR))
PLACES	:= -DDATA_BUILD='"$(HERE)/src"' \
	   -DCATALOG_BUILD='"$(if $(filter /%,$(CATALOG)),,$(HERE)/)$(CATALOG)"'
OF_NEWS	:= -DVERSION='"$(VERSION)"'
ALL_CFLAGS	= -std=gnu11 $(CFLAGS) $(WARN) $(SANFLAGS) $(PKG_CFLAGS)

# ---- what to compile --------------------------------------------------------

# The rooms, in the order in which they may use each other.
ROOMS	:= lib model syscall catalog space reader oracle report process emit cmd
LIB_SRC	:= $(sort $(foreach r,$(ROOMS),$(wildcard src/$(r)/*.c src/$(r)/kernel/*.c)))
LIB_OBJ	:= $(LIB_SRC:%.c=$(B)/%.o)
MAIN_OBJ := $(B)/src/main.o
TEST_SRC := tests/main.c tests/pages.c $(sort $(wildcard tests/test-*.c))
TEST_OBJ := $(TEST_SRC:%.c=$(B)/%.o)

Q	:= $(if $(filter 1,$(V)),,@)
say	= $(if $(filter 1,$(V)),,@printf '  %-7s %s\n' '$(1)' '$(2)')

.DELETE_ON_ERROR:
.PHONY: all
all: $(VMATLAS) $(SCHEMA)

$(VMATLAS): $(MAIN_OBJ) $(LIB_OBJ)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(LTO) $(LDFLAGS) -o $@ $^ $(PKG_LIBS)

# What a file of the catalogue may have, for editors.
$(SCHEMA): $(VMATLAS)
	$(call say,EMIT,$@)
	$(Q)$(VMATLAS) emit schema --catalog $(CATALOG) >$@

$(B)/tests/check: $(TEST_OBJ) $(LIB_OBJ)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(LTO) $(LDFLAGS) -o $@ $^ $(PKG_LIBS)

$(B)/src/lib/%.o $(B)/src/model/%.o $(B)/src/space/%.o: ACROSS = $(LTO)

$(B)/src/lib/template.o $(B)/src/cmd/common.o: CPPFLAGS += $(PLACES)
$(B)/src/cmd/commands.o: CPPFLAGS += $(OF_NEWS)
$(B)/src/cmd/commands.o: NEWS

$(B)/%.o: %.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) $(ACROSS) -MMD -MP -c -o $@ $<

-include $(MAIN_OBJ:.o=.d) $(LIB_OBJ:.o=.d) $(TEST_OBJ:.o=.d)

# "make -j deps check" must not compile before there is anything to compile with.
FIRST	:= $(filter deps deps-%,$(MAKECMDGOALS))
$(MAIN_OBJ) $(LIB_OBJ) $(TEST_OBJ) $(O)/wasm/include/sys/mman.h: | $(FIRST)

# ---- what a new machine needs -----------------------------------------------

SUDO	= $(if $(filter 0,$(shell id -u)),,sudo)
missing	= $(shell for p in $(1); do dpkg-query -W -f '$${db:Status-Status}' \
	    "$$p" 2>/dev/null | grep -qx installed || echo "$$p"; done)

define install_packages
	@if ! command -v apt-get >/dev/null; then \
		echo 'not a Debian system; the packages would be: $(1)'; \
	elif [ -n "$(call missing,$(1))" ]; then \
		$(SUDO) apt-get update -q && \
		$(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install \
			-q -y --no-install-recommends $(call missing,$(1)); \
	fi
endef

.PHONY: deps deps-dev deps-source deps-trees deps-kernels deps-kernel-docs \
	deps-replay deps-patch deps-repair deps-site
deps:
	$(call install_packages,$(DEPS))
deps-dev: deps
	$(call install_packages,$(DEPS_DEV))
deps-source: deps
	$(call install_packages,$(DEPS_SOURCE))
# Every release that Debian's archive has: trees in $(O)/trees, 160 MB each, and
# kernels in $(O)/kernels, 30 MB each. What is there is not fetched again.
deps-trees: deps-source
	$(Q)$(PYTHON) tests/archive.py trees --out $(O) \
		--series "$(or $(TREES),all)"
deps-kernels: deps
	$(call install_packages,$(DEPS_KERNELS))
	$(Q)$(PYTHON) tests/archive.py kernels --out $(O) \
		--series "$(KERNELS)"
deps-site: deps
	$(call install_packages,$(DEPS_SITE))
deps-replay: deps
	$(call install_packages,$(DEPS_REPLAY))
deps-repair: deps
	$(call install_packages,$(DEPS_REPAIR))
deps-patch: deps
	$(call install_packages,$(DEPS_PATCH))
deps-kernel-docs: deps
	$(call install_packages,$(DEPS_KERNEL_DOCS))

# ---- tests ------------------------------------------------------------------

# A witness for the tests, made of the simulator.
FAKE	:= $(B)/tests/fake-witness

$(FAKE): $(B)/tests/fake-witness.o $(LIB_OBJ)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(LTO) $(LDFLAGS) -o $@ $^ $(PKG_LIBS)

-include $(FAKE).d

# The sanitizers keep freed memory for long, and each test is a fork of all that.
export ASAN_OPTIONS ?= quarantine_size_mb=8

# A test that hangs is ended, one on a machine that has much else to do is not.
export CK_TIMEOUT_MULTIPLIER ?= 5

TEST_ENV = FAKE="$$(realpath $(FAKE))" VMATLAS="$$(realpath $(VMATLAS))" DOT=$(DOT) PYTHON=$(PYTHON)

# The parts of "make check" go side by side; the suites that take longest begin.
# CK_RUN_SUITE=model is that suite and no more.
SUITES	:= $(shell sed -n 's/.*suite_create("\(.*\)").*/\1/p' tests/test-*.c)
LONGEST	:= reader space replay reader-pages cmd kernel-pages promela
SUITE_PARTS := $(addprefix check-part-suite-,$(or $(CK_RUN_SUITE),\
	       $(LONGEST) $(filter-out $(LONGEST),$(SUITES))))
# What is followed is what a newcomer does, without sanitizers and the like.
PARTS	:= $(if $(CK_RUN_SUITE),,$(addprefix check-part-,fields stale catalog schema json transcripts \
	   $(if $(SANFLAGS),,follow)))

.PHONY: check check-full check-parts $(PARTS) $(SUITE_PARTS)
check: | $(FIRST)
	+$(Q)$(MAKE) --no-print-directory -k -Otarget \
		$(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(shell nproc)) \
		check-parts

# Nothing is left out: of what takes long, "make check" has a sample.
check-full: export FULL = 1
check-full: check

check-parts: $(PARTS) $(SUITE_PARTS)
$(PARTS) $(SUITE_PARTS): $(VMATLAS) $(SCHEMA) $(B)/tests/check $(FAKE)

check-part-schema:
	$(call say,SCHEMA,$(CATALOG))
	$(Q)$(PYTHON) tests/schema.py $(SCHEMA) --refuses tests/bad $(CATALOG)/*.yaml
check-part-json:
	$(call say,JSON,docs/schema)
	$(Q)$(PYTHON) tests/json-shapes.py $(if $(filter 1,$(SAN)),--no-random) \
		$(VMATLAS) $(FAKE)
check-part-transcripts:
	$(call say,COMPARE,tests/transcripts)
	$(Q)$(PYTHON) tests/transcripts.py $(VMATLAS) tests/transcripts/*.txt
check-part-fields:
	$(call say,BREAK,$(CATALOG))
	$(Q)$(PYTHON) tests/break-fields.py --every $(if $(FULL),1,6) --seed $(SEED) \
		$(VMATLAS) $(CATALOG)/*.yaml
check-part-follow:
	$(call say,FOLLOW,docs/add-a-case.rst)
	$(Q)$(if $(SANFLAGS),echo 'SKIP: the page is followed without sanitizers and coverage', \
		$(FOLLOW) tests/add-a-case.py $(B))
check-part-stale:
	$(call say,STALE,docs/oracles.py)
	$(Q)$(PYTHON) tests/oracles.py $(VMATLAS) $(CATALOG)
check-part-catalog:
	$(call say,CHECK,$(CATALOG))
	$(Q)$(VMATLAS) check --catalog $(CATALOG)
$(SUITE_PARTS): check-part-suite-%:
	$(call say,CHECK,$*)
	$(Q)CK_RUN_SUITE=$* $(TEST_ENV) $(B)/tests/check

# Every command with an allocation that finds no memory; ALLOCS are tried of each.
ALLOCS	?= 70

$(B)/tests/fail-alloc.so: tests/fail-alloc.c
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(WARN) -D_GNU_SOURCE -shared -fPIC -o $@ $<

.PHONY: check-alloc
check-alloc: $(VMATLAS) $(B)/tests/fail-alloc.so $(FAKE)
	$(call say,ALLOC,$(VMATLAS))
	$(Q)$(PYTHON) tests/check-alloc.py --each $(ALLOCS) $(VMATLAS) \
		$(B)/tests/fail-alloc.so $(FAKE)

# Each command with one of its system calls refused by a seccomp filter. About 10 minutes;
# REFUSEFLAGS='--only live --calls mremap' is some of it, REFUSEFLAGS=--cgroup limits memory
# and processes instead.
$(B)/tests/refuse.so: tests/refuse.c
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(WARN) -D_GNU_SOURCE -shared -fPIC -o $@ $<

.PHONY: check-refused
check-refused: $(VMATLAS) $(B)/tests/refuse.so $(FAKE)
	$(call say,REFUSE,$(VMATLAS))
	$(Q)$(PYTHON) tests/check-refused.py $(REFUSEFLAGS) $(VMATLAS) \
		$(B)/tests/refuse.so $(FAKE)

# Under strace: what the kernel is asked stays in the memory that was reserved for it.
.PHONY: check-bounds
check-bounds: $(VMATLAS)
	$(call say,BOUNDS,$(VMATLAS))
	$(Q)$(PYTHON) tests/check-bounds.py $(VMATLAS)

# Where few build it: a copy of the tree in a directory with a space and an apostrophe in
# its name, by who is not root, LC_ALL=C, no network, no pty. ODD are the suites, or all.
ODD	?= catalog report page merge
.PHONY: check-odd
check-odd:
	$(call say,ODD,$(ODD))
	$(Q)tests/odd.sh "$(ODD)"

# What docs/add-a-*.rst say, each in a copy of the tree, and the tests there.
ADD	:= case format rule-set reader syscall
FOLLOW	= MAKE_WORDS="LTO='$(LTO)' CFLAGS='$(CFLAGS)'" $(PYTHON)

.PHONY: check-add $(ADD:%=check-add-a-%)
check-add: $(ADD:%=check-add-a-%)
$(ADD:%=check-add-a-%): check-add-a-%: $(VMATLAS) $(B)/tests/check $(FAKE)
	$(call say,FOLLOW,docs/add-a-$*.rst)
	$(Q)$(FOLLOW) tests/add-a-$*.py $(B) --tests

# The explorer's verdicts against those of another search of the same cases.
.PHONY: check-spin
check-spin: $(VMATLAS)
	$(call say,SPIN,$(CATALOG))
	$(Q)VMATLAS=$(VMATLAS) $(PYTHON) tests/check-spin.py --catalog $(CATALOG)

# Linux's own mm/vma.c as a witness. KSRC is a kernel tree or a tarball.
# TREES=7.1,7.3 are those of these releases in $(O)/trees, TREES=all every one.
KSRC	?= /usr/src/linux-source-6.12.tar.xz
TREES	?=
comma	:= ,
TREE_FILES = $(sort $(if $(filter all,$(TREES)),$(wildcard $(O)/trees/linux-*.tar.xz),\
	$(foreach t,$(subst $(comma), ,$(TREES)),$(wildcard $(O)/trees/linux-$(t).*tar.xz))))
SOURCE	= $(VMATLAS) source --catalog $(CATALOG) --cache $(O)/source --ksrc "$(KSRC)"

.PHONY: check-source
check-source: $(VMATLAS)
ifneq ($(COVERAGE),)
	$(call say,BRANCHES,tests/branches.yaml)
	$(Q)$(PYTHON) tests/branches.py --vmatlas $(VMATLAS) --catalog $(CATALOG) \
		--cache $(O)/source $(SOURCEFLAGS) $(or $(TREE_FILES),"$(KSRC)")
else ifeq ($(TREES),)
	$(call say,SOURCE,$(KSRC))
	$(Q)$(SOURCE) $(SOURCEFLAGS)
else
	$(Q)[ -n "$(TREE_FILES)" ] || { echo 'no such tree in $(O)/trees: make deps-trees'; exit 2; }
	$(Q)worst=0; for tree in $(TREE_FILES); do \
		printf '  %-7s %s\n' SOURCE $$tree; \
		$(SOURCE) --ksrc $$tree $(SOURCEFLAGS); status=$$?; \
		[ $$status -le $$worst ] || worst=$$status; done; exit $$worst
endif

# Change a line of either, one at a time, and see it noticed. About 4 minutes. Of
# another tree than KSRC's own, the table is in $(O).
.PHONY: check-mutants
check-mutants: $(VMATLAS)
	$(Q)$(SOURCE) --cases >/dev/null
	$(call say,MUTATE,mm/vma.c src/model)
	$(Q)$(PYTHON) tests/mutants.py --vmatlas $(VMATLAS) --objects $(B) \
		--catalog $(CATALOG) --cache $(O)/source \
		--scratch $(O)/mutants $(MUTANTFLAGS) --table \
		$(if $(filter file,$(origin KSRC)),docs,$(O))/mutants.tsv

# Change a line of src/, one at a time, and see "make check" notice. SAMPLE of them,
# by SEED; a run that was interrupted goes on where it was. About an hour.
SAMPLE	?= 300
SEED	?= 1

.PHONY: check-mutants-src
check-mutants-src:
	$(call say,MUTATE,src)
	$(Q)$(PYTHON) tests/mutants-src.py --scratch $(O)/mutants-src \
		--seed $(SEED) --sample $(SAMPLE)

# A variable's value, for scripts.
print-%:
	@echo '$($*)'

# The running kernel, and what its reader sees, for as long as is bearable each
# time. LIVE_TIME and SOAK are seconds.
LIVE_TIME ?= 10
SOAK	?= 600

.PHONY: check-live soak
check-live: $(VMATLAS)
	$(call say,LIVE,$(CATALOG))
	$(Q)$(VMATLAS) live --catalog $(CATALOG)
	$(Q)$(VMATLAS) live --reach --catalog $(CATALOG)
	$(Q)$(VMATLAS) live --random --seconds $(LIVE_TIME)
	$(call say,RACE,$(CATALOG))
	$(Q)$(VMATLAS) race --summary --catalog $(CATALOG) --seconds $(LIVE_TIME)
soak: $(VMATLAS)
	$(Q)$(VMATLAS) race --catalog $(CATALOG) --seconds $(SOAK) \
		$$($(VMATLAS) list --catalog $(CATALOG))

# Real programs under strace, replayed, and the layout at the end compared with
# the kernel's. REPLAYFLAGS=--data=docs/data/replay.json keeps what came out.
# Guests have no libraries, so there it is linked statically.
STATIC	:= $(O)/static

.PHONY: check-replay
check-replay: $(VMATLAS) $(if $(KERNEL),$(STATIC)/init)
	$(call say,REPLAY,tests/replay.py)
	$(Q)$(PYTHON) tests/replay.py $(REPLAYFLAGS) $(VMATLAS) $(O)/replay
	$(Q)for k in $(KERNEL); do $(PYTHON) tests/replay.py --guest $$k \
		--init $(STATIC)/init $(VMATLAS) $(O)/replay || exit 1; done

# The program on other kernels under QEMU: those of $(O)/kernels, or of the releases
# KERNELS=6.12,7.3 among them, and KERNEL=bzImage... too.
KERNELS	?= all
GUEST_TIMEOUT ?= 120
LIVE	?= live --tap

$(STATIC)/vmatlas: $(MAIN_OBJ) $(LIB_OBJ)
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(ALL_CFLAGS) $(LTO) $(LDFLAGS) -static -o $@ $^ \
		$(shell pkg-config --static --libs $(PKGS))

$(STATIC)/init: src/oracle/guest/init.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -D_GNU_SOURCE -std=gnu11 -O2 $(WARN) -static -o $@ $<

.PHONY: check-kernels
check-kernels: $(STATIC)/vmatlas $(STATIC)/init
	$(call say,KERNELS,$(CATALOG))
	$(Q)$(PYTHON) tests/kernels.py --program $(STATIC)/vmatlas \
		--catalog $(CATALOG) --cache $(O)/kernels \
		--series "$(KERNELS)" \
		--timeout $(GUEST_TIMEOUT) --append "$(APPEND)" \
		$(addprefix --kernel ,$(KERNEL)) -- $(LIVE)
	$(Q)$(PYTHON) tests/kernels.py --program $(STATIC)/vmatlas \
		--catalog $(CATALOG) --cache $(O)/kernels \
		--series "$(KERNELS)" \
		--timeout $(GUEST_TIMEOUT) --append "$(APPEND)" \
		$(addprefix --kernel ,$(KERNEL)) -- race --tap --file all \
		--seconds $(LIVE_TIME) existing-merge-left-partial

# The repairs of the reader, on kernels that are built from KSRC for it: about 15 minutes
# on two idle processors. REPAIRFLAGS=--stage=race races only.
REPAIRDATA ?= docs/data/repair.json
.PHONY: check-repair check-repair-data check-repro
check-repair: $(STATIC)/vmatlas $(STATIC)/init
	$(call say,REPAIR,$(KSRC))
	$(Q)$(PYTHON) tests/repair.py --out $(O)/repair --program $(STATIC)/vmatlas \
		--catalog $(CATALOG) --json $(REPAIRDATA) $(REPAIRFLAGS) $(KSRC)

# Nothing of it is built for this: the patches apply to the newest tree that is here, and
# the data is of these patches and of what the explorer predicts.
NEWEST_TREE = $(lastword $(sort $(wildcard $(O)/trees/linux-*.tar.xz)))
check-repair-data: $(VMATLAS)
	$(call say,REPAIR,docs/data/repair*.json)
	$(Q)for data in docs/data/repair*.json; do \
		$(PYTHON) tests/repair.py --fresh --json $$data \
			--program $(VMATLAS) --catalog $(CATALOG) || exit; \
	done
	$(Q)$(if $(NEWEST_TREE),$(PYTHON) tests/repair.py --apply $(NEWEST_TREE), \
		echo "SKIP: no tree in $(O)/trees to apply the patches to (make deps-trees)")

# A gap on the running kernel, as whoever this is; nothing of this project in it.
$(O)/maps-gap: tests/repair/maps-gap.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -O2 $(WARN) -o $@ $<
check-repro: $(O)/maps-gap
	$(call say,REPRO,$<)
	$(Q)sh tests/repair/repro.sh $<

# What all judges say, kept in docs/data for the pages. JUDGES=live asks one again,
# KERNELS=6.1,6.12 these guests only.
.PHONY: measure
measure: $(VMATLAS) $(STATIC)/vmatlas $(STATIC)/init
	$(call say,MEASURE,docs/data)
	$(Q)$(PYTHON) tests/measure.py --vmatlas $(VMATLAS) \
		--static $(STATIC)/vmatlas --catalog $(CATALOG) \
		--ksrc "$(KSRC)" --cache $(O)/source --kernels $(O)/kernels \
		--series "$(KERNELS)" \
		$(addprefix --kernel ,$(KERNEL)) \
		$(if $(JUDGES),--only $(JUDGES))

# Coverage-guided fuzzing of what reads input that is not ours. FUZZ_TIME is in
# seconds for each program. What it finds is left in $(O)/fuzz.
FUZZ_TIME ?= 60
FUZZ_CC	 ?= clang
FUZZ_OBJ := $(LIB_SRC:%.c=$(O)/fuzz/%.o)
FUZZERS	 := $(patsubst tests/fuzz-%.c,$(O)/fuzz/%,$(wildcard tests/fuzz-*.c))

FUZZ_CFLAGS = $(CPPFLAGS) $(PLACES) $(OF_NEWS) -std=gnu11 -O1 -g $(PKG_CFLAGS) -fsanitize=address,undefined \
	      -fno-sanitize-recover=all

$(O)/fuzz/%.o: %.c
	$(call say,FUZZCC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(FUZZ_CC) $(FUZZ_CFLAGS) -fsanitize=fuzzer-no-link -MMD -MP -c -o $@ $<

$(FUZZERS): $(O)/fuzz/%: $(O)/fuzz/tests/fuzz-%.o $(FUZZ_OBJ)
	$(call say,FUZZLD,$@)
	$(Q)$(FUZZ_CC) $(FUZZ_CFLAGS) -fsanitize=fuzzer -o $@ $^ $(PKG_LIBS)

-include $(FUZZ_OBJ:.o=.d) $(FUZZERS:$(O)/fuzz/%=$(O)/fuzz/tests/fuzz-%.d)

# The corpus of each is its seed here, and what it finds stays in $(O).
FUZZ_RUN = -max_total_time=$(FUZZ_TIME) -timeout=5 -rss_limit_mb=1024 \
	   -verbosity=0 -print_final_stats=1 -artifact_prefix=$(O)/fuzz/

.PHONY: fuzz
fuzz: $(FUZZERS)
	$(call say,FUZZ,catalog)
	$(Q)mkdir -p $(addprefix $(O)/fuzz/corpus-,catalog maps trace)
	$(Q)cp $(CATALOG)/*.yaml tests/bad/*.yaml $(O)/fuzz/corpus-catalog
	$(Q)$(O)/fuzz/catalog $(FUZZ_RUN) -dict=tests/fuzz-catalog.dict \
		$(O)/fuzz/corpus-catalog
	$(call say,FUZZ,maps)
	$(Q)cp tests/corpus/maps/* $(O)/fuzz/corpus-maps
	$(Q)$(O)/fuzz/maps $(FUZZ_RUN) -dict=tests/fuzz-maps.dict \
		$(O)/fuzz/corpus-maps
	$(call say,FUZZ,trace)
	$(Q)cp tests/corpus/trace/* $(O)/fuzz/corpus-trace
	$(Q)$(O)/fuzz/trace $(FUZZ_RUN) -max_len=8192 \
		-dict=tests/fuzz-trace.dict $(O)/fuzz/corpus-trace

# Lines of src/ that the tests reach, and the running kernel as a judge. What its
# children do is not counted: they end with _exit(). gcov 12 has a branch that was
# taken less often than never, on which gcovr would stop.
.PHONY: coverage
coverage:
	$(Q)$(MAKE) --no-print-directory O=$(O)/cov COV=1 OPS=100000 check
	$(Q)$(O)/cov/vmatlas live --catalog $(CATALOG) >/dev/null
	$(Q)$(O)/cov/vmatlas live --reach --catalog $(CATALOG) >/dev/null
	$(Q)$(O)/cov/vmatlas race --summary --seconds 5 --catalog $(CATALOG) >/dev/null
	$(Q)gcovr --root . --object-directory $(O)/cov --filter src/ \
		--exclude-throw-branches --gcov-ignore-parse-errors \
		--fail-under-line 90

BENCH	:= $(patsubst tests/%.c,$(B)/tests/%,$(wildcard tests/bench*.c))

# What only "make bench" runs has to compile, too.
.PHONY: lint
lint: $(LIB_OBJ) $(BENCH:=.o)
	$(call say,FORMAT,src tests)
	$(Q)clang-format --dry-run -Werror src/*.c src/*/*.[ch] src/*/*/*.[ch] \
		tests/*.[ch] tests/replay/*.c
	$(call say,CPPCHECK,src)
	$(Q)cppcheck -q --error-exitcode=1 --inline-suppr --std=c11 \
		'-Djson_array_foreach(array, i, value)=while ((value = json_array_get(array, i)))' \
		'-Djson_object_foreach(object, key, value)=while ((value = json_object_get(object, key)))' \
		'-Djson_object_foreach_safe(object, next, key, value)=while ((value = json_object_get(object, key)))' \
		--enable=warning,portability $(OF_NEWS) -Isrc src
	$(call say,ROOMS,$(B)/src)
	$(Q)$(PYTHON) tests/lint.py --rooms "$(ROOMS)" $(LIB_OBJ)
	$(call say,STYLE,$(KSRC))
	$(Q)$(PYTHON) tests/kernel-style.py --cache $(O)/kernel-style "$(KSRC)"
	$(call say,SHELL,scripts)
	$(Q)shellcheck .ci/run docs/*.sh src/oracle/linux/*.sh tests/odd.sh

-include $(BENCH:=.d)

$(BENCH): $(B)/tests/%: $(B)/tests/%.o $(LIB_OBJ)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(LTO) $(LDFLAGS) -o $@ $^ $(PKG_LIBS)

.PHONY: bench
bench: $(BENCH) $(VMATLAS)
	$(Q)for b in $(BENCH); do $(TEST_ENV) $$b || exit 1; done
	$(Q)$(TEST_ENV) $(PYTHON) tests/bench-spin.py --catalog $(CATALOG)

# ---- the simulator in a page --------------------------------------------------

# The rooms that decide and print, without what asks the system. For what glibc
# has and WASI's C library has not there are headers in src/wasm/include; the
# numbers of flags are this machine's.
WASM_CC	?= clang
WASM	:= $(O)/wasm
WASM_SRC := $(wildcard $(patsubst %,src/%/*.c,model syscall space reader report \
	   wasm)) src/catalog/catalog.c src/syscall/kernel/maps.c \
	   $(patsubst %,src/lib/%.c,arena digits hash lines memory nearest stream utf8 print) \
	   $(patsubst %,src/process/%.c,around cases load vmas words) \
	   $(patsubst %,src/cmd/%.c,process what-if-call what-if-json what-if-text) \
	   $(patsubst %,src/emit/%.c,dot svg graph-range)
WASM_OBJ := $(WASM_SRC:%.c=$(WASM)/%.o)
WASM_CFLAGS := --target=wasm32-wasi -isystem src/wasm/include \
	   -isystem $(WASM)/include -include src/wasm/include/glibc.h \
	   -std=gnu11 -O2 -ffunction-sections -D_GNU_SOURCE -Isrc -Wall

$(WASM)/include/sys/mman.h:
	$(Q)mkdir -p $(@D) $(WASM)/include/linux
	$(Q)ln -sfn /usr/include/asm-generic/ioctl.h $(WASM)/include/linux/ioctl.h
	$(Q)printf '#include <%s>\n' sys/mman.h sys/shm.h sys/prctl.h | \
		$(CC) -D_GNU_SOURCE -E -dM - | grep -E \
		'^#define (MAP|PROT|MADV|MREMAP|MLOCK|MCL|SHM|PR|HUGETLB_FLAG_ENCODE)_' \
		>$@
	$(Q)ln -sfn mman.h $(@D)/shm.h
	$(Q)ln -sfn mman.h $(@D)/prctl.h

$(WASM)/%.o: %.c $(WASM)/include/sys/mman.h
	$(call say,WASMCC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(WASM_CC) $(WASM_CFLAGS) -MMD -MP -c -o $@ $<

$(WASM)/vmatlas.wasm: $(WASM_OBJ)
	$(call say,WASMLD,$@)
	$(Q)$(WASM_CC) --target=wasm32-wasi -mexec-model=reactor \
		-Wl,--gc-sections -Wl,--strip-all -Wl,-z,stack-size=1048576 \
		-o $@ $^

-include $(WASM_OBJ:.o=.d)

# ---- documentation ----------------------------------------------------------

.PHONY: docs
docs: $(VMATLAS) $(WASM)/vmatlas.wasm
	$(Q)WASM=$(WASM)/vmatlas.wasm SPHINX=$(SPHINX) DOT=$(DOT) PYTHON=$(PYTHON) docs/build.sh $(VMATLAS) $(CATALOG) $(O)/docs

# The site in a browser. FULL=1 has each page at all widths, light and dark.
SITE	:= $(O)/site

$(SITE)/node_modules: tests/site/package-lock.json | $(FIRST)
	$(call say,NPM,$@)
	$(Q)mkdir -p $(SITE)
	$(Q)cp tests/site/package.json tests/site/package-lock.json $(SITE)
	$(Q)npm ci --prefix $(SITE) --silent --no-audit --no-fund
	$(Q)touch $@

$(SITE)/space-checksum: tests/space-checksum.c $(B)/src/wasm/checksum.o $(LIB_OBJ)
	$(call say,LD,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) $(LTO) $(LDFLAGS) -o $@ $^ $(PKG_LIBS)

.PHONY: check-site
check-site: docs $(SITE)/node_modules $(SITE)/space-checksum
	$(call say,SITE,$(O)/docs/html)
	$(Q)rm -rf $(SITE)/shots
	$(Q)NODE_PATH=$(SITE)/node_modules node tests/site/check.js $(O)/docs/html \
		$(SITE)/shots $(VMATLAS) $(SITE)/space-checksum \
		$(if $(FULL),--full)

# Tests in the kernel's own harness. QUICK=1 changes no line of mm/vma.c.
.PHONY: check-kernel-tests
check-kernel-tests: $(VMATLAS)
	$(call say,HARNESS,$(KSRC))
	$(Q)$(PYTHON) tests/kernel-tests.py --vmatlas $(VMATLAS) \
		--catalog $(CATALOG) --ksrc "$(KSRC)" \
		--scratch $(O)/kernel-tests \
		$(if $(QUICK),--quick) $(if $(PLAIN),--plain) \
		$(if $(ONLY),--only $(ONLY),--versions docs/kernel-tests-versions.tsv) \
		$(if $(TABLE),--table $(TABLE))

# What "vmatlas emit kselftest" writes, in the harness of the tree KSRC.
.PHONY: check-kselftest
check-kselftest: $(VMATLAS)
	$(call say,KSELF,$(KSRC))
	$(Q)$(PYTHON) tests/kselftest.py --vmatlas $(VMATLAS) \
		--catalog $(CATALOG) --ksrc "$(KSRC)" --scratch $(O)/kselftest

# A kernel tree's documentation of mm with our pages. FROM=pages, yaml, both or page.
FROM	?= pages

.PHONY: kernel-docs
kernel-docs: $(VMATLAS)
	$(call say,KDOCS,$(KSRC))
	$(Q)$(PYTHON) tests/kernel-docs.py --vmatlas $(VMATLAS) \
		--python $(PYTHON) --catalog $(CATALOG) \
		--cache $(O)/kernel-docs --from "$(FROM)" "$(KSRC)"

# A series of patches for the tree KSRC. It is from whom git config says.
PATCHFLAGS ?= --signoff
WRITTEN	:= fix tests docs

.PHONY: patch patch-large $(WRITTEN:%=patch-%)
patch: $(if $(SERIES),patch-$(SERIES),patch-which)
$(WRITTEN:%=patch-%): $(VMATLAS)
	$(call say,PATCH,$(KSRC))
	$(Q)$(PYTHON) tests/series.py $(@:patch-%=%) $(if $(FULL),--full) \
		--vmatlas $(VMATLAS) --catalog $(CATALOG) --scratch $(O)/patch-cache \
		--ksrc "$(KSRC)" -o $(O)/$@ --check $(PATCHFLAGS)
	$(if $(CHECK),$(if $(filter patch-fix,$@),$(Q)$(PYTHON) tests/repair.py \
		--warnings --only fresh-fallback --out $(O)/repair "$(KSRC)"))
patch-large: $(VMATLAS)
	$(call say,PATCH,$(KSRC))
	$(Q)$(PYTHON) tests/patch.py --vmatlas $(VMATLAS) --catalog $(CATALOG) \
		--scratch $(O)/patch-cache --ksrc "$(KSRC)" -o $(O)/$@ \
		--check $(PATCHFLAGS)
patch-which:
	@$(PYTHON) tests/series.py --list
patch-%:
	@echo "SERIES=$*: no such series, expected fix, tests, docs or large" >&2; exit 2

# ---- installation -----------------------------------------------------------

# What is installed knows of no directory in which it was built. No library is offered,
# and so no header and no pkg-config file: what other programs can use is the JSON.
INSTALLED := $(B)/installed$(PREFIX)/vmatlas
PLACED	:= src/lib/template src/cmd/common
STRIP	?= -s

$(PLACED:%=$(dir $(INSTALLED))%.o): $(dir $(INSTALLED))%.o: %.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -DDATA_BUILD='"$(PREFIX)/share/vmatlas"' \
		-DCATALOG_BUILD='"$(PREFIX)/share/vmatlas/catalog"' -c -o $@ $<

$(INSTALLED): $(MAIN_OBJ) $(filter-out $(PLACED:%=$(B)/%.o),$(LIB_OBJ)) \
	      $(PLACED:%=$(dir $(INSTALLED))%.o)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(LTO) $(LDFLAGS) -o $@ $^ $(PKG_LIBS)

# Files of src/ that the program reads, below share/vmatlas as they are here.
DATA	:= oracle/linux/* oracle/protocol.h model/enums.h emit/promela/* emit/vma-test/* \
	   emit/kselftest/* emit/kselftest/.gitignore process/*.in syscall/table.[ch] \
	   syscall/kernel/* cmd/completion/*
EXAMPLES := docs/explain-sample.smaps docs/data/replay-example/* catalog/new.yaml

SHARE	= $(DESTDIR)$(PREFIX)/share
DOC	= $(SHARE)/doc/vmatlas
BASH	= $(SHARE)/bash-completion/completions/vmatlas
ZSH	= $(SHARE)/zsh/site-functions/_vmatlas
FISH	= $(SHARE)/fish/vendor_completions.d/vmatlas.fish

.PHONY: install uninstall
install: $(INSTALLED) docs
	$(call say,INSTALL,$(DESTDIR)$(PREFIX))
	$(Q)install -D $(STRIP) -m 755 $(INSTALLED) "$(DESTDIR)$(PREFIX)/bin/vmatlas"
	$(Q)install -D -m 644 -t "$(SHARE)/vmatlas/catalog" $(CATALOG)/*.yaml $(SCHEMA)
	$(Q)for file in $(wildcard $(DATA:%=src/%)); do \
		install -D -m 644 $$file "$(SHARE)/vmatlas/$${file#src/}" || exit 1; done
	$(Q)install -D -m 644 -t "$(SHARE)/vmatlas/schema" docs/schema/*.json
	$(Q)install -D -m 644 -t "$(DOC)" COPYING NEWS README.md
	$(Q)install -D -m 644 -t "$(DOC)/examples" $(wildcard $(EXAMPLES))
	$(Q)rm -rf "$(DOC)/html" && cp -R --no-preserve=mode,ownership $(O)/docs/html "$(DOC)/html"
	$(Q)install -D -m 644 -t "$(SHARE)/man/man1" $(O)/docs/man/*.1
	$(Q)install -D -m 644 src/cmd/completion/bash "$(BASH)"
	$(Q)install -D -m 644 src/cmd/completion/zsh "$(ZSH)"
	$(Q)install -D -m 644 src/cmd/completion/fish "$(FISH)"

# Directories that were there for others stay.
uninstall:
	$(call say,REMOVE,$(DESTDIR)$(PREFIX))
	$(Q)rm -rf "$(SHARE)/vmatlas" "$(DOC)"
	$(Q)rm -f "$(DESTDIR)$(PREFIX)/bin/vmatlas" "$(BASH)" "$(ZSH)" "$(FISH)" \
		"$(SHARE)"/man/man1/vmatlas.1 "$(SHARE)"/man/man1/vmatlas-*.1

# A tarball that needs no git: of what is committed, or, unpacked from one, of it all.
DIST	:= vmatlas-$(VERSION)
.PHONY: dist deb deps-deb FORCE
deps-deb: deps
	$(call install_packages,debhelper dpkg-dev lintian)
dist: $(O)/$(DIST).tar.xz
$(O)/$(DIST).tar.xz: FORCE
	$(call say,DIST,$@)
	$(Q)mkdir -p $(O)
	$(Q)if [ "$$(git rev-parse --show-toplevel 2>/dev/null)" = "$(CURDIR)" ]; then \
		git archive --format=tar --prefix=$(DIST)/ HEAD; \
	else \
		tar -c --exclude=./$(O) --transform 's,^\.,$(DIST),' .; \
	fi | xz -c >$@

# A Debian package of that, and its source package, in $(O)/deb.
deb: $(O)/$(DIST).tar.xz
	$(call say,DEB,$(O)/deb)
	$(Q)debian/build.sh $< $(VERSION) $(O)/deb

# ---- the rest ---------------------------------------------------------------

.PHONY: clean
clean:
	rm -rf $(O)

#: To use it:
#:   make deps       install the Debian packages that are missing
#:   make            the program, build/vmatlas
#:   make check      the catalogue against the simulator, and all tests
#:   make docs       the site, build/docs/html/index.html, and the manual pages
#:   make install    to DESTDIR/PREFIX (/usr/local); make uninstall takes it away
#:   make clean      remove all that was built
#:
#: To hold it against Linux:
#:   make check-source  the simulator against mm/vma.c; KSRC=tree, TREES=7.1,7.3 or
#:                   TREES=all of make deps-trees; COVERAGE=1: which branches are reached
#:   make check-live    the running kernel by system calls, and its reader raced
#:   make check-kernels the same on other kernels under QEMU; KERNEL=bzImage too
#:   make check-repro   a C file without dependencies shows a gap on the running kernel
#:   make check-replay  programs under strace, replayed; with KERNEL=bzImage in a guest
#:   make check-repair  kernels of KSRC with and without docs/patches, raced
#:   make check-repair-data  whether the data of that is of these patches
#:   make soak       race every case for SOAK=600 seconds
#:   make measure    ask all judges and keep what they say in docs/data
#:   make deps-source, deps-trees, deps-kernels, deps-replay, deps-repair  what these need
#:
#: For a kernel tree:
#:   make patch      a series of patches for KSRC; SERIES=fix the repair of the reader
#:   make kernel-docs   its documentation with the pages, KSRC=tree
#:   make check-kernel-tests  tests in the kernel's own harness; QUICK=1
#:   make check-kselftest  the test for the kernel's selftests
#:   make deps-patch, deps-kernel-docs  what these need
#:
#: To change it:
#:   make lint       coding style and static checks
#:   make check-full make check, and nothing is a sample only
#:   make check-add  follow the pages that add a case, a format, a rule set, ...
#:   make check-odd  build and test where few do: a space in the path, no root, no pty
#:   make check-alloc each command with an allocation that fails; ALLOCS=70
#:   make check-refused  each command with a system call that a filter refuses
#:   make check-bounds  under strace: live and race stay in the memory they reserved
#:   make check-spin hold the reader's explorer against SPIN
#:   make check-mutants  see a changed line of simulator or mm/vma.c noticed
#:   make check-mutants-src  see "make check" notice changed lines of src/; SAMPLE=300
#:   make check-site the site in a browser; FULL=1 at all widths in light and dark
#:   make fuzz       fuzz the readers of files, FUZZ_TIME=60 seconds each
#:   make coverage   lines that the tests reach, at least 90 % of src/
#:   make bench      what things cost
#:   make deps-dev, deps-site  what these need
#:
#: To release it:
#:   make dist       a tarball of what is committed, build/vmatlas-VERSION.tar.xz
#:   make deb        a Debian package of that, in build/deb
#:   make deps-deb   what that needs
#:
#: V=1 shows commands, SAN=1 adds address and undefined-behaviour sanitizers,
#: WERROR=1 makes warnings errors, O=dir moves build/. For make check: OPS=n
#: random operations (1000000), SEED=n to repeat a run.
.PHONY: help
help:
	@sed -n 's/^#: \{0,1\}//p' Makefile
