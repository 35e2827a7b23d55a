// SPDX-License-Identifier: MIT
#include "bpf_buffer.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/perf_event.h>
#include <sys/epoll.h>

#include "bpf_buffer_record.h"

#define DEFAULT_RING_BYTES (256 * 1024)
#define DEFAULT_PERF_PAGES 64

struct bpf_buffer {
	enum bpf_buffer_type type;
	__u32 perf_pages;
	struct bpf_map *events;
	struct bpf_map *lost;

	/* Of an open buffer, by type. */
	struct ring_buffer *ring;
	struct perf_buffer *perf;
	/* Room for what epoll_wait tells. */
	struct epoll_event *ready;
	int ready_count;

	bpf_buffer_sample_fn sample_fn;
	bpf_buffer_lost_fn lost_fn;
	void *ctx;

	/* Of the running poll or consume: samples handed over, and why it ended early. */
	int samples;
	int error;

	/* Values of the map `lost`, by possible CPU: read last, and told to lost_fn. */
	int cpus;
	__u64 *lost_now;
	__u64 *lost_told;
};

/* The options known here, from a caller who may know fewer or more of them. */
static int read_options(const struct bpf_buffer_opts *options, struct bpf_buffer_opts *known)
{
	const char *bytes = (const char *)options;
	size_t i;

	memset(known, 0, sizeof(*known));
	if (!options)
		return 0;
	if (options->sz < sizeof(options->sz))
		return -EINVAL;
	for (i = sizeof(*known); i < options->sz; i++) {
		if (bytes[i])
			return -EINVAL;
	}
	memcpy(known, options, options->sz < sizeof(*known) ? options->sz : sizeof(*known));
	return 0;
}

static int choose(enum bpf_buffer_type wanted, enum bpf_buffer_type *type)
{
	bool ring;

	if (wanted == BPF_BUFFER_PERF) {
		*type = BPF_BUFFER_PERF;
		return 0;
	}
	/* By creating one: kernels that say an old version have been given ring buffers. */
	ring = libbpf_probe_bpf_map_type(BPF_MAP_TYPE_RINGBUF, NULL) == 1;
	switch (wanted) {
	case BPF_BUFFER_AUTO:
		*type = ring ? BPF_BUFFER_RING : BPF_BUFFER_PERF;
		return 0;
	case BPF_BUFFER_RING:
		*type = BPF_BUFFER_RING;
		return ring ? 0 : -EOPNOTSUPP;
	default:
		return -EINVAL;
	}
}

/* Makes what is compiled as a perf buffer one, or a ring buffer. */
static int set_up_object(struct bpf_object *object, struct bpf_buffer *buffer, __u32 ring_bytes)
{
	struct bpf_map *scratch = bpf_object__find_map_by_name(object, "events_scratch");
	struct bpf_map *rodata = bpf_object__find_map_by_name(object, ".rodata.bpf_buffer");
	__u32 ring = buffer->type == BPF_BUFFER_RING;
	int err;

	buffer->events = bpf_object__find_map_by_name(object, "events");
	buffer->lost = bpf_object__find_map_by_name(object, "events_lost");
	if (!buffer->events || !buffer->lost || !scratch || !rodata)
		return -ENOENT;
	if (bpf_map__value_size(buffer->lost) != sizeof(*buffer->lost_now))
		return -ENOENT;
	if (bpf_map__fd(buffer->events) >= 0)
		return -EBUSY;

	if ((err = bpf_map__set_initial_value(rodata, &ring, sizeof(ring))) ||
	    (err = bpf_map__set_autocreate(scratch, !ring)) ||
	    (err = bpf_map__set_type(buffer->events, ring ? BPF_MAP_TYPE_RINGBUF : BPF_MAP_TYPE_PERF_EVENT_ARRAY)) ||
	    (err = bpf_map__set_key_size(buffer->events, ring ? 0 : sizeof(__u32))) ||
	    (err = bpf_map__set_value_size(buffer->events, ring ? 0 : sizeof(__u32))))
		return err;
	/* Of a perf buffer, 0 is one for each possible CPU. */
	return bpf_map__set_max_entries(buffer->events, ring ? ring_bytes : 0);
}

struct bpf_buffer *bpf_buffer__new(struct bpf_object *object, const struct bpf_buffer_opts *options)
{
	struct bpf_buffer *buffer = NULL;
	struct bpf_buffer_opts known;
	int err;

	err = read_options(options, &known);
	if (!object)
		err = -EINVAL;
	if (err)
		goto failed;
	buffer = calloc(1, sizeof(*buffer));
	if (!buffer) {
		err = -ENOMEM;
		goto failed;
	}
	buffer->perf_pages = known.perf_pages ? known.perf_pages : DEFAULT_PERF_PAGES;
	err = choose(known.type, &buffer->type);
	if (!err)
		err = set_up_object(object, buffer, known.ring_bytes ? known.ring_bytes : DEFAULT_RING_BYTES);
	if (!err)
		return buffer;
failed:
	bpf_buffer__free(buffer);
	errno = -err;
	return NULL;
}

enum bpf_buffer_type bpf_buffer__type(const struct bpf_buffer *buffer)
{
	return buffer ? buffer->type : BPF_BUFFER_AUTO;
}

/* `room` bytes came with the record's header, of which the sample is the first record->size. */
static int hand_over(struct bpf_buffer *buffer, int cpu, void *sample, __u32 size, size_t room)
{
	int err;

	if (size > room)
		return -EBADMSG;
	if (buffer->samples < INT_MAX)
		buffer->samples++;
	err = buffer->sample_fn(buffer->ctx, cpu, sample, size);
	return err < 0 ? err : 0;
}

static int on_ring_record(void *ctx, void *data, size_t size)
{
	struct bpf_buffer *buffer = ctx;
	struct bpf_buffer_record *record = data;

	if (size < sizeof(*record))
		buffer->error = -EBADMSG;
	else
		buffer->error = hand_over(buffer, record->cpu, record + 1, record->size, size - sizeof(*record));
	return buffer->error;
}

/* A PERF_RECORD_SAMPLE with PERF_SAMPLE_RAW, as perf_event_open(2) has it, and what submit_buf writes. */
struct perf_sample {
	struct perf_event_header header;
	__u32 raw_size;
	__u32 sample_size;
	char sample[];
};

struct perf_lost {
	struct perf_event_header header;
	__u64 id;
	__u64 count;
};

/* libbpf's own callback for samples cannot stop it; and an error here would have it print a warning. */
static enum bpf_perf_event_ret on_perf_event(void *ctx, int cpu, struct perf_event_header *event)
{
	struct bpf_buffer *buffer = ctx;

	if (event->type == PERF_RECORD_SAMPLE) {
		struct perf_sample *sample = (void *)event;

		if (event->size < sizeof(*sample) || sample->raw_size > event->size - sizeof(*event) - sizeof(__u32) ||
		    sample->raw_size < sizeof(__u32))
			buffer->error = -EBADMSG;
		else
			buffer->error = hand_over(buffer, cpu, sample->sample, sample->sample_size,
						  sample->raw_size - sizeof(__u32));
	} else if (event->type == PERF_RECORD_LOST && event->size >= sizeof(struct perf_lost) && buffer->lost_fn) {
		buffer->lost_fn(buffer->ctx, cpu, ((struct perf_lost *)event)->count);
	}
	return buffer->error ? LIBBPF_PERF_EVENT_DONE : LIBBPF_PERF_EVENT_CONT;
}

static int open_perf(struct bpf_buffer *buffer, int fd)
{
	struct perf_event_attr attributes = {
		.size = sizeof(attributes),
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_BPF_OUTPUT,
		.sample_type = PERF_SAMPLE_RAW,
		.sample_period = 1,
		.wakeup_events = 1,
	};

	buffer->perf = perf_buffer__new_raw(fd, buffer->perf_pages, &attributes, on_perf_event, buffer, NULL);
	if (!buffer->perf)
		return -errno;
	buffer->ready_count = perf_buffer__buffer_cnt(buffer->perf);
	return 0;
}

static int open_ring(struct bpf_buffer *buffer, int fd)
{
	buffer->ring = ring_buffer__new(fd, on_ring_record, buffer, NULL);
	if (!buffer->ring)
		return -errno;
	buffer->ready_count = 1;
	return 0;
}

/* Undoes bpf_buffer__open, also half done. */
static void close_buffer(struct bpf_buffer *buffer)
{
	ring_buffer__free(buffer->ring);
	perf_buffer__free(buffer->perf);
	free(buffer->ready);
	free(buffer->lost_now);
	free(buffer->lost_told);
	buffer->ring = NULL;
	buffer->perf = NULL;
	buffer->ready = NULL;
	buffer->lost_now = NULL;
	buffer->lost_told = NULL;
}

static bool is_open(const struct bpf_buffer *buffer)
{
	return buffer && (buffer->ring || buffer->perf);
}

int bpf_buffer__open(struct bpf_buffer *buffer, bpf_buffer_sample_fn sample, bpf_buffer_lost_fn lost, void *ctx)
{
	int fd, err;

	if (!buffer || !sample)
		return -EINVAL;
	if (is_open(buffer))
		return -EBUSY;
	fd = bpf_map__fd(buffer->events);
	if (fd < 0)
		return -EBADF;
	buffer->sample_fn = sample;
	buffer->lost_fn = lost;
	buffer->ctx = ctx;
	buffer->error = 0;

	buffer->cpus = libbpf_num_possible_cpus();
	if (buffer->cpus < 0)
		return buffer->cpus;
	err = buffer->type == BPF_BUFFER_RING ? open_ring(buffer, fd) : open_perf(buffer, fd);
	if (!err) {
		buffer->ready = calloc(buffer->ready_count, sizeof(*buffer->ready));
		buffer->lost_now = calloc(buffer->cpus, sizeof(*buffer->lost_now));
		buffer->lost_told = calloc(buffer->cpus, sizeof(*buffer->lost_told));
		if (!buffer->ready || !buffer->lost_now || !buffer->lost_told)
			err = -ENOMEM;
	}
	if (err)
		close_buffer(buffer);
	return err;
}

static int tell_lost(struct bpf_buffer *buffer)
{
	__u32 key = 0;
	int cpu;

	if (!buffer->lost_fn)
		return 0;
	if (bpf_map_lookup_elem(bpf_map__fd(buffer->lost), &key, buffer->lost_now))
		return -errno;
	for (cpu = 0; cpu < buffer->cpus; cpu++) {
		__u64 count = buffer->lost_now[cpu] - buffer->lost_told[cpu];

		buffer->lost_told[cpu] = buffer->lost_now[cpu];
		if (count)
			buffer->lost_fn(buffer->ctx, cpu, count);
	}
	return 0;
}

/* CPU by CPU until a callback ends it: perf_buffer__consume would go on with the other CPUs. */
static int consume_perf(struct bpf_buffer *buffer)
{
	int i, err = 0;

	for (i = 0; i < buffer->ready_count && !err; i++) {
		err = perf_buffer__consume_buffer(buffer->perf, i);
		if (!err)
			err = buffer->error;
	}
	return err;
}

int bpf_buffer__consume(struct bpf_buffer *buffer)
{
	int err;

	if (!is_open(buffer))
		return -EINVAL;
	buffer->samples = 0;
	buffer->error = 0;
	if (buffer->ring)
		err = ring_buffer__consume(buffer->ring);
	else
		err = consume_perf(buffer);
	if (err >= 0)
		err = tell_lost(buffer);
	return err < 0 ? err : buffer->samples;
}

int bpf_buffer__poll(struct bpf_buffer *buffer, int timeout_ms)
{
	if (!is_open(buffer))
		return -EINVAL;
	/* After an early end there may be samples of which the kernel has already told. */
	if (!buffer->error &&
	    epoll_wait(bpf_buffer__epoll_fd(buffer), buffer->ready, buffer->ready_count, timeout_ms) < 0)
		return -errno;
	return bpf_buffer__consume(buffer);
}

int bpf_buffer__epoll_fd(const struct bpf_buffer *buffer)
{
	if (!is_open(buffer))
		return -EINVAL;
	return buffer->ring ? ring_buffer__epoll_fd(buffer->ring) : perf_buffer__epoll_fd(buffer->perf);
}

void bpf_buffer__free(struct bpf_buffer *buffer)
{
	if (!buffer)
		return;
	close_buffer(buffer);
	free(buffer);
}
