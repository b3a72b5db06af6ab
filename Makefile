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

DEPS	:= gcc make pkg-config check libyaml-dev libjansson-dev libbsd-dev \
	   graphviz python3-sphinx furo python3-yaml python3-jsonschema

B	:= $(O)$(if $(filter 1,$(SAN)),/san)
VMATLAS	:= $(B)/vmatlas

# ---- how to compile ---------------------------------------------------------

PKGS	:= check yaml-0.1 jansson
CC	?= gcc
CFLAGS	?= -O2 -g
WARN	:= -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	   -Wpointer-arith -Wwrite-strings -Wformat=2 -Wvla \
	   -Wno-missing-field-initializers
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

# Asked when something is compiled and not before: "make deps" runs first on a
# machine that has none of it.
PKG_CFLAGS	= $(shell pkg-config --cflags $(PKGS))
PKG_LIBS	= $(shell pkg-config --libs $(PKGS))
CPPFLAGS	+= -D_GNU_SOURCE -Isrc \
		   -DCATALOG_BUILD='"$(abspath $(CATALOG))"'
ALL_CFLAGS	= -std=gnu11 $(CFLAGS) $(WARN) $(SANFLAGS) $(PKG_CFLAGS)

# ---- what to compile --------------------------------------------------------

# The rooms, in the order in which they may use each other.
ROOMS	:= model
LIB_SRC	:= $(sort $(foreach r,$(ROOMS),$(wildcard src/$(r)/*.c)))
LIB_OBJ	:= $(LIB_SRC:%.c=$(B)/%.o)
MAIN_OBJ := $(B)/src/main.o
TEST_SRC := tests/main.c tests/pages.c tests/test-model.c
TEST_OBJ := $(TEST_SRC:%.c=$(B)/%.o)

Q	:= $(if $(filter 1,$(V)),,@)
say	= $(if $(filter 1,$(V)),,@printf '  %-7s %s\n' '$(1)' '$(2)')

.DELETE_ON_ERROR:
.PHONY: all
all: $(B)/tests/check

$(VMATLAS): $(MAIN_OBJ) $(LIB_OBJ)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(PKG_LIBS)

$(B)/tests/check: $(TEST_OBJ) $(LIB_OBJ)
	$(call say,LD,$@)
	$(Q)$(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $^ $(PKG_LIBS)

$(B)/%.o: %.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

-include $(MAIN_OBJ:.o=.d) $(LIB_OBJ:.o=.d) $(TEST_OBJ:.o=.d)

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

.PHONY: deps deps-dev
deps:
	$(call install_packages,$(DEPS))
deps-dev: deps
	$(call install_packages,$(DEPS_DEV))

# ---- tests ------------------------------------------------------------------

TEST_ENV = VMATLAS=$(abspath $(VMATLAS)) DOT=$(DOT) PYTHON=$(PYTHON) \
	   ASAN_OPTIONS=detect_leaks=1

.PHONY: check
check: $(B)/tests/check
	$(call say,CHECK,$(B)/tests/check)
	$(Q)$(TEST_ENV) $(B)/tests/check

# The kernel's habit: the documentation of what is there.
.PHONY: help
help:
	@sed -n 's/^#: //p' Makefile

.PHONY: clean
clean:
	rm -rf $(O)
