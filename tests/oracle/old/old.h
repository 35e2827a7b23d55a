// What oracle.c uses of libbpf 1.0 and later, by the means of libbpf 0.3.
#pragma once

#include <errno.h>

#include "btf.h"
#include "libbpf.h"

#define bpf_program__type bpf_program__get_type

struct btf *__wrap_btf__load_vmlinux_btf(void);

// The older name of btf__load_vmlinux_btf.
struct btf *__wrap_libbpf_find_kernel_btf(void)
{
	return __wrap_btf__load_vmlinux_btf();
}

// struct_ops maps are created: their objects are refused.
static int bpf_map__set_autocreate(struct bpf_map *map, bool autocreate)
{
	(void)map;
	(void)autocreate;
	return -ENOTSUP;
}

// The program that is being loaded, which hands out its instructions (bpf_program__set_prep) but to no one else.
static const struct bpf_program *prepared;
static const struct bpf_insn *prepared_insns;

static int remember(struct bpf_program *prog, int instance, struct bpf_insn *insns, int count,
		    struct bpf_prog_prep_result *result)
{
	(void)instance;
	prepared = prog;
	prepared_insns = insns;
	result->new_insn_ptr = insns;
	result->new_insn_cnt = count;
	return 0;
}

static const struct bpf_insn *bpf_program__insns(const struct bpf_program *prog)
{
	return prog == prepared ? prepared_insns : NULL;
}

// Opens, or sets errno. The BTF is given at the load.
static struct bpf_object *open_object(const char *path, const char *btf)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	long err = libbpf_get_error(object);
	struct bpf_program *prog;

	(void)btf;
	if (err) {
		errno = (int)-err;
		return NULL;
	}
	bpf_object__for_each_program(prog, object) {
		// Sections of newer kinds have no type here, as `SEC("?...")`.
		if (bpf_program__get_type(prog) == BPF_PROG_TYPE_UNSPEC)
			bpf_program__set_type(prog, BPF_PROG_TYPE_KPROBE);
		bpf_program__set_prep(prog, 1, remember);
	}
	return object;
}

static int load_object(struct bpf_object *object, const char *btf)
{
	struct bpf_object_load_attr attr = { .obj = object, .target_btf_path = btf };

	return bpf_object__load_xattr(&attr);
}
