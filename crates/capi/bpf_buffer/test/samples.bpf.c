// SPDX-License-Identifier: MIT
/* Programs that are run by the test (BPF_PROG_TEST_RUN), with arguments as the raw tracepoint's. */
#include <linux/bpf.h>

#include "../bpf_buffer.bpf.h"
#include "samples.h"

static __always_inline void fill(struct sample *sample, __u64 number)
{
	int i;

	sample->number = number;
#pragma unroll
	for (i = 0; i < sizeof(sample->payload); i++)
		sample->payload[i] = number + i;
}

/* args: the number, how many bytes of the sample. */
SEC("raw_tp")
int send(struct bpf_raw_tracepoint_args *ctx)
{
	struct sample *sample = reserve_buf(sizeof(*sample));

	if (!sample)
		return 0;
	fill(sample, ctx->args[0]);
	submit_buf(ctx, sample, ctx->args[1]);
	return 0;
}

/* args: the number. */
SEC("raw_tp")
int send_large(struct bpf_raw_tracepoint_args *ctx)
{
	struct large_sample *sample = reserve_buf(sizeof(*sample));
	int i;

	if (!sample)
		return 0;
	sample->number = ctx->args[0];
	for (i = 0; i < LARGE_PAYLOAD; i++)
		sample->payload[i] = sample->number + i;
	submit_buf(ctx, sample, sizeof(*sample));
	return 0;
}

/* args: the number. Reserves and discards, then sends. */
SEC("raw_tp")
int discard_and_send(struct bpf_raw_tracepoint_args *ctx)
{
	struct sample *sample = reserve_buf(sizeof(*sample));

	if (!sample)
		return 0;
	sample->number = 0;
	discard_buf(sample);

	sample = reserve_buf(sizeof(*sample));
	if (!sample)
		return 0;
	fill(sample, ctx->args[0]);
	submit_buf(ctx, sample, sizeof(*sample));
	return 0;
}

/* args: the number. As when one program interrupts another that has a sample in the making. */
SEC("raw_tp")
int send_two_at_once(struct bpf_raw_tracepoint_args *ctx)
{
	struct sample *outer = reserve_buf(sizeof(*outer)), *inner;

	if (!outer)
		return 0;
	fill(outer, ctx->args[0]);
	inner = reserve_buf(sizeof(*inner));
	if (inner) {
		fill(inner, ctx->args[0] + 1);
		submit_buf(ctx, inner, sizeof(*inner));
	}
	submit_buf(ctx, outer, sizeof(*outer));
	return 0;
}

/* args: the size that a record without a sample claims to have. */
SEC("raw_tp")
int send_by_hand(struct bpf_raw_tracepoint_args *ctx)
{
	struct bpf_buffer_record record = { .size = ctx->args[0] };

	if (bpf_buffer_is_ring())
		bpf_ringbuf_output(&events, &record, sizeof(record), 0);
	else
		bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, &record.size, sizeof(record.size));
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
