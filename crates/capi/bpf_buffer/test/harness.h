/* SPDX-License-Identifier: MIT */
/* A buffer over the programs of samples.bpf.c, and what came through it. */
#ifndef HARNESS_H
#define HARNESS_H

#include <stdbool.h>
#include <stdio.h>

#include "../bpf_buffer.h"
#include "samples.h"
#include "samples.skel.h"

#define MAX_CPUS 1024
#define MAX_SAMPLES 4096

/* Ends the running test as failed. */
#define CHECK(condition) check(condition, #condition, __FILE__, __LINE__)
#define CHECK_EQ(left, right) check_eq(left, right, #left " == " #right, __FILE__, __LINE__)

void check(bool holds, const char *text, const char *file, int line);
void check_eq(long long left, long long right, const char *text, const char *file, int line);

struct fixture {
	struct samples_bpf *skel;
	struct bpf_buffer *buffer;
	/* What the callbacks were told. */
	int samples;
	unsigned long long numbers[MAX_SAMPLES];
	size_t sizes[MAX_SAMPLES];
	int cpus[MAX_SAMPLES];
	unsigned long long lost[MAX_CPUS];
	unsigned long long lost_of_all;
	/* The callback returns `answer` at the sample of this index. */
	int answer_at;
	int answer;
};

/* A file with a BTF that has, or has not, what the programs ask the kernel's for. The kernel's own would do, but takes a
 * second to read under valgrind. */
const char *kernel_btf(bool has_ringbuf_reserve);
/* The programs, opened with the first of these. */
struct samples_bpf *open_programs(void);

/* Opens and loads the programs and opens the buffer. */
struct fixture *set_up(const struct bpf_buffer_opts *options);
struct fixture *set_up_type(enum bpf_buffer_type type);
void tear_down(struct fixture *fixture);

/* Runs a program once on a CPU with up to two arguments. */
void run(struct bpf_program *program, int cpu, unsigned long long number, unsigned long long size);
/* Runs `send` with samples of full size, numbered on from `first`. */
void send_samples(struct fixture *fixture, int cpu, unsigned long long first, int count);

/* Two different CPUs that are online; the same one twice on a machine with one. */
extern int first_cpu, last_cpu;

/* What libbpf_probe_bpf_map_type answers: 1, 0 or a negative errno. */
#define ASK_THE_KERNEL 2
extern int probe_answer;

struct test {
	const char *name;
	/* One of these: run once, or for each type of buffer. */
	void (*once)(void);
	void (*each)(enum bpf_buffer_type type);
};

extern const struct test delivery_tests[], misuse_tests[], disagreement_tests[];

#endif
