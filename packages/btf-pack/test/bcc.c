/*
 * The lookup of bcc's libbpf-tools (btf_helpers.c), as a program.
 *
 *   bcc            prints the gzipped pack that is linked or included
 *   bcc TAR NAME   prints the entry NAME of a plain tar, found as bcc finds it: names are compared by strcmp in the
 *                  100 bytes of the header, and nothing but the size leads from one header to the next
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef INCLUDED
extern unsigned char _binary_min_core_btfs_tar_gz_start[] __attribute__((weak));
extern unsigned char _binary_min_core_btfs_tar_gz_end[] __attribute__((weak));
#endif

enum { BLOCK = 512, NAME_BYTES = 100, SIZE_AT = 124 };

static const char *find(const char *header, const char *name, unsigned int *size)
{
	while (header[0]) {
		sscanf(header + SIZE_AT, "%o", size);
		if (strcmp(header, name) == 0)
			return header + BLOCK;
		header += BLOCK * (1 + (*size + BLOCK - 1) / BLOCK);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	static char tar[1 << 24];
	char name[NAME_BYTES];
	const char *content;
	unsigned int size = 0;
	FILE *file;

	if (argc != 3) {
		size_t length = _binary_min_core_btfs_tar_gz_end - _binary_min_core_btfs_tar_gz_start;

		return fwrite(_binary_min_core_btfs_tar_gz_start, 1, length, stdout) != length;
	}
	if (snprintf(name, sizeof(name), "%s", argv[2]) >= (int)sizeof(name))
		return 2;
	file = fopen(argv[1], "rb");
	if (!file || fread(tar, 1, sizeof(tar) - 1, file) == 0)
		return 3;
	content = find(tar, name, &size);
	if (!content)
		return 4;
	return fwrite(content, 1, size, stdout) != size;
}
