// SPDX-License-Identifier: MIT
/* The contract of btf_core.h, line by line. In a place without BTF of the kernel's own:
 *
 *	contract ROUNDS PACK HOSTILE...
 *
 * PACK has an entry for debian/12/x86_64/6.1.0-1-amd64; HOSTILE are packs that must be refused. Ends with 0, or with the
 * line of the first check that fails. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <btf_helpers.h>

#define CHECK(condition)                                                                                               \
	do {                                                                                                           \
		if (!(condition)) {                                                                                    \
			fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #condition, bpf_compatible_strerror()); \
			exit(1);                                                                                       \
		}                                                                                                      \
	} while (0)

struct bytes {
	char *start;
	int size;
};

static const char untouched[] = "untouched";

static struct bytes read_file(const char *path)
{
	struct bytes bytes;
	struct stat stat;
	int file = open(path, O_RDONLY | O_CLOEXEC);

	CHECK(file >= 0 && !fstat(file, &stat));
	bytes.size = stat.st_size;
	/* Of exactly this size, so that a read behind the end is seen by who watches memory. */
	bytes.start = malloc(stat.st_size);
	CHECK(read(file, bytes.start, bytes.size) == bytes.size);
	close(file);
	return bytes;
}

static struct bpf_compatible_opts debian(void)
{
	return (struct bpf_compatible_opts){
		.sz = sizeof(struct bpf_compatible_opts),
		.machine = "x86_64",
		.release = "6.1.0-1-amd64",
		.os_release = "ID=debian\nVERSION_ID=\"12\"\n",
	};
}

static int entries(const char *folder)
{
	DIR *dir = opendir(folder);
	int count = 0;

	CHECK(dir);
	while (readdir(dir))
		count++;
	closedir(dir);
	return count;
}

/* Memory of this process in kB. */
static long resident(void)
{
	char line[256];
	long size = -1;
	FILE *file = fopen("/proc/self/status", "re");

	CHECK(file);
	while (fgets(line, sizeof(line), file))
		if (!strncmp(line, "VmRSS:", 6))
			size = atol(line + 6);
	fclose(file);
	return size;
}

static void bad_arguments_are_refused(struct bytes pack)
{
	struct bpf_compatible_opts opts = debian(), small = debian();
	struct {
		struct bpf_compatible_opts opts;
		long wish;
	} newer = { debian(), 1 };
	const char *path = untouched;

	CHECK(ensure_core_btf_with_tar_binary(NULL, pack.start, pack.size) == -EINVAL);
	CHECK(ensure_core_btf_with_tar_binary(&path, pack.start, -1) == -EINVAL);
	CHECK(ensure_core_btf_with_tar_binary(&path, NULL, 1) == -EINVAL);
	CHECK(bpf_compatible_ensure(&path, pack.start, (size_t)-1, &opts) == -EINVAL);
	CHECK(ensure_core_btf_with_linked_tar(NULL) == -EINVAL);
	small.sz = sizeof(small) - 1;
	newer.opts.sz = sizeof(newer);
	CHECK(bpf_compatible_ensure(&path, pack.start, pack.size, &small) == -EINVAL);
	CHECK(bpf_compatible_ensure(&path, pack.start, pack.size, &newer.opts) == -EINVAL);
	newer.wish = 0;
	CHECK(!bpf_compatible_ensure(&path, pack.start, pack.size, &newer.opts));
	clean_core_btf_rs(path);
	path = untouched;
	small = debian();
	small.release = NULL;
	CHECK(bpf_compatible_ensure(&path, pack.start, pack.size, &small) == -EINVAL);
	small = debian();
	small.key = "\xff";
	CHECK(bpf_compatible_ensure(&path, pack.start, pack.size, &small) == -EINVAL);
	CHECK(!strncmp(bpf_compatible_strerror(), "LOADER_ARGUMENT: ", 17));
	CHECK(ensure_core_btf_tar(NULL, pack.start, pack.size) == -EINVAL);
	CHECK(ensure_core_btf(NULL) == -EINVAL);
	clean_core_btf(NULL);
	clean_core_btf_rs(NULL);
	clean_core_btf_rs("not ours");
	CHECK(path == untouched);
}

static void a_kernel_that_is_not_there_is_enoent(struct bytes pack)
{
	struct bpf_compatible_opts opts = debian();
	const char *path = untouched;

	CHECK(ensure_core_btf_with_tar_binary(&path, pack.start, pack.size) == -ENOENT);
	CHECK(!strncmp(bpf_compatible_strerror(), "PACK_NO_MATCH: ", 15));
	CHECK(strstr(bpf_compatible_explain(), "\"source\":\"none\""));
	CHECK(strstr(bpf_compatible_explain(), "{\"code\":\"PACK_NO_MATCH\",\"message\":\""));
	CHECK(ensure_core_btf_with_tar_binary(&path, NULL, 0) == -ENOENT);
	CHECK(!strncmp(bpf_compatible_strerror(), "LOADER_NO_PACK: ", 16));
	opts.key = "debian/12/x86_64/1.0";
	CHECK(bpf_compatible_ensure(&path, pack.start, pack.size, &opts) == -ENOENT);
	CHECK(path == untouched);
}

static void a_kernel_of_the_pack_gets_a_file(struct bytes pack)
{
	struct bpf_compatible_opts opts = debian();
	const char *path = untouched, *second = NULL;
	struct bytes btf;

	CHECK(!bpf_compatible_ensure(&path, pack.start, pack.size, &opts));
	CHECK(!strncmp(path, "/proc/self/fd/", 14));
	CHECK(!strcmp(bpf_compatible_strerror(), ""));
	CHECK(strstr(bpf_compatible_explain(), "\"source\":\"pack\""));
	CHECK(strstr(bpf_compatible_explain(), "\"key\":\"debian/12/x86_64/6.1.0-1-amd64\",\"step\":\"exact\""));
	btf = read_file(path);
	CHECK(btf.size > 24 && !memcmp(btf.start, "\x9f\xeb", 2));
	free(btf.start);

	opts.temporary_file = 1;
	CHECK(!bpf_compatible_ensure(&second, pack.start, pack.size, &opts));
	CHECK(strncmp(second, "/proc", 5) && !access(second, R_OK));
	clean_core_btf_rs(path);
	clean_core_btf_rs(path);
	{
		char *copy = strdup(second);

		clean_core_btf_rs(copy); /* the same text is not the same pointer */
		CHECK(!access(copy, R_OK));
		clean_core_btf_rs(second);
		CHECK(access(copy, R_OK) && errno == ENOENT);
		free(copy);
	}
}

static void libbpfs_options_are_set_and_cleared(struct bytes pack)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .btf_custom_path = untouched);
	struct bpf_object_open_opts old = { .sz = offsetof(struct bpf_object_open_opts, btf_custom_path) };

	CHECK(ensure_core_btf_tar(&opts, pack.start, pack.size) == -ENOENT);
	CHECK(opts.btf_custom_path == untouched);
	clean_core_btf(&opts);
	CHECK(!opts.btf_custom_path);
	CHECK(ensure_core_btf_tar(&old, pack.start, pack.size) == -EINVAL);
	cleanup_core_btf(&old);

	setenv("BTF_FILE_PATH", "/proc/self/exe", 1);
	CHECK(ensure_core_btf_tar(&opts, pack.start, pack.size) == -EINVAL); /* this program has no .BTF */
	CHECK(!strncmp(bpf_compatible_strerror(), "ELF_NO_BTF: ", 12));
	setenv("BTF_FILE_PATH", "/nowhere", 1);
	CHECK(ensure_core_btf(&opts) == -EIO);
	unsetenv("BTF_FILE_PATH");
}

static void hostile_packs_are_refused(int count, char **names)
{
	for (int i = 0; i < count; i++) {
		struct bpf_compatible_opts opts = debian();
		struct bytes pack = read_file(names[i]);
		const char *path = untouched;

		CHECK(bpf_compatible_ensure(&path, pack.start, pack.size, &opts) < 0);
		CHECK(path == untouched);
		CHECK(strchr(bpf_compatible_strerror(), ':'));
		opts.nearest = 1;
		CHECK(bpf_compatible_ensure(&path, pack.start, pack.size, &opts) < 0);
		free(pack.start);
	}
}

/* Any byte of a pack changed, any length of it: an answer, and no memory that is not the caller's. */
static void damaged_packs_are_answered(struct bytes pack)
{
	for (int at = 0; at < pack.size; at += 7) {
		struct bpf_compatible_opts opts = debian();
		char *copy = malloc(at + 1);
		const char *path = NULL;

		memcpy(copy, pack.start, at + 1);
		copy[at] ^= 0x41;
		if (!bpf_compatible_ensure(&path, copy, at + 1, &opts))
			clean_core_btf_rs(path);
		free(copy);
	}
}

static void *another_thread(void *pack)
{
	struct bpf_compatible_opts opts = debian();
	struct bytes *bytes = pack;
	const char *path = NULL;

	CHECK(!strcmp(bpf_compatible_strerror(), ""));
	CHECK(!strcmp(bpf_compatible_explain(), "null"));
	for (int i = 0; i < 50; i++) {
		CHECK(!bpf_compatible_ensure(&path, bytes->start, bytes->size, &opts));
		clean_core_btf_rs(path);
	}
	return NULL;
}

static void what_is_told_is_the_threads_own(struct bytes pack)
{
	const char *path = NULL;
	pthread_t threads[4];

	CHECK(ensure_core_btf_with_tar_binary(&path, pack.start, -1) == -EINVAL);
	for (int i = 0; i < 4; i++)
		CHECK(!pthread_create(&threads[i], NULL, another_thread, &pack));
	for (int i = 0; i < 4; i++)
		CHECK(!pthread_join(threads[i], NULL));
	CHECK(!strncmp(bpf_compatible_strerror(), "LOADER_ARGUMENT", 15));
}

static void rounds_leave_nothing(struct bytes pack, int rounds)
{
	const char *folder = getenv("TMPDIR");
	int files = 0, descriptors = 0;
	long memory = 0;

	CHECK(folder);
	for (int round = 0; round < rounds; round++) {
		struct bpf_compatible_opts opts = debian();
		const char *path = NULL;

		/* After a tenth, what is kept for reuse is there. */
		if (round == rounds / 10) {
			files = entries(folder);
			descriptors = entries("/proc/self/fd");
			memory = resident();
		}
		opts.temporary_file = round % 2;
		CHECK(!bpf_compatible_ensure(&path, pack.start, pack.size, &opts));
		CHECK(ensure_core_btf_with_tar_binary(&path, pack.start, pack.size) == -ENOENT);
		clean_core_btf_rs(path);
	}
	CHECK(entries(folder) == files && files == 2);
	CHECK(entries("/proc/self/fd") == descriptors);
	if (getenv("MEMORY"))
		CHECK(resident() - memory < 256);
}

/* By now what a thread keeps for itself may be gone: then nothing is told, but nothing breaks. */
static void at_the_end(void)
{
	const char *path = untouched;

	CHECK(ensure_core_btf_with_tar_binary(&path, NULL, 1) == -EINVAL);
	CHECK(ensure_core_btf_with_tar_binary(&path, NULL, 0) == -ENOENT);
	clean_core_btf_rs(path);
	CHECK(bpf_compatible_strerror() && bpf_compatible_explain());
}

int main(int argc, char **argv)
{
	struct bytes pack;

	CHECK(argc > 3 && !atexit(at_the_end));
	CHECK(!strncmp(bpf_compatible_version(), "0.1.", 4) && BPF_COMPATIBLE_MAJOR == 0 && BPF_COMPATIBLE_MINOR == 1);
	CHECK(!strcmp(bpf_compatible_explain(), "null"));
	pack = read_file(argv[2]);
	bad_arguments_are_refused(pack);
	a_kernel_that_is_not_there_is_enoent(pack);
	a_kernel_of_the_pack_gets_a_file(pack);
	libbpfs_options_are_set_and_cleared(pack);
	hostile_packs_are_refused(argc - 3, argv + 3);
	damaged_packs_are_answered(pack);
	what_is_told_is_the_threads_own(pack);
	rounds_leave_nothing(pack, atoi(argv[1]));
	free(pack.start);
	return 0;
}
