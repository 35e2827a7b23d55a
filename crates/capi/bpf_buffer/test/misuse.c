// SPDX-License-Identifier: MIT
/* Wrong calls give an error each, and never harm. */
#include "harness.h"

#include <errno.h>
#include <string.h>

#include <bpf/libbpf.h>

#include "plain.skel.h"

static int ignore_sample(void *ctx, int cpu, void *data, size_t size)
{
	(void)ctx, (void)cpu, (void)data, (void)size;
	return 0;
}

/* The errno with which `options` are refused; 0 if they are not. */
static int error_of_new(struct bpf_object *object, const void *options)
{
	struct bpf_buffer *buffer;

	errno = 0;
	buffer = bpf_buffer__new(object, options);
	bpf_buffer__free(buffer);
	return buffer ? 0 : errno;
}

static void null_is_refused_everywhere(void)
{
	CHECK_EQ(error_of_new(NULL, NULL), EINVAL);
	CHECK_EQ(bpf_buffer__type(NULL), BPF_BUFFER_AUTO);
	CHECK_EQ(bpf_buffer__open(NULL, ignore_sample, NULL, NULL), -EINVAL);
	CHECK_EQ(bpf_buffer__poll(NULL, 0), -EINVAL);
	CHECK_EQ(bpf_buffer__consume(NULL), -EINVAL);
	CHECK_EQ(bpf_buffer__epoll_fd(NULL), -EINVAL);
	bpf_buffer__free(NULL);
}

static void options_of_another_version_are_read_as_far_as_they_are_known(void)
{
	struct samples_bpf *skel = open_programs();
	struct {
		struct bpf_buffer_opts known;
		char later[32];
	} options = { .known.sz = sizeof(options), .known.type = BPF_BUFFER_PERF };
	int fits, unknown, short_one, empty, type;

	fits = error_of_new(skel->obj, &options);
	options.later[31] = 1;
	unknown = error_of_new(skel->obj, &options);
	options.known.sz = sizeof(size_t);
	options.known.type = 77;
	short_one = error_of_new(skel->obj, &options);
	options.known.sz = sizeof(size_t) - 1;
	empty = error_of_new(skel->obj, &options);
	options.known.sz = sizeof(options.known);
	type = error_of_new(skel->obj, &options);
	samples_bpf__destroy(skel);
	CHECK_EQ(fits, 0);
	CHECK_EQ(unknown, EINVAL);
	CHECK_EQ(short_one, 0);
	CHECK_EQ(empty, EINVAL);
	CHECK_EQ(type, EINVAL);
}

static void an_object_without_bpf_buffer_is_refused(void)
{
	struct plain_bpf *skel = plain_bpf__open();
	int error = error_of_new(skel->obj, NULL);
	int loaded = plain_bpf__load(skel);

	plain_bpf__destroy(skel);
	CHECK_EQ(error, ENOENT);
	CHECK_EQ(loaded, 0);
}

static void a_loaded_object_is_refused(enum bpf_buffer_type type)
{
	struct fixture *fixture = set_up_type(type);

	CHECK_EQ(error_of_new(fixture->skel->obj, NULL), EBUSY);
	tear_down(fixture);
}

static void a_buffer_is_opened_once_and_after_the_load(void)
{
	struct samples_bpf *skel = open_programs();
	struct bpf_buffer *buffer = bpf_buffer__new(skel->obj, NULL);
	int early = bpf_buffer__open(buffer, ignore_sample, NULL, NULL);
	int poll_early = bpf_buffer__poll(buffer, -1), consume_early = bpf_buffer__consume(buffer);
	int fd_early = bpf_buffer__epoll_fd(buffer), loaded = samples_bpf__load(skel);
	int without_callback = bpf_buffer__open(buffer, NULL, NULL, NULL);
	int first = bpf_buffer__open(buffer, ignore_sample, NULL, NULL);
	int second = bpf_buffer__open(buffer, ignore_sample, NULL, NULL);

	bpf_buffer__free(buffer);
	samples_bpf__destroy(skel);
	CHECK_EQ(early, -EBADF);
	CHECK_EQ(poll_early, -EINVAL);
	CHECK_EQ(consume_early, -EINVAL);
	CHECK_EQ(fd_early, -EINVAL);
	CHECK_EQ(loaded, 0);
	CHECK_EQ(without_callback, -EINVAL);
	CHECK_EQ(first, 0);
	CHECK_EQ(second, -EBUSY);
}

static void perf_pages_must_be_a_power_of_two(void)
{
	LIBBPF_OPTS(bpf_buffer_opts, options, .type = BPF_BUFFER_PERF, .perf_pages = 3);
	struct samples_bpf *skel = open_programs();
	struct bpf_buffer *buffer = bpf_buffer__new(skel->obj, &options);
	int loaded = samples_bpf__load(skel);
	int opened = bpf_buffer__open(buffer, ignore_sample, NULL, NULL);
	int polled = bpf_buffer__poll(buffer, -1);

	bpf_buffer__free(buffer);
	samples_bpf__destroy(skel);
	CHECK_EQ(loaded, 0);
	CHECK_EQ(opened, -EINVAL);
	CHECK_EQ(polled, -EINVAL);
}

static void a_record_that_claims_more_than_it_holds_is_ebadmsg(enum bpf_buffer_type type)
{
	struct fixture *fixture = set_up_type(type);
	unsigned int sizes[] = { 1, 8, 0x7fffffff, 0xffffffff };
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		run(fixture->skel->progs.send_by_hand, first_cpu, sizes[i], 0);
		send_samples(fixture, first_cpu, i, 1);
		CHECK_EQ(bpf_buffer__consume(fixture->buffer), -EBADMSG);
		CHECK_EQ(bpf_buffer__consume(fixture->buffer), 1);
		CHECK_EQ(fixture->numbers[i], i);
	}
	tear_down(fixture);
}

static void losses_need_no_callback(enum bpf_buffer_type type)
{
	LIBBPF_OPTS(bpf_buffer_opts, options, .type = type, .ring_bytes = 4096, .perf_pages = 1);
	struct samples_bpf *skel = open_programs();
	struct bpf_buffer *buffer = bpf_buffer__new(skel->obj, &options);
	int i, loaded = samples_bpf__load(skel), opened = bpf_buffer__open(buffer, ignore_sample, NULL, NULL), samples;

	for (i = 0; i < 100; i++)
		run(skel->progs.send, first_cpu, i, sizeof(struct sample));
	samples = bpf_buffer__consume(buffer);
	run(skel->progs.send, first_cpu, i, sizeof(struct sample));
	samples += bpf_buffer__consume(buffer);
	bpf_buffer__free(buffer);
	samples_bpf__destroy(skel);
	CHECK_EQ(loaded, 0);
	CHECK_EQ(opened, 0);
	CHECK(samples > 1 && samples < 101);
}

#define ONCE(test) { .name = #test, .once = test }
#define EACH(test) { .name = #test, .each = test }

const struct test misuse_tests[] = {
	ONCE(null_is_refused_everywhere),
	ONCE(options_of_another_version_are_read_as_far_as_they_are_known),
	ONCE(an_object_without_bpf_buffer_is_refused),
	EACH(a_loaded_object_is_refused),
	ONCE(a_buffer_is_opened_once_and_after_the_load),
	ONCE(perf_pages_must_be_a_power_of_two),
	EACH(a_record_that_claims_more_than_it_holds_is_ebadmsg),
	EACH(losses_need_no_callback),
	{},
};
