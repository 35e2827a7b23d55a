/* SPDX-License-Identifier: MIT */
/* What execsnoop.bpf.c hands to execsnoop.c. */
#ifndef EXECSNOOP_H
#define EXECSNOOP_H

#define COMM_SIZE 16
/* Bytes of one argument with its NUL, and the most arguments. */
#define ARGUMENT_SIZE 128
#define MAX_ARGUMENTS 20
#define ARGUMENTS_SIZE (ARGUMENT_SIZE * MAX_ARGUMENTS)

struct event {
	int pid;
	int ppid;
	unsigned int uid;
	/* What the system call returned: 0, or a negative errno. */
	int result;
	/* Whether there are more arguments than stand here. */
	unsigned int more;
	/* Bytes used of `arguments`, which stand one behind the other, each with its NUL. Only these are sent. */
	unsigned int arguments_size;
	char comm[COMM_SIZE];
	char arguments[ARGUMENTS_SIZE];
};

#endif
