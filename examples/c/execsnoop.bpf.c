// SPDX-License-Identifier: MIT
/* Every execve and execveat with its arguments and its result, through a perf buffer. */
#include <stdbool.h>
#include <stddef.h>

#include "kernel.h"
#include "execsnoop.h"

/* Names the event's type in the object's BTF, from which other readers decode it. */
const struct event *exported_event __attribute__((unused));

const volatile bool with_failed = false;
const volatile bool filter_uid = false;
const volatile unsigned int wanted_uid = 0;
const volatile unsigned int max_arguments = MAX_ARGUMENTS;

static const struct event empty_event;

/* Calls that have not returned, by process: a thread that calls exec takes over the process's first thread. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1024);
	__type(key, int);
	__type(value, struct event);
} calls SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} events SEC(".maps");

/* Appends one argument; whether there is room for another. */
static __always_inline bool add_argument(struct event *event, const char *argument)
{
	unsigned int end = event->arguments_size;
	long size;

	if (end > ARGUMENTS_SIZE - ARGUMENT_SIZE)
		return false;
	size = bpf_probe_read_user_str(&event->arguments[end], ARGUMENT_SIZE, argument);
	if (size < 0 || size > ARGUMENT_SIZE)
		return false;
	event->arguments_size = end + size;
	return true;
}

static __always_inline int on_enter(const char *filename, const char *const *argv)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	int pid = bpf_get_current_pid_tgid() >> 32;
	unsigned int uid = bpf_get_current_uid_gid();
	const char *argument;
	struct event *event;
	unsigned int i;

	if (filter_uid && uid != wanted_uid)
		return 0;
	if (bpf_map_update_elem(&calls, &pid, &empty_event, BPF_NOEXIST))
		return 0;
	event = bpf_map_lookup_elem(&calls, &pid);
	if (!event)
		return 0;
	event->pid = pid;
	event->uid = uid;
	event->ppid = BPF_CORE_READ(task, real_parent, tgid);

	/* argv[0] may be anything, so what is told is the file; unless a descriptor stands for it (fexecve). */
	if (!add_argument(event, filename) || event->arguments_size == 1) {
		event->arguments_size = 0;
		if (!bpf_probe_read_user(&argument, sizeof(argument), &argv[0]))
			add_argument(event, argument);
	}
	/* Unrolled: kernels before 5.3 take no loops. */
#pragma unroll
	for (i = 1; i <= MAX_ARGUMENTS; i++) {
		if (bpf_probe_read_user(&argument, sizeof(argument), &argv[i]) || !argument)
			return 0;
		if (i >= max_arguments || !add_argument(event, argument)) {
			event->more = true;
			return 0;
		}
	}
	return 0;
}

static __always_inline int on_exit(void *ctx, long result)
{
	int pid = bpf_get_current_pid_tgid() >> 32;
	struct event *event = bpf_map_lookup_elem(&calls, &pid);
	__u64 size;

	if (!event)
		return 0;
	if (result == 0 || with_failed) {
		event->result = result;
		bpf_get_current_comm(event->comm, sizeof(event->comm));
		size = offsetof(struct event, arguments) + event->arguments_size;
		/* For the verifier. */
		if (size <= sizeof(*event))
			bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, event, size);
	}
	bpf_map_delete_elem(&calls, &pid);
	return 0;
}

SEC("tp/syscalls/sys_enter_execve")
int enter_execve(struct trace_event_raw_sys_enter *ctx)
{
	return on_enter((const char *)ctx->args[0], (const char *const *)ctx->args[1]);
}

SEC("tp/syscalls/sys_exit_execve")
int exit_execve(struct trace_event_raw_sys_exit *ctx)
{
	return on_exit(ctx, ctx->ret);
}

SEC("tp/syscalls/sys_enter_execveat")
int enter_execveat(struct trace_event_raw_sys_enter *ctx)
{
	return on_enter((const char *)ctx->args[1], (const char *const *)ctx->args[2]);
}

SEC("tp/syscalls/sys_exit_execveat")
int exit_execveat(struct trace_event_raw_sys_exit *ctx)
{
	return on_exit(ctx, ctx->ret);
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
