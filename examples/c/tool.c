// SPDX-License-Identifier: MIT
#include "tool.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <btf_core.h>

static struct {
	bool verbose;
	unsigned long count;
	unsigned long seconds;
} options;

static volatile sig_atomic_t signalled;
static unsigned long printed;
static time_t end;

static error_t parse_option(int key, char *text, struct argp_state *state)
{
	switch (key) {
	case 'n':
		options.count = tool_number(text, state);
		return 0;
	case 's':
		options.seconds = tool_number(text, state);
		return 0;
	case 'v':
		options.verbose = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option option_list[] = {
	{ "count", 'n', "N", 0, "Stop after N events", 1 },
	{ "seconds", 's', "SECONDS", 0, "Stop after this time", 1 },
	{ "verbose", 'v', NULL, 0, "Tell which BTF is used, and what libbpf says", 1 },
	{},
};

static const struct argp argp = { .options = option_list, .parser = parse_option };
const struct argp_child tool_arguments[] = { { .argp = &argp }, {} };

unsigned long tool_number(const char *text, struct argp_state *state)
{
	char *rest;
	unsigned long number;

	errno = 0;
	number = strtoul(text, &rest, 10);
	if (errno || rest == text || *rest || *text == '-' || number > UINT_MAX)
		argp_error(state, "'%s' is not a number", text);
	return number;
}

int tool_failure(const char *what, int err)
{
	char text[128];

	libbpf_strerror(err, text, sizeof(text));
	fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what, text);
	return EXIT_FAILURE;
}

static int print_libbpf(enum libbpf_print_level level, const char *format, va_list args)
{
	if (!options.verbose || level == LIBBPF_DEBUG)
		return 0;
	return vfprintf(stderr, format, args);
}

bool tool_find_btf(struct bpf_object_open_opts *open_options)
{
	libbpf_set_print(print_libbpf);
	if (ensure_core_btf(open_options)) {
		fprintf(stderr, "%s: no BTF for this kernel: %s\n", program_invocation_short_name,
			bpf_compatible_strerror());
		return false;
	}
	if (options.verbose)
		fprintf(stderr, "BTF: %s\n", bpf_compatible_explain());
	return true;
}

static time_t seconds_since_boot(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

static void on_signal(int number)
{
	(void)number;
	signalled = true;
}

void tool_start(void)
{
	struct sigaction action = { .sa_handler = on_signal };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	/* Each line at once, also into a pipe. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	end = seconds_since_boot() + options.seconds;
}

bool tool_is_done(void)
{
	return signalled || (options.count && printed >= options.count) ||
	       (options.seconds && seconds_since_boot() >= end);
}

void tool_printed(void)
{
	printed++;
}

const char *tool_clock(void)
{
	static char text[16];
	time_t now = time(NULL);

	strftime(text, sizeof(text), "%H:%M:%S", localtime(&now));
	return text;
}

void tool_print_text(const char *text, size_t size)
{
	size_t i;

	for (i = 0; i < size && text[i]; i++) {
		unsigned char byte = text[i];

		if (byte < ' ' || byte == 0x7f)
			printf("\\x%02x", byte);
		else
			putchar(byte);
	}
}
