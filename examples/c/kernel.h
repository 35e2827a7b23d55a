/* SPDX-License-Identifier: MIT */
/* The kernel's types, cut down to the members that the programs read. Where a member lies is looked up in the BTF of the
 * kernel that a program is loaded on, which is why a handful of lines stand for a vmlinux.h of 150,000. */
#ifndef KERNEL_H
#define KERNEL_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

#define __kernel_type __attribute__((preserve_access_index))

struct task_struct {
	int tgid;
	int exit_code;
	struct task_struct *real_parent;
} __kernel_type;

/* What tracepoints pass: syscalls/sys_enter_*, syscalls/sys_exit_*, sched/sched_process_exec. */
struct trace_event_raw_sys_enter {
	long id;
	unsigned long args[6];
} __kernel_type;

struct trace_event_raw_sys_exit {
	long id;
	long ret;
} __kernel_type;

struct trace_event_raw_sched_process_exec {
	__u32 __data_loc_filename;
} __kernel_type;

#endif
