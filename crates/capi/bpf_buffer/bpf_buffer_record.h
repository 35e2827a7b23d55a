/* SPDX-License-Identifier: MIT */
/* What both sides of bpf_buffer must agree on. Included by bpf_buffer.c and bpf_buffer.bpf.h, not by their users. */
#ifndef BPF_BUFFER_RECORD_H
#define BPF_BUFFER_RECORD_H

/* Stands before every sample. The ring buffer carries it whole: its records tell no CPU. The perf buffer carries it
 * from `size` on, for the kernel pads perf samples and tells the CPU by itself; and its samples start 4 bytes after an
 * 8-byte boundary, those of the ring buffer on one, so that the sample itself is aligned to 8 bytes in both. */
struct bpf_buffer_record {
	/* The CPU that reserved the sample. */
	unsigned int cpu;
	/* Bytes of the sample: until it is submitted those reserved, then those submitted. */
	unsigned int size;
};

#endif
