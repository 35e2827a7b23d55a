// SPDX-License-Identifier: MIT
/* Runs every test and prints a line for each; the exit status is 1 if one failed, 77 if none can be run here.
 *
 *	test [BTF [OLD_BTF]]    kernel BTFs to load the programs with: with BPF_FUNC_ringbuf_reserve, and without
 *
 * Linked with --wrap=libbpf_probe_bpf_map_type, so that a test can stand on a kernel without ring buffers. */
#include "harness.h"

#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>

int first_cpu, last_cpu;
int probe_answer = ASK_THE_KERNEL;

/* By whether it has BPF_FUNC_ringbuf_reserve; NULL if one is to be made. */
static const char *given_btf[2];

static jmp_buf failed;
/* Of the running test; freed also when a check ends it. */
static struct fixture *current;

int __real_libbpf_probe_bpf_map_type(enum bpf_map_type type, const void *options);
int __wrap_libbpf_probe_bpf_map_type(enum bpf_map_type type, const void *options);

int __wrap_libbpf_probe_bpf_map_type(enum bpf_map_type type, const void *options)
{
	return probe_answer == ASK_THE_KERNEL ? __real_libbpf_probe_bpf_map_type(type, options) : probe_answer;
}

void check(bool holds, const char *text, const char *file, int line)
{
	if (holds)
		return;
	printf("%s:%d: not so: %s\n", file, line, text);
	longjmp(failed, 1);
}

void check_eq(long long left, long long right, const char *text, const char *file, int line)
{
	if (left == right)
		return;
	printf("%s:%d: not so: %s; %lld and %lld\n", file, line, text, left, right);
	longjmp(failed, 1);
}

static int on_sample(void *ctx, int cpu, void *data, size_t size)
{
	struct fixture *fixture = ctx;
	const struct sample *sample = data;
	size_t i;

	CHECK(fixture->samples < MAX_SAMPLES);
	CHECK_EQ((unsigned long)data % 8, 0);
	CHECK(size >= SAMPLE_HEAD);
	for (i = 0; i < size - SAMPLE_HEAD; i++)
		CHECK_EQ(sample->payload[i], (unsigned char)(sample->number + i));
	fixture->numbers[fixture->samples] = sample->number;
	fixture->sizes[fixture->samples] = size;
	fixture->cpus[fixture->samples] = cpu;
	fixture->samples++;
	return fixture->samples - 1 == fixture->answer_at ? fixture->answer : 0;
}

static void on_lost(void *ctx, int cpu, __u64 count)
{
	struct fixture *fixture = ctx;

	CHECK(cpu >= 0 && cpu < MAX_CPUS);
	CHECK(count > 0);
	fixture->lost[cpu] += count;
	fixture->lost_of_all += count;
}

static void write_btf(bool has_ringbuf_reserve, char *path, size_t path_size)
{
	struct btf *btf = btf__new_empty();
	const void *bytes;
	__u32 size;
	int fd;

	btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	if (has_ringbuf_reserve) {
		btf__add_enum(btf, "bpf_func_id", 4);
		btf__add_enum_value(btf, "BPF_FUNC_ringbuf_reserve", BPF_FUNC_ringbuf_reserve);
	}
	bytes = btf__raw_data(btf, &size);
	fd = memfd_create("btf", 0);
	CHECK(bytes && fd >= 0 && write(fd, bytes, size) == (ssize_t)size);
	btf__free(btf);
	snprintf(path, path_size, "/proc/%d/fd/%d", getpid(), fd);
}

const char *kernel_btf(bool has_ringbuf_reserve)
{
	static char paths[2][64];
	char *path = paths[has_ringbuf_reserve];

	if (given_btf[has_ringbuf_reserve])
		return given_btf[has_ringbuf_reserve];
	if (!*path)
		write_btf(has_ringbuf_reserve, path, sizeof(paths[0]));
	return path;
}

struct samples_bpf *open_programs(void)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .btf_custom_path = kernel_btf(true));

	return samples_bpf__open_opts(&options);
}

struct fixture *set_up(const struct bpf_buffer_opts *options)
{
	current = calloc(1, sizeof(*current));
	CHECK(current);
	current->answer_at = -1;
	current->skel = open_programs();
	CHECK(current->skel);
	current->buffer = bpf_buffer__new(current->skel->obj, options);
	CHECK(current->buffer);
	CHECK_EQ(samples_bpf__load(current->skel), 0);
	CHECK_EQ(bpf_buffer__open(current->buffer, on_sample, on_lost, current), 0);
	return current;
}

struct fixture *set_up_type(enum bpf_buffer_type type)
{
	LIBBPF_OPTS(bpf_buffer_opts, options, .type = type);

	return set_up(&options);
}

void tear_down(struct fixture *fixture)
{
	if (!fixture)
		return;
	bpf_buffer__free(fixture->buffer);
	samples_bpf__destroy(fixture->skel);
	free(fixture);
	current = NULL;
}

void run(struct bpf_program *program, int cpu, unsigned long long number, unsigned long long size)
{
	unsigned long long args[] = { number, size };
	LIBBPF_OPTS(bpf_test_run_opts, options, .ctx_in = args, .ctx_size_in = sizeof(args),
		    .flags = BPF_F_TEST_RUN_ON_CPU, .cpu = cpu);

	CHECK_EQ(bpf_prog_test_run_opts(bpf_program__fd(program), &options), 0);
}

void send_samples(struct fixture *fixture, int cpu, unsigned long long first, int count)
{
	int i;

	for (i = 0; i < count; i++)
		run(fixture->skel->progs.send, cpu, first + i, sizeof(struct sample));
}

static void find_cpus(void)
{
	cpu_set_t set;
	int cpu;

	if (sched_getaffinity(0, sizeof(set), &set))
		return;
	first_cpu = -1;
	for (cpu = 0; cpu < CPU_SETSIZE; cpu++) {
		if (!CPU_ISSET(cpu, &set))
			continue;
		if (first_cpu < 0)
			first_cpu = cpu;
		last_cpu = cpu;
	}
}

/* Whether it passed. */
static bool run_test(const struct test *test, enum bpf_buffer_type type)
{
	static const char *const names[] = { "", ", ring buffer", ", perf buffer" };
	volatile bool passed = false;

	/* Ends a test that hangs, and the run with it. */
	alarm(60);
	if (!setjmp(failed)) {
		if (test->once)
			test->once();
		else
			test->each(type);
		passed = true;
	}
	tear_down(current);
	probe_answer = ASK_THE_KERNEL;
	printf("%s %s%s\n", passed ? "ok" : "not ok", test->name, names[type]);
	fflush(stdout);
	return passed;
}

int main(int argc, char **argv)
{
	const struct test *const tests[] = { delivery_tests, misuse_tests, disagreement_tests };
	struct samples_bpf *skel;
	int failures = 0, passes = 0;
	size_t i;

	given_btf[true] = argc > 1 ? argv[1] : NULL;
	given_btf[false] = argc > 2 ? argv[2] : NULL;
	libbpf_set_print(NULL);
	/* Also with the kernel's own BTF. */
	skel = samples_bpf__open_and_load();
	if (!skel) {
		printf("skipped: BPF programs cannot be loaded here: %s\n", strerror(errno));
		return 77;
	}
	samples_bpf__destroy(skel);
	find_cpus();

	for (i = 0; i < sizeof(tests) / sizeof(*tests); i++) {
		const struct test *test;
		enum bpf_buffer_type type;

		for (test = tests[i]; test->name; test++) {
			enum bpf_buffer_type from = test->once ? BPF_BUFFER_AUTO : BPF_BUFFER_RING;
			enum bpf_buffer_type to = test->once ? BPF_BUFFER_AUTO : BPF_BUFFER_PERF;

			for (type = from; type <= to; type++) {
				if (run_test(test, type))
					passes++;
				else
					failures++;
			}
		}
	}
	printf("%d passed, %d failed\n", passes, failures);
	return failures ? 1 : 0;
}
