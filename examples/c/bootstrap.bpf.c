// SPDX-License-Identifier: MIT
/* Start and end of every process, through a ring buffer (Linux 5.8 and later). */
#include "kernel.h"
#include "bootstrap.h"

/* Names the event's type in the object's BTF, from which other readers decode it. */
const struct event *exported_event __attribute__((unused));

const volatile unsigned long long min_duration_ns = 0;

/* When a process called exec, by pid; of those that run on, the oldest are forgotten. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, int);
	__type(value, __u64);
} started SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 * 1024);
} events SEC(".maps");

static __always_inline struct event *new_event(enum event_kind kind, int pid)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct event *event = bpf_ringbuf_reserve(&events, sizeof(*event), 0);

	if (!event)
		return 0;
	event->kind = kind;
	event->pid = pid;
	event->ppid = BPF_CORE_READ(task, real_parent, tgid);
	event->exit_status = 0;
	event->exit_signal = 0;
	event->duration_ns = 0;
	event->filename[0] = '\0';
	bpf_get_current_comm(event->comm, sizeof(event->comm));
	return event;
}

SEC("tp/sched/sched_process_exec")
int handle_exec(struct trace_event_raw_sched_process_exec *ctx)
{
	int pid = bpf_get_current_pid_tgid() >> 32;
	__u64 now = bpf_ktime_get_ns();
	struct event *event;

	bpf_map_update_elem(&started, &pid, &now, BPF_ANY);
	/* Whether it lasts long enough is known at its exit. */
	if (min_duration_ns)
		return 0;
	event = new_event(EVENT_EXEC, pid);
	if (!event)
		return 0;
	/* __data_loc: the low half is the offset from the context's start. */
	bpf_probe_read_kernel_str(event->filename, sizeof(event->filename),
				  (void *)ctx + (ctx->__data_loc_filename & 0xffff));
	bpf_ringbuf_submit(event, 0);
	return 0;
}

SEC("tp/sched/sched_process_exit")
int handle_exit(void *ctx)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	__u64 id = bpf_get_current_pid_tgid(), *start, duration_ns = 0;
	int pid = id >> 32;
	struct event *event;
	int code;

	/* A thread of the process, and not its first. */
	if (pid != (int)id)
		return 0;
	start = bpf_map_lookup_elem(&started, &pid);
	if (start) {
		duration_ns = bpf_ktime_get_ns() - *start;
		bpf_map_delete_elem(&started, &pid);
	}
	if (duration_ns < min_duration_ns)
		return 0;
	event = new_event(EVENT_EXIT, pid);
	if (!event)
		return 0;
	event->duration_ns = duration_ns;
	/* As wait(2) encodes it. */
	code = BPF_CORE_READ(task, exit_code);
	event->exit_status = (code >> 8) & 0xff;
	event->exit_signal = code & 0x7f;
	bpf_ringbuf_submit(event, 0);
	return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
