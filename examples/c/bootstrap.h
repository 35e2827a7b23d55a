/* SPDX-License-Identifier: MIT */
/* What bootstrap.bpf.c hands to bootstrap.c. */
#ifndef BOOTSTRAP_H
#define BOOTSTRAP_H

#define COMM_SIZE 16
#define FILENAME_SIZE 128

enum event_kind {
	EVENT_EXEC,
	EVENT_EXIT,
};

struct event {
	unsigned int kind;
	int pid;
	int ppid;
	/* Of an exit: the status, and the signal that ended it or 0. */
	unsigned int exit_status;
	unsigned int exit_signal;
	/* Of an exit: nanoseconds since the exec, 0 if that was not seen. */
	unsigned long long duration_ns;
	char comm[COMM_SIZE];
	/* Of an exec: what was executed. */
	char filename[FILENAME_SIZE];
};

#endif
