/* SPDX-License-Identifier: MIT */
/* Samples from BPF programs: by ring buffer where the kernel can make one, else by perf buffer, with one interface.
 *
 *	struct tool_bpf *skel = tool_bpf__open();
 *	struct bpf_buffer *buffer = bpf_buffer__new(skel->obj, NULL);         // between open and load
 *	tool_bpf__load(skel);
 *	err = bpf_buffer__open(buffer, on_sample, on_lost, NULL);
 *	tool_bpf__attach(skel);
 *	while ((err = bpf_buffer__poll(buffer, 100)) >= 0 || err == -EINTR)
 *		;
 *	bpf_buffer__free(buffer);
 *	tool_bpf__destroy(skel);
 *
 * The programs include bpf_buffer.bpf.h. Needs libbpf 1.0 or later.
 *
 * Errors are negative errnos as returned here; a function that returns a pointer returns NULL and sets errno. Nothing
 * is written anywhere; libbpf's own warnings go where libbpf_set_print says. NULL is allowed wherever a pointer is; where
 * one is needed the answer is -EINVAL. A buffer is used by one thread at a time, and its functions are not called from its
 * own callbacks. */
#ifndef BPF_BUFFER_H
#define BPF_BUFFER_H

#include <stddef.h>
#include <linux/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct bpf_buffer;
struct bpf_object;

enum bpf_buffer_type {
	/* In options only: a ring buffer where creating one succeeds, else a perf buffer. */
	BPF_BUFFER_AUTO,
	BPF_BUFFER_RING,
	BPF_BUFFER_PERF,
};

/* Zero stands for the default. Declared with libbpf's LIBBPF_OPTS(bpf_buffer_opts, name, .field = value), which sets
 * `sz`; fields may be added at the end. */
struct bpf_buffer_opts {
	/* Size of this struct in bytes. */
	size_t sz;
	enum bpf_buffer_type type;
	/* The ring buffer's room in bytes, for all CPUs together; becomes a power of two of pages. Default 262144. */
	__u32 ring_bytes;
	/* The perf buffer's room in pages, for each CPU; a power of two. Default 64. */
	__u32 perf_pages;
};

/* A sample: `size` bytes, as many as were submitted, aligned to 8 bytes, valid until the callback returns; `cpu` is the CPU
 * on which the program ran. A negative return value ends the running poll or consume, which returns it; the sample
 * counts as consumed, those behind it wait for the next call. */
typedef int (*bpf_buffer_sample_fn)(void *ctx, int cpu, void *data, size_t size);

/* `count` samples of `cpu` did not get here, in addition to what was told before. The ring buffer's are told at the next
 * poll or consume; the perf buffer's when the next sample of that CPU finds room, for so the kernel does. */
typedef void (*bpf_buffer_lost_fn)(void *ctx, int cpu, __u64 count);

/* Chooses for `object`, which is open and not yet loaded, and sets its maps and its flag accordingly. The object stays
 * the caller's and must outlive the buffer; `options` may be NULL. The result is freed by bpf_buffer__free.
 *
 * errno: EINVAL NULL, or options of a wrong size or with unknown values; ENOENT the object does not include
 * bpf_buffer.bpf.h; EBUSY it is loaded; EOPNOTSUPP a ring buffer is asked for and cannot be created; ENOMEM. */
struct bpf_buffer *bpf_buffer__new(struct bpf_object *object, const struct bpf_buffer_opts *options);

/* What was chosen: BPF_BUFFER_RING or BPF_BUFFER_PERF; of NULL, BPF_BUFFER_AUTO. */
enum bpf_buffer_type bpf_buffer__type(const struct bpf_buffer *buffer);

/* Maps the buffer, once the object is loaded and best before programs are attached. `lost` may be NULL; `ctx` is handed to
 * both callbacks. After an error it may be called again.
 *
 * -EINVAL no buffer or no sample callback, or perf_pages is no power of two; -EBUSY already open; -EBADF the object is
 * not loaded; -ENOMEM; or what the kernel says. */
int bpf_buffer__open(struct bpf_buffer *buffer, bpf_buffer_sample_fn sample, bpf_buffer_lost_fn lost, void *ctx);

/* Waits at most `timeout_ms` milliseconds (-1: for ever) for samples, and hands over all there are. Returns their number; 0
 * also where something woke it and nothing was left. -EINTR: a signal came while it waited. -EBADMSG: a record
 * that bpf_buffer.bpf.h did not write. -EINVAL: not open. Else what the callback or the kernel says. */
int bpf_buffer__poll(struct bpf_buffer *buffer, int timeout_ms);

/* Hands over all samples there are, without waiting; returns as bpf_buffer__poll. */
int bpf_buffer__consume(struct bpf_buffer *buffer);

/* A file descriptor that is readable when there are samples, for a poll loop of the caller's, who then calls
 * bpf_buffer__consume. It is the buffer's and not to be closed. -EINVAL: not open. */
int bpf_buffer__epoll_fd(const struct bpf_buffer *buffer);

/* Unmaps and frees the buffer, in whatever state. Does not touch the object. */
void bpf_buffer__free(struct bpf_buffer *buffer);

#ifdef __cplusplus
}
#endif

#endif
