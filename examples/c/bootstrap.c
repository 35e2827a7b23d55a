// SPDX-License-Identifier: MIT
/* Prints every process that starts and ends. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <btf_core.h>

#include "bootstrap.h"
#include "bootstrap.skel.h"
#include "tool.h"

#define POLL_MS 100

static unsigned long min_duration_ms;

static error_t parse_option(int key, char *text, struct argp_state *state)
{
	if (key != 'd')
		return ARGP_ERR_UNKNOWN;
	min_duration_ms = tool_number(text, state);
	return 0;
}

static const struct argp_option option_list[] = {
	{ "duration", 'd', "MS", 0, "Only exits, of processes that ran at least this long, in milliseconds", 0 },
	{},
};

static const struct argp argp = {
	.options = option_list,
	.parser = parse_option,
	.children = tool_arguments,
	.doc = "Prints every process that starts and ends."
	       "\v"
	       "Examples:\n"
	       "  bootstrap            all, until Ctrl-C\n"
	       "  bootstrap -d 1000    what ran for at least a second\n"
	       "  bootstrap -n 10      ten events",
};

static void print_header(void)
{
	printf("%-8s %-5s %-16s %-8s %-8s %s\n", "TIME", "EVENT", "COMM", "PID", "PPID", "FILENAME/EXIT CODE");
}

static void print_event(const struct event *event)
{
	printf("%s %-5s %-16.*s %-8d %-8d ", tool_clock(), event->kind == EVENT_EXEC ? "EXEC" : "EXIT", COMM_SIZE,
	       event->comm, event->pid, event->ppid);
	if (event->kind == EVENT_EXEC) {
		tool_print_text(event->filename, sizeof(event->filename));
	} else {
		printf("[%u]", event->exit_status);
		if (event->exit_signal)
			printf(" signal %u", event->exit_signal);
		if (event->duration_ns)
			printf(" (%llums)", event->duration_ns / 1000000);
	}
	putchar('\n');
}

static int on_sample(void *ctx, void *data, size_t size)
{
	(void)ctx;
	if (size >= sizeof(struct event) && !tool_is_done()) {
		print_event(data);
		tool_printed();
	}
	return 0;
}

static int run(struct bootstrap_bpf *skel)
{
	struct ring_buffer *buffer;
	int err;

	skel->rodata->min_duration_ns = min_duration_ms * 1000000ULL;
	err = bootstrap_bpf__load(skel);
	if (err)
		return tool_failure("cannot load the programs", err);
	buffer = ring_buffer__new(bpf_map__fd(skel->maps.events), on_sample, NULL, NULL);
	if (!buffer)
		return tool_failure("cannot open the ring buffer", errno);
	err = bootstrap_bpf__attach(skel);
	if (err) {
		ring_buffer__free(buffer);
		return tool_failure("cannot attach the programs", err);
	}

	tool_start();
	print_header();
	while (!tool_is_done()) {
		err = ring_buffer__poll(buffer, POLL_MS);
		if (err < 0 && err != -EINTR)
			break;
		err = 0;
	}
	ring_buffer__free(buffer);
	return err ? tool_failure("cannot read events", err) : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	LIBBPF_OPTS(bpf_object_open_opts, options);
	struct bootstrap_bpf *skel;
	int status;

	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	if (!tool_find_btf(&options))
		return EXIT_FAILURE;
	skel = bootstrap_bpf__open_opts(&options);
	status = skel ? run(skel) : tool_failure("cannot open the programs", errno);
	bootstrap_bpf__destroy(skel);
	clean_core_btf(&options);
	return status;
}
