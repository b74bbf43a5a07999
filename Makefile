# make            builds the module for every Lua that is installed
# make demo       a customer's onboarding against the sandbox, set-up included
# make test       everything a contributor runs, set-up included
# make help       the other targets

.DEFAULT_GOAL := all

VERSION  := $(shell sed -n 's/^return "\(.*\)"/\1/p' lua/spherepay/version.lua)
PREFIX   ?= /usr/local
DESTDIR  ?=
CC       ?= cc
CFLAGS   ?= -O2 -g
LDFLAGS  ?=
B        ?= build
COMMAND  := lua/spherepay/cli/main.lua
# V=1 shows the commands; make -s shows nothing
Q        := $(if $(V),,@)
SAY      := $(if $(findstring s,$(firstword -$(MAKEFLAGS))),@:,@echo)

# A Lua has a name here, its interpreter's, and another at pkg-config, where systems differ:
# lua5.4 is lua54 on FreeBSD and Arch, and plain lua on Fedora and macOS. `make LUA=lua LUA_PC=lua`
# names both by hand.
KNOWN_LUAS := lua5.4 luajit lua5.3 lua5.1 lua5.5
spellings = $(1) $(subst .,,$(1)) $(patsubst lua%,lua-%,$(1))
pc_of     = $(or $(LUA_PC),$(firstword $(foreach p,$(call spellings,$(1)),$(if $(shell pkg-config --exists $(p) 2>/dev/null && echo y),$(p)))))
exe_of    = $(firstword $(foreach p,$(call spellings,$(1)),$(shell command -v $(p))))
ifneq ($(LUA_PC),)
LUAS     ?= $(LUA)
KNOWN_LUAS += $(LUA)
endif
LUAS     ?= $(foreach l,$(KNOWN_LUAS),$(if $(and $(call pc_of,$(l)),$(call exe_of,$(l))),$(l)))
LUA      ?= $(firstword $(LUAS))

SP_CFLAGS  := -std=c11 -fPIC -fvisibility=hidden -Icsrc/core \
	-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wpointer-arith -Wcast-qual -Wwrite-strings \
	-Wformat=2 -Wundef -Werror -MMD -MP
CURL_CFLAGS = $(shell pkg-config --cflags libcurl libcrypto zlib)
CURL_LIBS   = $(shell pkg-config --libs libcurl libcrypto zlib)
# A resolver thread that hangs outlives the Lua state, so the module, and
# libcurl with it, must stay mapped when Lua lets go of it.
links = $(shell echo 'int x;' | $(CC) -x c -shared -fPIC $(1) -o /dev/null - 2>/dev/null && echo $(1))
MODULE_LDFLAGS = -pthread $(if $(filter Darwin,$(shell uname)),-bundle -undefined dynamic_lookup,\
	-shared $(call links,-Wl$(comma)-z$(comma)nodelete) $(call links,-Wl$(comma)-z$(comma)now) \
	$(call links,-Wl$(comma)-z$(comma)relro))
comma := ,

CORE_SOURCES    := $(sort $(wildcard csrc/core/*.c))
BINDING_SOURCES := $(sort $(wildcard csrc/binding/*.c))
CORE_OBJECTS    := $(CORE_SOURCES:csrc/%.c=$(B)/%.o)
MODULES         := $(LUAS:%=$(B)/%/spherepay/core.so)

UNKNOWN_LUAS := $(filter-out $(KNOWN_LUAS),$(LUAS))
ifneq ($(UNKNOWN_LUAS),)
$(error LUAS=$(UNKNOWN_LUAS) is not supported; known are: $(KNOWN_LUAS))
endif

.PHONY: all
all: $(MODULES)
	@test -n "$(MODULES)" || { echo "make: no Lua with headers is installed; 'make deps' installs what is needed" >&2; exit 1; }

$(B)/core/%.o: csrc/core/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(SP_CFLAGS) $(CURL_CFLAGS) $(CFLAGS) -c -o $@ $<

define lua_rules
$(B)/$(1)/binding/%.o: csrc/binding/%.c
	@mkdir -p $$(@D)
	$$(Q)$$(CC) $$(CPPFLAGS) $$(SP_CFLAGS) $$(shell pkg-config --cflags $$(call pc_of,$(1))) $$(CFLAGS) -c -o $$@ $$<

$(B)/$(1)/spherepay/core.so: $(CORE_OBJECTS) $(BINDING_SOURCES:csrc/%.c=$(B)/$(1)/%.o)
	@mkdir -p $$(@D)
	$$(SAY) "  LD  $$@"
	$$(Q)$$(CC) $$(CFLAGS) $$(LDFLAGS) $(MODULE_LDFLAGS) -o $$@ $$^ $$(CURL_LIBS) -lm
endef
$(foreach l,$(LUAS),$(eval $(call lua_rules,$(l))))

-include $(wildcard $(B)/core/*.d $(B)/*/binding/*.d $(B)/pure/*.d $(B)/spec/*.d)

# ---- to use it -------------------------------------------------------------

.PHONY: env install uninstall
env:
	@case " $(KNOWN_LUAS) " in *" $(LUA) "*) ;; *) echo "make: LUA must be one of: $(KNOWN_LUAS)" >&2; exit 1;; esac
	@$(MAKE) -s --no-print-directory $(B)/$(LUA)/spherepay/core.so $(B)/$(LUA)/bin/spherepay LUAS=$(LUA) >&2
	@echo 'export PATH="$(CURDIR)/$(B)/$(LUA)/bin:$$PATH"'
	@echo 'export LUA_PATH="$(CURDIR)/lua/?.lua;$(CURDIR)/lua/?/init.lua;;"'
	@echo 'export LUA_CPATH="$(CURDIR)/$(B)/$(LUA)/?.so;;"'

# The command, for one Lua.
$(B)/%/bin/spherepay: $(COMMAND)
	@mkdir -p $(@D)
	@sed '1s|.*|#!/usr/bin/env $(call exe_of,$*)|' $< >$@ && chmod 755 $@

# Where a Lua looks: the directories of its version, and LuaJIT's are those of 5.1.
VERSION_OF = $(or $(LUA_VERSION),$(if $(filter luajit,$(1)),5.1,$(shell $(call exe_of,$(1)) -e 'io.write((_VERSION:gsub("Lua ", "")))')))
INSTALL_LUAS ?= $(LUAS)
install: $(MODULES)
	@set -e; $(foreach l,$(INSTALL_LUAS),$(call install_for,$(l),$(call VERSION_OF,$(l)));)
	@$(call install_command,$(firstword $(INSTALL_LUAS)),$(call VERSION_OF,$(firstword $(INSTALL_LUAS))))

# The command runs on the first of them, and finds its files wherever PREFIX is.
install_command = install -d "$(DESTDIR)$(PREFIX)/bin"; { \
	echo '\#!/usr/bin/env $(call exe_of,$(1))'; \
	echo 'package.path = "$(PREFIX)/share/lua/$(2)/?.lua;$(PREFIX)/share/lua/$(2)/?/init.lua;" .. package.path'; \
	echo 'package.cpath = "$(PREFIX)/lib/lua/$(2)/?.so;" .. package.cpath'; \
	sed 1d $(COMMAND); } >"$(DESTDIR)$(PREFIX)/bin/spherepay"; \
	chmod 755 "$(DESTDIR)$(PREFIX)/bin/spherepay"; \
	install -d "$(DESTDIR)$(PREFIX)/share/man/man1"; \
	install -m 644 docs/spherepay.1 "$(DESTDIR)$(PREFIX)/share/man/man1/spherepay.1"

# LuaJIT and Lua 5.1 share their directories: of both, LuaJIT gets them.
install_for = $(if $(and $(filter lua5.1,$(1)),$(filter luajit,$(INSTALL_LUAS))),:, \
	share="$(DESTDIR)$(PREFIX)/share/lua/$(2)" lib="$(DESTDIR)$(PREFIX)/lib/lua/$(2)"; \
	(cd lua && find spherepay -name '*.lua') | while read -r file; do \
	    install -d "$$share/$$(dirname "$$file")"; \
	    install -m 644 "lua/$$file" "$$share/$$file"; done; \
	install -d "$$lib/spherepay"; \
	install -m 755 $(B)/$(1)/spherepay/core.so "$$lib/spherepay/core.so"; \
	echo "installed for $(1) in $$share and $$lib")

# What install has made, and the directories above it that it leaves empty.
uninstall:
	@for v in 5.1 5.3 5.4 5.5; do for kind in share lib; do \
	    rm -rf "$(DESTDIR)$(PREFIX)/$$kind/lua/$$v/spherepay"; \
	    (cd "$(DESTDIR)$(PREFIX)" 2>/dev/null && rmdir -p "$$kind/lua/$$v" 2>/dev/null) || :; \
	done; done
	@rm -f "$(DESTDIR)$(PREFIX)/bin/spherepay" "$(DESTDIR)$(PREFIX)/share/man/man1/spherepay.1"
	@cd "$(DESTDIR)$(PREFIX)" 2>/dev/null && for d in bin share/man/man1; do \
	    rmdir -p $$d 2>/dev/null || :; done || :

# For LuaRocks, which says where things are: see rockspec/.
.PHONY: rock install-rock
ROCK := $(B)/rock/core.so
rock:
	@mkdir -p $(dir $(ROCK))
	$(Q)$(CC) $(filter-out -Werror -MMD -MP,$(SP_CFLAGS)) -I$(LUA_INCDIR) $(CURL_CFLAGS) $(CFLAGS) \
	    $(MODULE_LDFLAGS) -o $(ROCK) $(CORE_SOURCES) $(BINDING_SOURCES) $(CURL_LIBS) -lm
install-rock:
	@install -d "$(INST_LIBDIR)/spherepay"
	@install -m 755 $(ROCK) "$(INST_LIBDIR)/spherepay/core.so"
	@install -d "$(INST_BINDIR)"
	@sed '1s|.*|#!/usr/bin/env lua|' $(COMMAND) >"$(INST_BINDIR)/spherepay"
	@cd lua && find spherepay -name '*.lua' | while read -r file; do \
	    install -d "$(INST_LUADIR)/$$(dirname "$$file")"; \
	    install -m 644 "$$file" "$(INST_LUADIR)/$$file"; done

# ---- to see it -------------------------------------------------------------

IN_TREE = LUA_PATH="$(CURDIR)/lua/?.lua;$(CURDIR)/lua/?/init.lua;$(CURDIR)/?.lua;;" \
	LUA_CPATH="$(CURDIR)/$(B)/$(1)/?.so$(2);;"

.PHONY: demo sandbox deps setup-demo setup-browser
setup-demo:
	@.ci/setup demo
# What make test needs; it calls this, and this says what it installs.
deps:
	@.ci/setup test

# The set-up can bring the first Lua, which this make has not seen.
demo: setup-demo
	@$(MAKE) -s --no-print-directory $(B)/lua5.4/spherepay/core.so LUAS=lua5.4
	@$(call IN_TREE,lua5.4) lua5.4 $(COMMAND) sandbox --run 'lua5.4 examples/onboard.lua'

# exec: a signal to make reaches the sandbox itself, which then cleans up
sandbox: setup-demo
	@$(MAKE) -s --no-print-directory $(B)/lua5.4/spherepay/core.so LUAS=lua5.4
	@exec env $(call IN_TREE,lua5.4) lua5.4 $(COMMAND) sandbox $(ARGS)

# ---- to test it ------------------------------------------------------------

.PHONY: test lint layers spec spec-core clean help
test: deps
	@$(MAKE) -s --no-print-directory $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(shell nproc)) test-built

.PHONY: test-built
test-built: $(MODULES) $(B)/asan/lua5.4/spherepay/core.so \
		$(if $(filter luajit,$(LUAS)),$(B)/asan/luajit/spherepay/core.so) $(B)/poll/lua5.4/spherepay/core.so \
		spec-core-built corpus-built $(B)/oom $(B)/lua_oom $(B)/simulate
	@TIMES=$(TIMES) sh spec/figure.sh $(if $(PART),part,test) lua5.4 spec/run.lua $(PART)

# Every spec on the two Luas that matter, with the sanitizers: too long for `make test`, which runs
# those that drive the module.
.PHONY: sanitize
SANITIZERS = $(shell $(CC) -print-file-name=libasan.so) $(shell $(CC) -print-file-name=libubsan.so)
$(B)/asan/bin: spec/support/alone.c
	@mkdir -p $@
	$(Q)$(CC) -std=c11 -O2 -fPIC -shared -Wall -Wextra -Werror -o $@/alone.so $<
	@for lua in $(LUAS); do printf '#!/bin/bash\nLD_PRELOAD="%s $$LD_PRELOAD" exec -a "$$0" "%s" "$$@"\n' \
	    "$(SANITIZERS) $(CURDIR)/$@/alone.so" "$$(command -v $$lua)" >$@/$$lua && chmod +x $@/$$lua; done
sanitize: deps $(MODULES) $(B)/asan/bin $(B)/asan/lua5.4/spherepay/core.so $(B)/asan/luajit/spherepay/core.so
	@TIMES=$(TIMES) sh spec/figure.sh sanitize lua5.4 spec/run.lua "every spec"

lint:
	@luacheck --quiet lua spec docs/generate examples

# Versions of clang-format differ, so the look is only taken by the one that laid the C out.
.PHONY: format format-check
FORMATTED := $(wildcard csrc/*/*.[ch])
format:
	@clang-format -i $(FORMATTED)
format-check:
	@clang-format --version | grep -q 'version 14\.' || { echo "ok 1 - # SKIP clang-format is not version 14"; exit 0; }; \
	clang-format --dry-run -Werror $(FORMATTED) && echo "1 passed, 0 failed"

layers:
	@lua5.4 spec/layers.lua

# Failing allocations and a failing random source are injected by the linker.
ALLOC_WRAP := -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=free
SPEC_LDFLAGS_buffer_spec  := $(ALLOC_WRAP)
SPEC_LDFLAGS_call_spec    := $(ALLOC_WRAP)
SPEC_LDFLAGS_headers_spec := $(ALLOC_WRAP)
SPEC_LDFLAGS_json_spec    := $(ALLOC_WRAP)
SPEC_LDFLAGS_rate_spec    := $(ALLOC_WRAP)
SPEC_LDFLAGS_timers_spec  := $(ALLOC_WRAP)
SPEC_LDFLAGS_secrets_spec := $(ALLOC_WRAP)
SPEC_LDFLAGS_fold_spec    := $(ALLOC_WRAP)
SPEC_LDFLAGS_echo_spec    := $(ALLOC_WRAP)
SPEC_LDFLAGS_upload_spec  := $(ALLOC_WRAP)
SPEC_LDFLAGS_settings_spec := $(ALLOC_WRAP)
SPEC_LDFLAGS_clock_spec   := -Wl,--wrap=getentropy
SPEC_CFLAGS_poll_plain_spec := -DSP_POLL_PLAIN

SPEC_CORE := $(patsubst spec/core/%.c,$(B)/spec/%,$(sort $(wildcard spec/core/*_spec.c)))
# Of the core what needs neither libcurl nor an engine.
PURE      := $(shell grep -LE '\bcurl_|include .sp_(exchange(_private)?\.h|engine|process|scheduler|multi|scout|transport)' csrc/core/*.c)
PURE_OBJECTS := $(PURE:csrc/core/%.c=$(B)/pure/%.o)
SPEC_CORE_CFLAGS = $(SP_CFLAGS) -Ispec/core -Wno-missing-prototypes -g -O1 \
	-fsanitize=address,undefined -fno-sanitize-recover=undefined $(COUNTED)
$(B)/pure/%.o: csrc/core/%.c
	@mkdir -p $(@D)
	$(Q)$(CC) $(SPEC_CORE_CFLAGS) -c -o $@ $<
# One that is compiled in a way of its own has the sources, not the objects.
$(B)/spec/poll_plain_spec: PURE_OF_SPEC = $(PURE)
PURE_OF_SPEC = $(PURE_OBJECTS)
$(B)/spec/%: spec/core/%.c $(PURE_OBJECTS) $(wildcard spec/core/*.h csrc/core/*.h)
	@mkdir -p $(@D)
	$(Q)$(CC) $(SPEC_CORE_CFLAGS) $(SPEC_CFLAGS_$(*F)) $(SPEC_LDFLAGS_$(*F)) -o $@ $< \
	    $(PURE_OF_SPEC) -lcrypto -lz -lm

spec-core-built: $(SPEC_CORE)
spec-core: $(SPEC_CORE)
	@set -e; for spec in $(SPEC_CORE); do $$spec; done

# One Lua and one file, while working: make spec LUA=luajit SPEC=spec/client
SPEC ?= spec
spec: $(MODULES)
	@$(call IN_TREE,$(LUA)) $(LUA) $(shell command -v busted) $(SPEC)

# The sandbox's console in Chromium, with a driver.
.PHONY: test-browser screenshots
test-browser screenshots: setup-browser
setup-browser:
	@.ci/setup browser
test-browser:
	@$(MAKE) -s --no-print-directory spec LUAS=lua5.4 LUA=lua5.4 SPEC=spec/browser/console.lua

# The pictures of the README.
screenshots:
	@$(MAKE) -s --no-print-directory $(B)/lua5.4/spherepay/core.so LUAS=lua5.4
	@$(call IN_TREE,lua5.4) lua5.4 docs/generate/screenshots.lua docs

# Ratios of wall time, of instructions (by valgrind) and of requests per second (by wrk). Not part
# of the tests. PEERS names a folder with other clients to compare with: see spec/bench/bench.lua.
BARE := $(LUAS:%=$(B)/bench/%/bare.so)
$(B)/bench/%/bare.so: spec/bench/bare.c
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c11 -O2 -fPIC -shared -Wall -Wextra -Werror \
	    $(shell pkg-config --cflags $(call pc_of,$*)) $(CURL_CFLAGS) -o $@ $< $(CURL_LIBS)

.PHONY: bench bench-built setup-bench
setup-bench:
	@.ci/setup bench
bench: setup-bench
	@$(MAKE) -s --no-print-directory bench-built
bench-built: $(MODULES) $(BARE)
	@PEERS="$(PEERS)" luajit spec/bench/bench.lua $(ROUNDS)

.PHONY: bench-verification bench-json bench-loops bench-gate bench-onboarding
bench-verification:
	@for lua in $(LUAS); do echo "$$lua:"; $$lua spec/bench/verification.lua; done

bench-json: $(MODULES)
	@$(foreach lua,$(LUAS),$(call IN_TREE,$(lua)) $(lua) spec/bench/json.lua;)

bench-loops: $(MODULES) $(BARE)
	@luajit spec/bench/loops.lua
	@luajit spec/bench/loops.lua 5 10000 lua5.4
	@PEERS="$(PEERS)" luajit spec/bench/nginx.lua

# Exact, so a part of it is in the tests: budgets are in spec/bench/budgets.lua.
.PHONY: bench-instructions
bench-instructions: $(MODULES)
	@luajit spec/bench/instructions.lua report lua5.4
	@luajit spec/bench/instructions.lua report "luajit -joff"
	@luajit spec/bench/instructions.lua report luajit

bench-gate: $(MODULES)
	@PEERS="$(PEERS)" luajit spec/bench/gate.lua

bench-onboarding: $(MODULES)
	@$(call IN_TREE,$(LUA)) $(LUA) spec/bench/onboarding.lua

# What balancers, dead paths and slow links cost; a network namespace (root) for one of them.
.PHONY: bench-path
bench-path: $(MODULES)
	@luajit spec/bench/path.lua

# The same module with the sanitizers in it.
SANITIZE := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined
$(B)/asan/%/spherepay/core.so: $(CORE_SOURCES) $(BINDING_SOURCES) $(wildcard csrc/*/*.h)
	@$(MAKE) -s --no-print-directory B=$(B)/asan LUAS=$* CFLAGS="$(SANITIZE)" all

# The same module as a system without epoll would have it.
$(B)/poll/%/spherepay/core.so: $(CORE_SOURCES) $(BINDING_SOURCES) $(wildcard csrc/*/*.h)
	@$(MAKE) -s --no-print-directory B=$(B)/poll LUAS=$* CPPFLAGS=-DSP_POLL_PLAIN all

# ---- to write about it ------------------------------------------------------

# What editors read, from what api/ says.
.PHONY: types check-types
types: $(MODULES)
	@$(call IN_TREE,$(LUA)) $(LUA) docs/generate/types.lua >$(B)/types.d.lua
	@mv $(B)/types.d.lua lua/spherepay/types.d.lua

# The manual page of the command, and the reference of every function.
.PHONY: man doc setup-doc
man: $(MODULES)
	@$(call IN_TREE,$(LUA)) $(LUA) docs/generate/man.lua >$(B)/spherepay.1
	@mv $(B)/spherepay.1 docs/spherepay.1
setup-doc:
	@.ci/setup doc
doc: setup-doc
	@mkdir -p $(B)/reference
	@lua5.4 docs/generate/reference.lua $(B)/reference
	@ldoc -q -f markdown -d $(CURDIR)/$(B)/doc -c docs/generate/config.ld .
	@echo "the reference is in $(B)/doc/index.html"

# LLS=path of lua-language-server, which Debian does not have: it marks the mistakes of
# spec/types/mistakes.lua, and nothing in the examples and the README.
check-types: $(MODULES)
	@test -n "$(LLS)" || { echo "make: LLS=path names a lua-language-server" >&2; exit 1; }
	@rm -rf $(B)/types && mkdir -p $(B)/types
	@cp -R lua examples .luarc.json spec/types/mistakes.lua $(B)/types
	@$(call IN_TREE,$(LUA)) $(LUA) spec/types/check.lua "$(LLS)" $(CURDIR)/$(B)/types

# ---- to attack it ----------------------------------------------------------

# Each spec/fuzz/<name>_fuzz.c is linked twice: with a main that feeds it the files of
# spec/fuzz/corpus/<name>/, for `make test`, and with libFuzzer, for `make fuzz SECONDS=n`, which
# runs each for n seconds. What libFuzzer finds becomes a file of the corpus.
FUZZ    := $(patsubst spec/fuzz/%_fuzz.c,%,$(sort $(wildcard spec/fuzz/*_fuzz.c)))
SECONDS ?= 60
FUZZ_CC ?= clang

$(B)/core.a: $(CORE_OBJECTS)
	$(Q)rm -f $@ && $(AR) rcs $@ $^
$(B)/asan/core.a: $(CORE_SOURCES) $(wildcard csrc/core/*.h)
	@$(MAKE) -s --no-print-directory B=$(B)/asan CFLAGS="$(SANITIZE)" $@
$(B)/fuzz/core.a: $(CORE_SOURCES) $(wildcard csrc/core/*.h)
	@$(MAKE) -s --no-print-directory B=$(B)/fuzz CC=$(FUZZ_CC) \
	    CFLAGS="$(SANITIZE) -fsanitize=fuzzer-no-link" $@

HARNESS_FLAGS = $(filter-out -MMD -MP,$(SP_CFLAGS)) $(CURL_CFLAGS) $(SANITIZE)
HARNESS_LIBS  = $(shell pkg-config --libs openssl zlib) $(CURL_LIBS) -lm -pthread
# One harness goes through the binding and a Lua.
$(B)/corpus/decode $(B)/fuzz/bin/decode: $(BINDING_SOURCES)
$(B)/corpus/decode $(B)/fuzz/bin/decode: HARNESS_FLAGS += -Icsrc/binding $(shell pkg-config --cflags lua5.4)
$(B)/corpus/decode $(B)/fuzz/bin/decode: HARNESS_LIBS += $(shell pkg-config --libs lua5.4)
$(B)/corpus/%: spec/fuzz/%_fuzz.c spec/fuzz/corpus.c $(wildcard spec/fuzz/*.h) $(B)/asan/core.a
	@mkdir -p $(@D)
	$(Q)$(CC) $(HARNESS_FLAGS) -o $@ $(filter %.c,$^) $(filter %.a,$^) $(HARNESS_LIBS)
$(B)/fuzz/bin/%: spec/fuzz/%_fuzz.c $(wildcard spec/fuzz/*.h) $(B)/fuzz/core.a
	@mkdir -p $(@D)
	$(Q)$(FUZZ_CC) $(HARNESS_FLAGS) -fsanitize=fuzzer -o $@ $(filter %.c,$^) $(filter %.a,$^) $(HARNESS_LIBS)

.PHONY: setup-fuzz fuzz fuzz-built corpus-built
setup-fuzz:
	@.ci/setup fuzz
fuzz: setup-fuzz
	@$(MAKE) -s --no-print-directory fuzz-built
fuzz-built: $(FUZZ:%=$(B)/fuzz/bin/%)
	@mkdir -p $(B)/figures; rm -f $(B)/figures/fuzz
	@for name in $(FUZZ); do sh spec/fuzz/run.sh $(B)/fuzz $$name $(SECONDS) >$(B)/fuzz/said; code=$$?; \
	    cat $(B)/fuzz/said; cat $(B)/fuzz/said >>$(B)/figures/fuzz; test $$code -eq 0 || exit 1; done
corpus-built: $(FUZZ:%=$(B)/corpus/%)

# Memory runs out at every allocation of some scenarios, or at every STEP-th from FROM on. Not over
# TLS: there libcurl 7.88 frees the host of a session twice when it cannot copy the session's settings.
.PHONY: oom oom-built
FROM ?= 1
STEP ?= 1
OOM  := answers statuses resets cancelled many chunked gzip h2_answers
$(B)/oom: spec/fuzz/oom.c spec/fuzz/wire_fuzz.c $(wildcard spec/fuzz/*.h) $(B)/asan/core.a
	$(Q)$(CC) $(HARNESS_FLAGS) -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=strdup -o $@ \
	    $(filter %.c,$^) $(filter %.a,$^) $(HARNESS_LIBS)
oom: $(B)/oom $(B)/lua_oom $(B)/asan/lua5.4/spherepay/core.so
	@sh spec/figure.sh $(if $(filter 1,$(STEP)),oom,part) $(MAKE) -s --no-print-directory oom-built oom-lua

oom-built: $(B)/oom
	@$(B)/oom $(FROM) $(STEP) $(OOM:%=spec/fuzz/corpus/wire/%)

# The same for whole calls, uploads, waits and the gate, and for the allocations of Lua, too. Not of
# LuaJIT, whose compiled code does not survive it.
.PHONY: oom-lua
$(B)/lua_oom: spec/fuzz/lua_oom.c
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c11 -Wall -Wextra -Werror $(SANITIZE) -rdynamic -o $@ $< $(CURL_CFLAGS) \
	    $(shell pkg-config --cflags --libs lua5.4) -ldl
oom-lua: $(B)/lua_oom $(B)/asan/lua5.4/spherepay/core.so
	@LUA_PATH="$(CURDIR)/lua/?.lua;$(CURDIR)/lua/?/init.lua;$(CURDIR)/?.lua;;" \
	    LUA_CPATH="$(CURDIR)/$(B)/asan/lua5.4/?.so;;" \
	    $(B)/lua_oom spec/fuzz/lua_oom.lua $(FROM) $(STEP) 2>$(B)/lua_oom.log || \
	    { grep -v "not enough memory" $(B)/lua_oom.log; exit 1; }
	@$(if $(filter luajit,$(LUAS)),$(MAKE) -s --no-print-directory collecting)

# LuaJIT's collector at every EVERY-th instruction of the same. That of Lua runs at every allocation.
.PHONY: collecting
EVERY ?= $(STEP)
collecting: $(B)/luajit/spherepay/core.so
	@$(call IN_TREE,luajit) luajit spec/fuzz/collecting.lua $(EVERY) 2>$(B)/collecting.log || \
	    { cat $(B)/collecting.log; exit 1; }

# Whole lives of clients on a clock, a random source and a transport that a seed decides: SEEDS of
# them, from FROM on. What is real: calls, scheduler, rate limit, retries, timers.
.PHONY: simulate simulate-built simulate-shared
FLEETS ?= 200
simulate simulate-built: SEEDS ?= 1000
SIMULATED := $(PURE) csrc/core/sp_scheduler.c
$(B)/simulate: $(wildcard spec/simulate/*.[ch]) $(SIMULATED) $(wildcard csrc/core/*.h spec/core/check.h)
	@mkdir -p $(@D)
	$(Q)$(CC) $(filter-out -MMD -MP,$(SP_CFLAGS)) -Ispec/core -Ispec/simulate -g -O2 \
	    -Wl,--wrap=sp_clock_random,--wrap=sp_clock_jitter,--wrap=sp_clock_ms \
	    -o $@ $(wildcard spec/simulate/*.c) $(SIMULATED) -lcrypto -lz -lm
# And FLEETS of four processes that share one limit through a store that delays and loses.
simulate: $(B)/simulate $(B)/lua5.4/spherepay/core.so
	@sh spec/figure.sh simulate $(MAKE) -s --no-print-directory simulate-built simulate-shared
simulate-built: $(B)/simulate
	@$(B)/simulate $(SEEDS) $(FROM)
simulate-shared: $(B)/lua5.4/spherepay/core.so
	@eval "$$($(MAKE) -s --no-print-directory env LUA=lua5.4)"; \
	LUA_PATH="$$LUA_PATH;./?.lua;;" lua5.4 spec/simulate/shared.lua $(FLEETS) $(FROM)

# CALLS calls for each of SEEDS against servers that fail in every way, over HTTP/1.1, TLS and HTTP/2.
# What malloc has no use for goes back to the system before memory is looked at (spec/bench/bare.c).
.PHONY: soak soak-built
CALLS ?= 100000
soak soak-built: SEEDS ?= 1 2 3 4 5 6 7 8 9 10
soak: deps
	@$(MAKE) -s --no-print-directory $(B)/bench/$(LUA)/bare.so
	@sh spec/figure.sh soak $(MAKE) -s --no-print-directory soak-built
soak-built: $(B)/$(LUA)/spherepay/core.so
	@for seed in $(SEEDS); do MALLOC_ARENA_MAX=1 $(call IN_TREE,$(LUA),;$(B)/bench/$(LUA)/?.so) $(LUA) spec/load/soak.lua $(CALLS) $$seed || exit 1; done

# Whether the specs notice N small changes of csrc and lua, which SEED (one or several) chooses:
# spec/mutate. FROM is the number of the first, MUTATED a part of its language, kind and path. Which
# spec runs which line is counted once, in $(B)/reach; who has changed the sources since removes it.
.PHONY: mutate mutate-built mutate-reach
SEED ?= 1
N    ?= 120
REACH := $(B)/reach
mutate: deps
	@sh spec/figure.sh mutate $(MAKE) -s --no-print-directory mutate-built
mutate-reach:
	@$(MAKE) -s --no-print-directory B=$(REACH)/build LUAS=lua5.4 \
	    CFLAGS="-O0 -g --coverage" LDFLAGS=--coverage all
	@$(MAKE) -s --no-print-directory B=$(REACH)/build COUNTED="--coverage -O0" \
	    spec-core-built $(REACH)/build/coverage/lines/lua5.4.so
	@lua5.4 spec/mutate/reach.lua $(REACH)
mutate-built: $(MODULES) spec-core-built corpus-built $(B)/simulate mutate-reach
	@$(MAKE) -s --no-print-directory B=$(B)/mutant LUAS=lua5.4 CFLAGS='$(SANITIZE)' CC='cc -w' all
	@for seed in $(SEED); do SANITIZE="$(SANITIZE)" $(call IN_TREE,lua5.4) lua5.4 \
	    spec/mutate/mutate.lua $$seed $(N) $(or $(FROM),1) "$(MUTATED)" || exit 1; done

# What four analyzers say of the code: nothing. What is not asked of clang-tidy is in .clang-tidy.
.PHONY: analyze analyze-built
ANALYZED = $(filter-out -MMD -MP,$(SP_CFLAGS)) $(CURL_CFLAGS) $(shell pkg-config --cflags lua5.4)
analyze:
	@.ci/setup analyze
	@$(MAKE) -s --no-print-directory analyze-built
analyze-built: lint
	@cppcheck --quiet --std=c11 --enable=warning,performance,portability --error-exitcode=1 \
	    -Icsrc/core -DLIBCURL_VERSION_NUM=0x075800 '-DCURL_IGNORE_DEPRECATION(x)=x' csrc
	@for file in $(CORE_SOURCES) $(BINDING_SOURCES); do \
	    gcc $(ANALYZED) -O1 -fanalyzer -c -o /dev/null $$file || exit 1; done
	@clang-tidy --quiet $(CORE_SOURCES) $(BINDING_SOURCES) -- $(ANALYZED)
	@mkdir -p $(B)/figures && echo "nothing said" >$(B)/figures/analyze

# Two threads with a state each, and the thread that watches for nginx, under ThreadSanitizer.
.PHONY: tsan
tsan:
	@$(MAKE) -s --no-print-directory B=$(B)/tsan LUAS=lua5.4 CFLAGS="-O1 -g -fsanitize=thread" \
	    LDFLAGS=-fsanitize=thread all
	@$(CC) -std=c11 -g -O1 -fsanitize=thread -o $(B)/tsan/two_states spec/support/two_states.c \
	    $(shell pkg-config --cflags --libs lua5.4) -pthread
	@LUA_PATH="$(CURDIR)/lua/?.lua;$(CURDIR)/lua/?/init.lua;$(CURDIR)/?.lua;;" \
	    sh spec/figure.sh tsan lua5.4 spec/load/tsan.lua $(B)/tsan

# 200 mixed calls under valgrind: no error, no leak.
.PHONY: valgrind
valgrind: deps $(B)/lua5.4/spherepay/core.so
	@sh spec/figure.sh valgrind sh spec/valgrind.sh

# Which lines of csrc (gcov) and of lua (a hook in C) run: by the specs on Lua 5.4 and the C specs;
# of csrc also in nginx, and when memory runs out. It fails when a spec fails, and when less than
# 95 % have run or spec/coverage/excused.lua does not say why.
.PHONY: coverage coverage-built
COVERED ?= spec
coverage: deps
	@$(MAKE) -s --no-print-directory coverage-built
$(B)/coverage/lines/lua5.4.so: spec/coverage/lines.c
	@mkdir -p $(@D)
	$(Q)$(CC) -std=gnu11 -O2 -fPIC -shared -Wall -Wextra -Werror -Wl,-z,nodelete \
	    $(shell pkg-config --cflags $(call pc_of,lua5.4)) -o $@ $<
COVERED_ON_LUAJIT ?= spec/nginx spec/loop spec/http
COVERAGE_MAKE = --no-print-directory B=$(B)/coverage/build
coverage-built: $(MODULES)
	@rm -rf $(B)/coverage
	@$(MAKE) -s --no-print-directory $(B)/coverage/lines/lua5.4.so
	@$(MAKE) -s $(COVERAGE_MAKE) LUAS="lua5.4 luajit" CFLAGS="-O0 -g --coverage" LDFLAGS=--coverage all
	@$(MAKE) -s $(COVERAGE_MAKE) COUNTED="--coverage -O0" spec-core-built
	@chmod -R a+rwX $(B)/coverage/build # of nginx's worker, who is nobody
	@umask 0; { for spec in $(SPEC_CORE:$(B)/%=$(B)/coverage/build/%); do $$spec || echo "not ok - $$spec"; done; \
	    COVERAGE_DIR="$(CURDIR)/$(B)/coverage/lines" LUA_INIT="@$(CURDIR)/spec/coverage/lines.lua" \
	    LUA_PATH="$(CURDIR)/lua/?.lua;$(CURDIR)/lua/?/init.lua;$(CURDIR)/?.lua;;" \
	    LUA_CPATH="$(CURDIR)/$(B)/coverage/build/lua5.4/?.so;;" \
	    lua5.4 $(shell command -v busted) -o TAP $(COVERED) || echo "not ok - busted"; \
	    LUA_PATH="$(CURDIR)/lua/?.lua;$(CURDIR)/lua/?/init.lua;$(CURDIR)/?.lua;;" \
	    LUA_CPATH="$(CURDIR)/$(B)/coverage/build/luajit/?.so;;" \
	    luajit $(shell command -v busted) -o TAP $(COVERED_ON_LUAJIT) || echo "not ok - busted on LuaJIT"; \
	    $(MAKE) -s $(COVERAGE_MAKE) SANITIZE="$(SANITIZE) -O0 --coverage" STEP=3 oom-built oom-lua || \
	    echo "not ok - oom"; } >$(B)/coverage/log 2>&1
	@lua5.4 spec/coverage/report.lua $(B)/coverage/lines $(B)/coverage/build >$(B)/coverage/report || \
	    { cat $(B)/coverage/report; exit 1; }
	@cat $(B)/coverage/report
	@mkdir -p $(B)/figures && grep '^[a-z]' $(B)/coverage/report >$(B)/figures/coverage
	@echo "$$(grep -c '^ok' $(B)/coverage/log) specs passed"; ! grep '^not ok' $(B)/coverage/log

# The table of what the targets found when they last ran.
.PHONY: reliability
reliability:
	@mkdir -p $(B) && lua5.4 spec/reliability.lua >$(B)/reliability.md
	@mv $(B)/reliability.md docs/reliability.md

# For the scripts of spec/: the flags and the Luas are named here alone.
.PHONY: print-cflags print-luas print-lua-cflags
print-cflags:
	@echo '$(filter-out -MMD -MP,$(SP_CFLAGS))'
print-luas:
	@echo '$(LUAS)'
print-lua-cflags:
	@echo '$(foreach l,$(LUAS),$(shell pkg-config --cflags $(call pc_of,$(l))))'

clean:
	rm -rf $(B)

help:
	@echo "make                build for: $(LUAS)"
	@echo "make demo           onboard a customer against the sandbox"
	@echo "make deps           install what make test needs (make test does it itself)"
	@echo "make test           set up, lint, layers, C specs, specs on every Lua, sanitizers, valgrind"
	@echo "make sandbox        run the sandbox in the foreground (ARGS='--generation v1')"
	@echo "make env LUA=luajit print what to export to use the tree in place"
	@echo "make install        PREFIX=$(PREFIX) DESTDIR=$(DESTDIR); make uninstall takes it away"
	@echo "make test-browser   set up Chromium, and try the sandbox's console in it"
	@echo "make screenshots    take the pictures of the README anew"
	@echo "make spec           one Lua: LUA=luajit SPEC=spec/errors_spec.lua"
	@echo "make bench          what calls cost beside other ways to make them (PEERS=folder with some)"
	@echo "make bench-verification  what a policy and an evaluation cost"
	@echo "make bench-json     what reading JSON costs, beside lua-cjson and at worst (needs valgrind)"
	@echo "make bench-instructions  what a call costs in user instructions and system calls (needs valgrind)"
	@echo "make bench-loops    what the loops cost, against C and against proxy_pass (needs wrk)"
	@echo "make bench-gate     what a hit and a miss of the gate cost an nginx worker (needs wrk; PEERS=folder)"
	@echo "make types          write the types that editors read; make check-types LLS=path checks with them"
	@echo "make doc            write the reference of every function into $(B)/doc; make man the manual page"
	@echo "make bench-onboarding    what an upload and a walk over 10,000 customers cost (needs curl)"
	@echo "make fuzz SECONDS=n look for inputs that break the core, n seconds for each harness"
	@echo "make oom            refuse every allocation of the core, of libcurl and of Lua, one by one and from it on"
	@echo "make simulate SEEDS=n  lives of n clients, 5000 calls each, without a socket; from seed FROM on"
	@echo "make soak CALLS=n   n calls for each of SEEDS against servers that fail in every way"
	@echo "make mutate SEED=n N=n whether the specs notice n changes of the program, one at a time"
	@echo "make analyze        what cppcheck, gcc -fanalyzer, clang-tidy and luacheck say"
	@echo "make sanitize       every spec on Lua 5.4 and LuaJIT with ASan, UBSan and LeakSanitizer (some 20 minutes)"
	@echo "make tsan           two threads with a state each under ThreadSanitizer"
	@echo "make valgrind       200 mixed calls under valgrind"
	@echo "make coverage       which lines of csrc and lua the specs run (COVERED=spec/http: those specs)"
	@echo "make reliability    write docs/reliability.md from what these targets found"
	@echo "make bench-path     what balancers, a path that dies, dead addresses and slow links cost"
	@echo "make spec-core lint layers clean"
