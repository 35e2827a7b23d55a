// SPDX-License-Identifier: MIT
/* What is sent arrives, or is told as lost. */
#include "harness.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/libbpf.h>

#define POLL_MS 1000

static void samples_arrive_in_order_with_their_cpu(enum bpf_buffer_type type)
{
	struct fixture *fixture = set_up_type(type);
	int i;

	CHECK_EQ(bpf_buffer__type(fixture->buffer), type);
	send_samples(fixture, last_cpu, 100, 100);
	CHECK_EQ(bpf_buffer__poll(fixture->buffer, POLL_MS), 100);
	send_samples(fixture, first_cpu, 200, 50);
	CHECK_EQ(bpf_buffer__poll(fixture->buffer, POLL_MS), 50);
	CHECK_EQ(fixture->samples, 150);
	for (i = 0; i < 150; i++) {
		CHECK_EQ(fixture->numbers[i], 100 + i);
		CHECK_EQ(fixture->sizes[i], sizeof(struct sample));
		CHECK_EQ(fixture->cpus[i], i < 100 ? last_cpu : first_cpu);
	}
	CHECK_EQ(fixture->lost_of_all, 0);
	tear_down(fixture);
}

static void a_sample_has_the_size_it_was_submitted_with(enum bpf_buffer_type type)
{
	struct fixture *fixture = set_up_type(type);
	size_t size;

	for (size = SAMPLE_HEAD; size <= sizeof(struct sample); size++) {
		run(fixture->skel->progs.send, first_cpu, size, size);
		CHECK_EQ(bpf_buffer__consume(fixture->buffer), 1);
		CHECK_EQ(fixture->sizes[fixture->samples - 1], size);
	}
	tear_down(fixture);
}

static void a_sample_of_more_than_was_reserved_is_lost(enum bpf_buffer_type type)
{
	struct fixture *fixture = set_up_type(type);
	unsigned long long sizes[] = { sizeof(struct sample) + 1, 10240, 10241, -1ULL };
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		run(fixture->skel->progs.send, first_cpu, 1, sizes[i]);
		CHECK_EQ(bpf_buffer__consume(fixture->buffer), 0);
		CHECK_EQ(fixture->lost[first_cpu], i + 1);
	}
	send_samples(fixture, first_cpu, 2, 1);
	CHECK_EQ(bpf_buffer__consume(fixture->buffer), 1);
	tear_down(fixture);
}

static void large_samples_arrive_whole_also_around_the_end_of_the_buffer(enum bpf_buffer_type type)
{
	struct fixture *fixture = set_up_type(type);
	int i;

	for (i = 0; i < 100; i++) {
		run(fixture->skel->progs.send_large, first_cpu, i, 0);
		CHECK_EQ(bpf_buffer__consume(fixture->buffer), 1);
		CHECK_EQ(fixture->numbers[i], i);
		CHECK_EQ(fixture->sizes[i], sizeof(struct large_sample));
	}
	tear_down(fixture);
}

static void what_a_full_buffer_refuses_is_told_by_cpu(enum bpf_buffer_type type)
{
	LIBBPF_OPTS(bpf_buffer_opts, options, .type = type, .ring_bytes = 1, .perf_pages = 1);
	struct fixture *fixture = set_up(&options);
	int i;

	send_samples(fixture, first_cpu, 0, 100);
	CHECK(bpf_buffer__consume(fixture->buffer) > 0);
	/* The perf buffer tells with the next sample. */
	send_samples(fixture, first_cpu, 100, 1);
	CHECK_EQ(bpf_buffer__consume(fixture->buffer), 1);
	CHECK(fixture->lost_of_all > 0);
	CHECK_EQ(fixture->lost_of_all, fixture->lost[first_cpu]);
	CHECK_EQ(fixture->samples + fixture->lost_of_all, 101);
	/* The first ones came, up to where it was full. */
	for (i = 0; i < fixture->samples - 1; i++)
		CHECK_EQ(fixture->numbers[i], i);
	CHECK_EQ(fixture->numbers[i], 100);
	/* Told once. */
	send_samples(fixture, first_cpu, 101, 1);
	CHECK_EQ(bpf_buffer__consume(fixture->buffer), 1);
	CHECK_EQ(fixture->samples + fixture->lost_of_all, 102);
	tear_down(fixture);
}

static void every_sample_of_many_is_handed_over_or_told_as_lost(enum bpf_buffer_type type)
{
	LIBBPF_OPTS(bpf_buffer_opts, options, .type = type, .ring_bytes = 4096, .perf_pages = 1);
	struct fixture *fixture = set_up(&options);
	int round;

	for (round = 0; round < 20; round++) {
		send_samples(fixture, first_cpu, 1000 * round, 70);
		send_samples(fixture, last_cpu, 1000 * round + 500, 70);
		CHECK(bpf_buffer__consume(fixture->buffer) > 0);
	}
	send_samples(fixture, first_cpu, 0, 1);
	send_samples(fixture, last_cpu, 0, 1);
	CHECK_EQ(bpf_buffer__consume(fixture->buffer), 2);
	CHECK_EQ(fixture->samples + fixture->lost_of_all, 20 * 2 * 70 + 2);
	tear_down(fixture);
}

static void what_is_discarded_neither_arrives_nor_counts(enum bpf_buffer_type type)
{
	struct fixture *fixture = set_up_type(type);

	run(fixture->skel->progs.discard_and_send, first_cpu, 7, 0);
	CHECK_EQ(bpf_buffer__consume(fixture->buffer), 1);
	CHECK_EQ(fixture->numbers[0], 7);
	CHECK_EQ(fixture->lost_of_all, 0);
	tear_down(fixture);
}

static void a_sample_in_the_making_is_not_overwritten(enum bpf_buffer_type type)
{
	struct fixture *fixture = set_up_type(type);

	run(fixture->skel->progs.send_two_at_once, first_cpu, 1, 0);
	if (type == BPF_BUFFER_RING) {
		CHECK_EQ(bpf_buffer__consume(fixture->buffer), 2);
		CHECK_EQ(fixture->lost_of_all, 0);
	} else {
		CHECK_EQ(bpf_buffer__consume(fixture->buffer), 1);
		CHECK_EQ(fixture->lost[first_cpu], 1);
	}
	CHECK_EQ(fixture->numbers[0], 1);
	tear_down(fixture);
}

static void a_negative_answer_ends_the_call_and_the_rest_comes_with_the_next(enum bpf_buffer_type type)
{
	struct fixture *fixture = set_up_type(type);

	fixture->answer_at = 9;
	fixture->answer = -ECANCELED;
	send_samples(fixture, first_cpu, 0, 20);
	send_samples(fixture, last_cpu, 20, 20);
	CHECK_EQ(bpf_buffer__poll(fixture->buffer, POLL_MS), -ECANCELED);
	CHECK_EQ(fixture->samples, 10);
	/* Without waiting for another: none comes. */
	CHECK_EQ(bpf_buffer__poll(fixture->buffer, -1), 30);
	CHECK_EQ(fixture->samples, 40);
	CHECK_EQ(fixture->lost_of_all, 0);
	tear_down(fixture);
}

static void a_positive_answer_changes_nothing(enum bpf_buffer_type type)
{
	struct fixture *fixture = set_up_type(type);

	fixture->answer_at = 0;
	fixture->answer = 1;
	send_samples(fixture, first_cpu, 0, 2);
	CHECK_EQ(bpf_buffer__consume(fixture->buffer), 2);
	tear_down(fixture);
}

static void a_quiet_buffer_gives_0(enum bpf_buffer_type type)
{
	struct fixture *fixture = set_up_type(type);

	CHECK_EQ(bpf_buffer__consume(fixture->buffer), 0);
	CHECK_EQ(bpf_buffer__poll(fixture->buffer, 0), 0);
	CHECK_EQ(bpf_buffer__poll(fixture->buffer, 1), 0);
	tear_down(fixture);
}

static void poll_is_woken_by_a_sample(enum bpf_buffer_type type)
{
	struct fixture *fixture = set_up_type(type);
	int status;
	pid_t child = fork();

	CHECK(child >= 0);
	if (child == 0) {
		usleep(20000);
		send_samples(fixture, last_cpu, 1, 1);
		_exit(0);
	}
	CHECK_EQ(bpf_buffer__poll(fixture->buffer, -1), 1);
	CHECK_EQ(waitpid(child, &status, 0), child);
	CHECK_EQ(status, 0);
	tear_down(fixture);
}

static void on_signal(int number)
{
	(void)number;
}

static void a_signal_ends_poll_with_eintr(enum bpf_buffer_type type)
{
	struct fixture *fixture = set_up_type(type);
	struct sigaction action = { .sa_handler = on_signal }, before;
	struct itimerval often = { .it_interval.tv_usec = 10000, .it_value.tv_usec = 10000 }, never = {};

	CHECK_EQ(sigaction(SIGALRM, &action, &before), 0);
	CHECK_EQ(setitimer(ITIMER_REAL, &often, NULL), 0);
	CHECK_EQ(bpf_buffer__poll(fixture->buffer, -1), -EINTR);
	CHECK_EQ(setitimer(ITIMER_REAL, &never, NULL), 0);
	CHECK_EQ(sigaction(SIGALRM, &before, NULL), 0);

	send_samples(fixture, first_cpu, 1, 1);
	CHECK_EQ(bpf_buffer__poll(fixture->buffer, -1), 1);
	tear_down(fixture);
}

static void epoll_fd_is_readable_when_there_are_samples(enum bpf_buffer_type type)
{
	struct fixture *fixture = set_up_type(type);
	struct pollfd descriptor = { .fd = bpf_buffer__epoll_fd(fixture->buffer), .events = POLLIN };

	CHECK(descriptor.fd >= 0);
	CHECK_EQ(poll(&descriptor, 1, 0), 0);
	send_samples(fixture, last_cpu, 1, 3);
	CHECK_EQ(poll(&descriptor, 1, POLL_MS), 1);
	CHECK_EQ(bpf_buffer__consume(fixture->buffer), 3);
	CHECK_EQ(poll(&descriptor, 1, 0), 0);
	tear_down(fixture);
}

#define EACH(test) { .name = #test, .each = test }

const struct test delivery_tests[] = {
	EACH(samples_arrive_in_order_with_their_cpu),
	EACH(a_sample_has_the_size_it_was_submitted_with),
	EACH(a_sample_of_more_than_was_reserved_is_lost),
	EACH(large_samples_arrive_whole_also_around_the_end_of_the_buffer),
	EACH(what_a_full_buffer_refuses_is_told_by_cpu),
	EACH(every_sample_of_many_is_handed_over_or_told_as_lost),
	EACH(what_is_discarded_neither_arrives_nor_counts),
	EACH(a_sample_in_the_making_is_not_overwritten),
	EACH(a_negative_answer_ends_the_call_and_the_rest_comes_with_the_next),
	EACH(a_positive_answer_changes_nothing),
	EACH(a_quiet_buffer_gives_0),
	EACH(poll_is_woken_by_a_sample),
	EACH(a_signal_ends_poll_with_eintr),
	EACH(epoll_fd_is_readable_when_there_are_samples),
	{},
};
