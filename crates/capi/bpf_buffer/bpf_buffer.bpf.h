/* SPDX-License-Identifier: MIT */
/* The BPF side of bpf_buffer: samples for user space, by ring buffer where the kernel has it, else by perf buffer.
 *
 *	#include "vmlinux.h"            // or <linux/bpf.h>: map types and integer types
 *	#include "bpf_buffer.bpf.h"
 *
 *	struct event *event = reserve_buf(sizeof(*event));
 *	if (!event)
 *		return 0;               // counted as lost
 *	event->pid = bpf_get_current_pid_tgid() >> 32;
 *	submit_buf(ctx, event, sizeof(*event));
 *
 * A program holds one sample at a time and submits or discards it on every path. Include this file once per object. As
 * compiled, the object is one for the perf buffer; bpf_buffer__new (bpf_buffer.h) makes it one for the ring buffer. */
#ifndef BPF_BUFFER_BPF_H
#define BPF_BUFFER_BPF_H

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#include "bpf_buffer_record.h"

/* The largest sample in bytes; may be defined before this file is included. The perf buffer's scratch has this size. */
#ifndef BPF_BUFFER_MAX_SAMPLE
#define BPF_BUFFER_MAX_SAMPLE 10240
#endif

/* A sample in the making, for the perf buffer. */
struct bpf_buffer_scratch {
	/* Whether a program has reserved it: another one that interrupts it must not write here. */
	__u64 held;
	struct bpf_buffer_record record;
	__u8 sample[BPF_BUFFER_MAX_SAMPLE];
};

_Static_assert(sizeof(struct bpf_buffer_scratch) <= 32768, "PCPU_MIN_UNIT_SIZE is the limit of per-CPU map values");

/* A perf buffer here; bpf_buffer__new gives it another type and size. */
struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct bpf_buffer_scratch);
} events_scratch SEC(".maps");

/* Samples that this side could not hand over and that no buffer counts, by CPU. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} events_lost SEC(".maps");

/* Whether `events` is a ring buffer. In a section of its own, so that user space finds it by the section's name. */
const volatile __u32 bpf_buffer_ring SEC(".rodata.bpf_buffer") = 0;

enum bpf_func_id___bpf_buffer {
	BPF_FUNC_ringbuf_reserve___bpf_buffer = 1,
};

enum {
	BPF_BUFFER_E2BIG = 7,
	BPF_BUFFER_ENOSPC = 28,
};

/* User space decides. The kernel's BTF only guards the calls of helpers that the kernel may not know: where it has
 * none, this is a constant 0 to the verifier, also to one that cannot see into .rodata (before 5.5) or on a kernel
 * without global data (before 5.2); so it is asked first. */
static __always_inline int bpf_buffer_is_ring(void)
{
	return bpf_core_enum_value_exists(enum bpf_func_id___bpf_buffer, BPF_FUNC_ringbuf_reserve___bpf_buffer) &&
	       bpf_buffer_ring;
}

static __always_inline void bpf_buffer_count_lost(void)
{
	__u32 key = 0;
	__u64 *lost = bpf_map_lookup_elem(&events_lost, &key);

	if (lost)
		__sync_fetch_and_add(lost, 1);
}

static __always_inline void *bpf_buffer_reserve(__u64 size)
{
	struct bpf_buffer_record *record;
	struct bpf_buffer_scratch *scratch;
	__u32 key = 0;

	if (bpf_buffer_is_ring()) {
		record = bpf_ringbuf_reserve(&events, sizeof(*record) + size, 0);
		if (record) {
			record->cpu = bpf_get_smp_processor_id();
			record->size = size;
			return record + 1;
		}
	} else {
		scratch = bpf_map_lookup_elem(&events_scratch, &key);
		if (scratch && !scratch->held) {
			scratch->held = 1;
			scratch->record.size = size;
			return scratch->sample;
		}
	}
	bpf_buffer_count_lost();
	return 0;
}

/* Room for a sample of `size` bytes (a constant, at most BPF_BUFFER_MAX_SAMPLE), aligned to 8 bytes and not cleared;
 * or NULL, which counts as one lost sample. */
#define reserve_buf(size)                                                                              \
	({                                                                                             \
		_Static_assert((size) <= BPF_BUFFER_MAX_SAMPLE, "larger than BPF_BUFFER_MAX_SAMPLE");   \
		bpf_buffer_reserve(size);                                                              \
	})

/* Gives back what reserve_buf gave, unsent. */
static __always_inline void discard_buf(void *sample)
{
	struct bpf_buffer_record *record = (struct bpf_buffer_record *)sample - 1;

	if (bpf_buffer_is_ring())
		bpf_ringbuf_discard(record, 0);
	else
		((struct bpf_buffer_scratch *)((void *)record - offsetof(struct bpf_buffer_scratch, record)))->held = 0;
}

/* Sends the first `size` bytes of what reserve_buf gave; `ctx` is the program's context. Returns 0, or a negative errno:
 * then the sample counts as lost. -E2BIG: `size` is more than was reserved. */
static __always_inline long submit_buf(void *ctx, void *sample, __u64 size)
{
	struct bpf_buffer_record *record = (struct bpf_buffer_record *)sample - 1;
	__u64 length = sizeof(record->size) + size;
	long err;

	if (size > record->size) {
		discard_buf(sample);
		bpf_buffer_count_lost();
		return -BPF_BUFFER_E2BIG;
	}
	record->size = size;
	if (bpf_buffer_is_ring()) {
		bpf_ringbuf_submit(record, 0);
		return 0;
	}
	/* Changes nothing: it shows the verifier a bound in the very register that is passed. A bound in C may be checked in
	 * another one, or before the register is spilled. */
	asm volatile("if %[length] <= %[most] goto +1; %[length] = %[most]"
		     : [length] "+r"(length)
		     : [most] "i"(sizeof(record->size) + BPF_BUFFER_MAX_SAMPLE));
	err = bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, &record->size, length);
	discard_buf(sample);
	/* A full buffer counts by itself (PERF_RECORD_LOST). Anything else, such as a CPU that came later, does not. */
	if (err && err != -BPF_BUFFER_ENOSPC)
		bpf_buffer_count_lost();
	return err;
}

#endif
