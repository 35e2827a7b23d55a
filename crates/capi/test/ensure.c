// SPDX-License-Identifier: MIT
/* What btf_core.h makes of a machine, for tests in other languages:
 *
 *	ensure                                             this machine, the pack that is linked in
 *	ensure PACK                                        this machine
 *	ensure PACK MACHINE RELEASE OS_RELEASE NEAREST     another one
 *
 * Prints the explanation, and below it the path, or "-". Ends with 0, or with the errno. */
#include <stdio.h>
#include <stdlib.h>

#include <btf_core.h>

static char *read_all(const char *name, size_t *size)
{
	FILE *file = fopen(name, "rbe");
	char *bytes = NULL;

	if (file && !fseek(file, 0, SEEK_END)) {
		*size = ftell(file);
		rewind(file);
		bytes = malloc(*size + 1);
		if (bytes && fread(bytes, 1, *size, file) != *size)
			abort();
	}
	if (file)
		fclose(file);
	return bytes;
}

int main(int argc, char **argv)
{
	struct bpf_compatible_opts wishes = { .sz = sizeof(wishes) };
	LIBBPF_OPTS(bpf_object_open_opts, opts);
	char *pack = NULL;
	size_t size = 0;
	int status;

	if (argc > 1 && !(pack = read_all(argv[1], &size)))
		return 255;
	if (argc > 5) {
		wishes.machine = argv[2];
		wishes.release = argv[3];
		wishes.os_release = argv[4];
		wishes.nearest = atoi(argv[5]);
	}
	if (pack)
		status = bpf_compatible_ensure(&opts.btf_custom_path, pack, size, &wishes);
	else
		status = ensure_core_btf(&opts);
	printf("%s\n%s\n", bpf_compatible_explain(), opts.btf_custom_path ? opts.btf_custom_path : "-");
	clean_core_btf(&opts);
	free(pack);
	return -status;
}
