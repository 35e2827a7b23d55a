// SPDX-License-Identifier: MIT
/* The pack that is linked into a program, if there is one. Stable Rust has no weak symbols. */
#include <limits.h>
#include <stddef.h>

/* Made by `ld -r -b binary min_core_btfs.tar.gz`. */
extern const char _binary_min_core_btfs_tar_gz_start[] __attribute__((weak));
extern const char _binary_min_core_btfs_tar_gz_end[] __attribute__((weak));

int ensure_core_btf_with_tar_binary(const char **path, const char *tar, int len);
int ensure_core_btf_with_linked_tar(const char **path);

int ensure_core_btf_with_linked_tar(const char **path)
{
	const char *start = _binary_min_core_btfs_tar_gz_start;
	ptrdiff_t size = 0;

	if (start)
		size = _binary_min_core_btfs_tar_gz_end - start;
	/* A length that does not fit is refused like any other bad one. */
	return ensure_core_btf_with_tar_binary(path, start, size > INT_MAX ? -1 : (int)size);
}
