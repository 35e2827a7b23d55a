/* SPDX-License-Identifier: MIT */
/*
 * libbpf_compatible: the BTF of the running kernel, from a pack that a program carries.
 *
 *	LIBBPF_OPTS(bpf_object_open_opts, opts);
 *
 *	err = ensure_core_btf(&opts);           the pack is linked in: ld -r -b binary min_core_btfs.tar.gz
 *	if (err)
 *		fprintf(stderr, "%s\n", bpf_compatible_strerror());
 *	skel = tool_bpf__open_opts(&opts);
 *	err = tool_bpf__load(skel);
 *	clean_core_btf(&opts);                  from here on the BTF is not needed
 *
 * Contract
 *
 * Order     What answers first: a BTF that is asked for (BTF_FILE_PATH, or in bpf_compatible_opts); the kernel's own BTF;
 *           the pack's entry for the running kernel, by its names, then by its release alone. Nothing else is taken unless
 *           it is asked for: a wrong BTF loads, and reads wrong bytes.
 * Returns   0, or a negative errno:
 *             -ENOENT  no BTF for this kernel: the pack has none, or there is no pack
 *             -EINVAL  an argument is NULL or senseless, the bytes are no pack, or the BTF is damaged or another machine's
 *             -ENOMEM  no memory for what the pack holds
 *             -EIO     neither memory nor a temporary file could be made, or a file could not be read
 *           bpf_compatible_strerror() says more.
 * Outputs   *path and opts->btf_custom_path are written on success only: NULL where the kernel has BTF of its own.
 * Ownership A path belongs to this library until clean_core_btf() or clean_core_btf_rs(); both leave alone what is not
 *           theirs, so they may always be called. After that the pointer is no longer used: a later path may have it. libbpf
 *           reads the file at load: clean up after that. The pack's bytes belong to the caller, and are not needed after
 *           the call.
 * Files     The BTF is in sealed memory, under a path of /proc; a crash leaves nothing behind. Where there is no /proc or no
 *           memfd_create(2), it is a temporary file in TMPDIR or /tmp, readable by its owner, deleted when cleaned up.
 * Threads   All functions may be called from any thread. strerror and explain are about the calling thread's last call.
 *           After fork(2) the parent cleans up, not the child; a child that goes on for long calls execve(2) first.
 * Silence   Nothing is written to stdout or stderr, and no call ends the process; but where there is no memory even for the
 *           names in a pack, it ends as from abort(3), and says so.
 * Trust     A pack may be hostile: it can make a call fail, not crash. The environment (BTF_FILE_PATH, BPFC_OS_RELEASE,
 *           TMPDIR) is ignored in privileged processes, as by secure_getenv(3), and without /proc, which says who is one.
 * Packs     tar or tar.gz, as `bpfc pack` and `btf-pack pack` write them, or BTFHub's and bcc's.
 */


#ifndef BTF_CORE_H
#define BTF_CORE_H

/* Made by cbindgen from crates/capi/src; `UPDATE=1 cargo test -p bpfc-capi --test header` makes it anew. */

#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <bpf/libbpf.h>

/**
 * The version of this header.
 */
#define BPF_COMPATIBLE_MAJOR 0

/**
 * The version of this header.
 */
#define BPF_COMPATIBLE_MINOR 1

/**
 * Wishes for bpf_compatible_ensure(). Newer versions add fields at the end; sz says which are there. A field that is not 0
 * and that the library does not know yet is -EINVAL.
 */
struct bpf_compatible_opts {
        /**
         * sizeof(struct bpf_compatible_opts).
         */
        size_t sz;
        /**
         * A BTF to be used in place of all others: a path, raw or ELF.
         */
        const char *btf_path;
        /**
         * The entry of the pack to be used: "ID/VERSION/ARCH/RELEASE", or its path in the pack.
         */
        const char *key;
        /**
         * Another machine than this one: what `uname -m` and `uname -r` print there, and the text of its os-release, which may
         * be missing. Its kernel has no BTF. Environment and running kernel are not asked.
         */
        const char *machine;
        /**
         * See machine.
         */
        const char *release;
        /**
         * See machine.
         */
        const char *os_release;
        /**
         * If not 0: where nothing else is found, the nearest release of the same distribution, flavor and series. Its types may
         * differ.
         */
        int nearest;
        /**
         * If not 0: a temporary file in place of sealed memory, for loaders that cannot open a path of /proc.
         */
        int temporary_file;
};

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * The version of this library: "MAJOR.MINOR.PATCH".
 */
const char *bpf_compatible_version(void);

/**
 * The BTF of the running kernel, from a pack of len bytes.
 *
 * Sets *path to a file for btf_custom_path, which lives until clean_core_btf_rs(*path), or to NULL where the kernel has
 * BTF of its own; the pack is not read then. Returns 0, or -errno with *path as it was.
 */
int ensure_core_btf_with_tar_binary(const char **path,
                                    const char *tar,
                                    int len);

/**
 * As ensure_core_btf_with_tar_binary(), with wishes. NULL for opts, and 0 for any of its fields, is no wish.
 */
int bpf_compatible_ensure(const char **path, const void *tar, size_t len, const struct bpf_compatible_opts *opts);

/**
 * Frees what was made for a path that one of the functions above set. Any other pointer, NULL too, is left alone.
 */
void clean_core_btf_rs(const char *path);

/**
 * What the last call of this thread that can fail did, as JSON:
 *
 *   {"source":"explicit"|"native"|"pack"|"none", "path":..., "key":"ID/VERSION/ARCH/RELEASE", "step":..., "sha256":...,
 *    "tried":[{"step":...,"key":...,"hits":...}], "error":{"code":...,"message":...}}
 *
 * What does not apply is null; before the first call, all is "null". The text lives until the thread's next call.
 */
const char *bpf_compatible_explain(void);

/**
 * Code and text of the last error of this thread, such as "PACK_NO_MATCH: the pack has no BTF for this kernel; tried ...";
 * "" where its last call succeeded. The text lives until the thread's next call.
 */
const char *bpf_compatible_strerror(void);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* BTF_CORE_H */

#ifdef __cplusplus
extern "C" {
#endif

/*
 * From the pack that is linked into the program by `ld -r -b binary min_core_btfs.tar.gz`. A program that links the shared
 * library sees its own symbols only if it is linked with -rdynamic; ensure_core_btf() below does without.
 */
int ensure_core_btf_with_linked_tar(const char **path);

extern const char _binary_min_core_btfs_tar_gz_start[] __attribute__((weak));
extern const char _binary_min_core_btfs_tar_gz_end[] __attribute__((weak));

#ifdef __cplusplus
}
#endif

/* Sets opts->btf_custom_path from a pack of len bytes. */
static inline int ensure_core_btf_tar(struct bpf_object_open_opts *opts, const char *tar, int len)
{
	if (!opts || opts->sz < offsetof(struct bpf_object_open_opts, btf_custom_path) + sizeof(opts->btf_custom_path))
		return ensure_core_btf_with_tar_binary(NULL, tar, len);
	return ensure_core_btf_with_tar_binary(&opts->btf_custom_path, tar, len);
}

/* Sets opts->btf_custom_path from the pack that is linked into the program, if there is one. */
static inline int ensure_core_btf(struct bpf_object_open_opts *opts)
{
	const char *start = _binary_min_core_btfs_tar_gz_start;
	const ptrdiff_t size = start ? _binary_min_core_btfs_tar_gz_end - start : 0;

	return ensure_core_btf_tar(opts, start, size > INT_MAX ? -1 : (int)size);
}

/* Undoes ensure_core_btf() and ensure_core_btf_tar(). */
static inline void clean_core_btf(struct bpf_object_open_opts *opts)
{
	if (!opts || opts->sz < offsetof(struct bpf_object_open_opts, btf_custom_path) + sizeof(opts->btf_custom_path))
		return;
	clean_core_btf_rs(opts->btf_custom_path);
	opts->btf_custom_path = NULL;
}

/* The name that bpf-compatible-sys gave it. */
static inline void cleanup_core_btf(struct bpf_object_open_opts *opts)
{
	clean_core_btf(opts);
}
