// SPDX-License-Identifier: MIT
/* User space, the kernel and the kernel's BTF may say different things of ring buffers. User space decides; where that
 * cannot work the program does not load, rather than load and lose. */
#include "harness.h"

#include <errno.h>

#include <bpf/libbpf.h>

static int ignore_sample(void *ctx, int cpu, void *data, size_t size)
{
	(void)ctx, (void)cpu, (void)data, (void)size;
	return 0;
}

/* What the kernel can do is what creating a map says. */
static void auto_is_a_ring_buffer_where_one_can_be_created(void)
{
	struct fixture *fixture = set_up(NULL);

	CHECK_EQ(bpf_buffer__type(fixture->buffer), BPF_BUFFER_RING);
	/* Memory that only a perf buffer needs. */
	CHECK(bpf_map__fd(fixture->skel->maps.events_scratch) < 0);
	tear_down(fixture);
}

/* The BTF tells of the helper, as one of a newer kernel of the same series may. */
static void auto_is_a_perf_buffer_where_none_can_be_created(void)
{
	struct fixture *fixture;

	probe_answer = 0;
	fixture = set_up(NULL);
	CHECK_EQ(bpf_buffer__type(fixture->buffer), BPF_BUFFER_PERF);
	send_samples(fixture, last_cpu, 1, 10);
	CHECK_EQ(bpf_buffer__poll(fixture->buffer, 1000), 10);
	tear_down(fixture);
}

static void a_failing_probe_is_a_perf_buffer(void)
{
	struct samples_bpf *skel = open_programs();
	struct bpf_buffer *buffer;
	enum bpf_buffer_type type;

	probe_answer = -EPERM;
	buffer = bpf_buffer__new(skel->obj, NULL);
	type = bpf_buffer__type(buffer);
	bpf_buffer__free(buffer);
	samples_bpf__destroy(skel);
	CHECK_EQ(type, BPF_BUFFER_PERF);
}

static void a_ring_buffer_that_cannot_be_created_is_refused(void)
{
	LIBBPF_OPTS(bpf_buffer_opts, options, .type = BPF_BUFFER_RING);
	struct samples_bpf *skel = open_programs();
	struct bpf_buffer *buffer;
	int error;

	probe_answer = 0;
	buffer = bpf_buffer__new(skel->obj, &options);
	error = errno;
	samples_bpf__destroy(skel);
	CHECK(!buffer);
	CHECK_EQ(error, EOPNOTSUPP);
}

/* A program in which nobody set the flag: map, flag and scratch agree as compiled. */
static void an_object_as_compiled_is_one_for_the_perf_buffer(void)
{
	struct samples_bpf *skel = open_programs();
	int loaded = samples_bpf__load(skel), type = bpf_map__type(skel->maps.events);

	samples_bpf__destroy(skel);
	CHECK_EQ(loaded, 0);
	CHECK_EQ(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
}

/* The number of samples that come when one is sent, or what loading the programs says, with a BTF without the helper. */
static int send_without_the_helper_in_btf(enum bpf_buffer_type type)
{
	LIBBPF_OPTS(bpf_buffer_opts, options, .type = type);
	LIBBPF_OPTS(bpf_object_open_opts, open_options, .btf_custom_path = kernel_btf(false));
	struct samples_bpf *skel = samples_bpf__open_opts(&open_options);
	struct bpf_buffer *buffer = bpf_buffer__new(skel->obj, &options);
	int err = samples_bpf__load(skel);

	if (!err)
		err = bpf_buffer__open(buffer, ignore_sample, NULL, NULL);
	if (!err) {
		run(skel->progs.send, first_cpu, 1, sizeof(struct sample));
		err = bpf_buffer__consume(buffer);
	}
	bpf_buffer__free(buffer);
	samples_bpf__destroy(skel);
	return err;
}

static void a_ring_buffer_without_the_helper_in_btf_does_not_load(void)
{
	CHECK(send_without_the_helper_in_btf(BPF_BUFFER_RING) < 0);
	CHECK(send_without_the_helper_in_btf(BPF_BUFFER_AUTO) < 0);
}

static void a_perf_buffer_needs_nothing_of_btf(void)
{
	CHECK_EQ(send_without_the_helper_in_btf(BPF_BUFFER_PERF), 1);
}

#define ONCE(test) { .name = #test, .once = test }

const struct test disagreement_tests[] = {
	ONCE(auto_is_a_ring_buffer_where_one_can_be_created),
	ONCE(auto_is_a_perf_buffer_where_none_can_be_created),
	ONCE(a_failing_probe_is_a_perf_buffer),
	ONCE(a_ring_buffer_that_cannot_be_created_is_refused),
	ONCE(an_object_as_compiled_is_one_for_the_perf_buffer),
	ONCE(a_ring_buffer_without_the_helper_in_btf_does_not_load),
	ONCE(a_perf_buffer_needs_nothing_of_btf),
	{},
};
