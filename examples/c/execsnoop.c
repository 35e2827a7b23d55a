// SPDX-License-Identifier: MIT
/* Prints every program that is executed, with its arguments. */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <btf_core.h>

#include "execsnoop.h"
#include "execsnoop.skel.h"
#include "tool.h"

#define PERF_BUFFER_PAGES 64
#define POLL_MS 100

static struct {
	bool time;
	bool uid;
	bool failed;
	bool filter_uid;
	unsigned int wanted_uid;
	unsigned int max_arguments;
	const char *name;
} options = { .max_arguments = MAX_ARGUMENTS };

static error_t parse_option(int key, char *text, struct argp_state *state)
{
	switch (key) {
	case 'T':
		options.time = true;
		return 0;
	case 'U':
		options.uid = true;
		return 0;
	case 'x':
		options.failed = true;
		return 0;
	case 'u':
		options.filter_uid = true;
		options.wanted_uid = tool_number(text, state);
		return 0;
	case 'm':
		options.max_arguments = tool_number(text, state);
		if (options.max_arguments < 1 || options.max_arguments > MAX_ARGUMENTS)
			argp_error(state, "--max-args is 1 to %d", MAX_ARGUMENTS);
		return 0;
	case 'c':
		options.name = text;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option option_list[] = {
	{ "time", 'T', NULL, 0, "Print the time of day", 0 },
	{ "print-uid", 'U', NULL, 0, "Print the user's id", 0 },
	{ "fails", 'x', NULL, 0, "Also what could not be executed", 0 },
	{ "uid", 'u', "UID", 0, "Only of this user", 0 },
	{ "max-args", 'm', "N", 0, "At most so many words of a command (20)", 0 },
	{ "comm", 'c', "TEXT", 0, "Only where the new process's name has this in it", 0 },
	{},
};

static const struct argp argp = {
	.options = option_list,
	.parser = parse_option,
	.children = tool_arguments,
	.doc = "Prints every program that is executed, with its arguments."
	       "\v"
	       "Examples:\n"
	       "  execsnoop            all, until Ctrl-C\n"
	       "  execsnoop -x -T      also failed ones, with the time\n"
	       "  execsnoop -u 1000    of the user 1000\n"
	       "  execsnoop -n 10      ten events",
};

static void print_header(void)
{
	if (options.time)
		printf("%-8s ", "TIME");
	if (options.uid)
		printf("%-6s ", "UID");
	printf("%-16s %-8s %-8s %3s %s\n", "PCOMM", "PID", "PPID", "RET", "ARGS");
}

/* `arguments_size` bytes of arguments have come. */
static void print_event(const struct event *event, size_t arguments_size)
{
	const char *argument = event->arguments, *end = argument + arguments_size;

	if (options.time)
		printf("%-8s ", tool_clock());
	if (options.uid)
		printf("%-6u ", event->uid);
	printf("%-16.*s %-8d %-8d %3d", COMM_SIZE, event->comm, event->pid, event->ppid, event->result);
	while (argument < end) {
		size_t length = strnlen(argument, end - argument);

		putchar(' ');
		tool_print_text(argument, length);
		argument += length + 1;
	}
	puts(event->more ? " ..." : "");
}

static void on_sample(void *ctx, int cpu, void *data, __u32 size)
{
	const struct event *event = data;

	(void)ctx, (void)cpu;
	/* The kernel pads samples, so there may be a few bytes more. */
	if (size < offsetof(struct event, arguments) ||
	    size - offsetof(struct event, arguments) < event->arguments_size)
		return;
	if (options.name && !strstr(event->comm, options.name))
		return;
	if (!tool_is_done()) {
		print_event(event, event->arguments_size);
		tool_printed();
	}
}

static void on_lost(void *ctx, int cpu, __u64 count)
{
	(void)ctx;
	fprintf(stderr, "%s: lost %llu events on CPU %d\n", program_invocation_short_name, (unsigned long long)count, cpu);
}

static int run(struct execsnoop_bpf *skel)
{
	struct perf_buffer *buffer;
	int err;

	skel->rodata->with_failed = options.failed;
	skel->rodata->filter_uid = options.filter_uid;
	skel->rodata->wanted_uid = options.wanted_uid;
	skel->rodata->max_arguments = options.max_arguments;
	err = execsnoop_bpf__load(skel);
	if (err)
		return tool_failure("cannot load the programs", err);
	buffer = perf_buffer__new(bpf_map__fd(skel->maps.events), PERF_BUFFER_PAGES, on_sample, on_lost, NULL, NULL);
	if (!buffer)
		return tool_failure("cannot open the perf buffer", errno);
	err = execsnoop_bpf__attach(skel);
	if (err) {
		perf_buffer__free(buffer);
		return tool_failure("cannot attach the programs", err);
	}

	tool_start();
	print_header();
	while (!tool_is_done()) {
		err = perf_buffer__poll(buffer, POLL_MS);
		if (err < 0 && err != -EINTR)
			break;
		err = 0;
	}
	perf_buffer__free(buffer);
	return err ? tool_failure("cannot read events", err) : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	LIBBPF_OPTS(bpf_object_open_opts, open_options);
	struct execsnoop_bpf *skel;
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	if (!tool_find_btf(&open_options))
		return EXIT_FAILURE;
	skel = execsnoop_bpf__open_opts(&open_options);
	status = skel ? run(skel) : tool_failure("cannot open the programs", errno);
	execsnoop_bpf__destroy(skel);
	clean_core_btf(&open_options);
	return status;
}
