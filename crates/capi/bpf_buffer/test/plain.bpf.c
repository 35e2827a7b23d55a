// SPDX-License-Identifier: MIT
/* An object that knows nothing of bpf_buffer, though it has a map named as one of its. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} events SEC(".maps");

SEC("raw_tp")
int send(void *ctx)
{
	return bpf_ringbuf_output(&events, &ctx, 1, 0);
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
