# Rules for static libraries of libbpf 1.7, libelf and zlib, compiled from the sources that the crate libbpf-sys carries:
# a compiler and its C library are all they need. Included by the Makefiles of what links with them; they lie beside OUT.
#
#   $(eval $(call libraries,ARCHITECTURE,COMPILER,AR))    $(LIBRARIES)/ARCHITECTURE/libbpf.a, libelf.a and libz.a

RULES := $(dir $(lastword $(MAKEFILE_LIST)))
LIBBPF_SYS ?= $(firstword $(wildcard $(or $(CARGO_HOME),$(HOME)/.cargo)/registry/src/*/libbpf-sys-1.7.0*))
LIBRARIES ?= $(abspath $(OUT)/../libbpf)

LIBBPF := $(LIBBPF_SYS)/libbpf
LIBELF := $(LIBBPF_SYS)/elfutils/libelf
ZLIB := $(LIBBPF_SYS)/zlib

VENDORED := -O2 -g -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -w -std=gnu11
# $(call includes,LIBBPF): to compile libbpf itself and programs that see what is inside it.
includes = -I$1/include -I$1/include/uapi -I$1/src -I$(LIBELF) -I$(ZLIB)

# $(call members,ARCHITECTURE,LIBRARY,FOLDER): the object files of every C source in FOLDER.
members = $(patsubst $3/%.c,$(LIBRARIES)/$1/$2/%.o,$(wildcard $3/*.c))

define libraries
$(LIBRARIES)/$1/libbpf.a: $(call members,$1,libbpf,$(LIBBPF)/src)
$(LIBRARIES)/$1/libelf.a: $(call members,$1,libelf,$(LIBELF))
$(LIBRARIES)/$1/libz.a: $(call members,$1,zlib,$(ZLIB))
$(LIBRARIES)/$1/lib%.a:
	rm -f $$@
	$3 crs $$@ $$^
$(LIBRARIES)/$1/libbpf/%.o: $(LIBBPF)/src/%.c | $(LIBRARIES)/$1/libbpf
	$2 $(VENDORED) $(call includes,$(LIBBPF)) -c $$< -o $$@
$(LIBRARIES)/$1/libelf/%.o: $(LIBELF)/%.c $(RULES)config.h | $(LIBRARIES)/$1/libelf
	$2 $(VENDORED) -DHAVE_CONFIG_H -I$(RULES) -I$(LIBELF) -I$(LIBELF)/../lib -I$(ZLIB) -c $$< -o $$@
$(LIBRARIES)/$1/zlib/%.o: $(ZLIB)/%.c | $(LIBRARIES)/$1/zlib
	$2 $(VENDORED) -DHAVE_UNISTD_H -c $$< -o $$@
$(LIBRARIES)/$1/libbpf $(LIBRARIES)/$1/libelf $(LIBRARIES)/$1/zlib:
	mkdir -p $$@
endef
