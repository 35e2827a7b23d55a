/* SPDX-License-Identifier: MIT */
/* What the tools have in common: the kernel's BTF, when to stop, how to say what is wrong. */
#ifndef TOOL_H
#define TOOL_H

#include <argp.h>
#include <stdbool.h>

#include <bpf/libbpf.h>

/* The options of every tool (--count, --seconds, --verbose), as the children of its own argp. */
extern const struct argp_child tool_arguments[];

/* A number of a command line; ends the program with a message if it is none. */
unsigned long tool_number(const char *text, struct argp_state *state);

/* Says what failed and why in one line on stderr; `err` is libbpf's or errno's. Returns the exit status. */
int tool_failure(const char *what, int err);

/* Gives libbpf a BTF for this kernel: nothing to do where the kernel has its own, else the one of the pack that is linked
 * in. Where there is none, says so in one line on stderr and returns false. To be undone by clean_core_btf(options). */
bool tool_find_btf(struct bpf_object_open_opts *options);

/* From here on Ctrl-C and SIGTERM stop the tool instead of killing it, and the time of --seconds runs. */
void tool_start(void);

/* Whether a signal came, the time is over, or all events of --count are printed. */
bool tool_is_done(void);

/* One event more is printed. */
void tool_printed(void);

/* The time of day, as HH:MM:SS. */
const char *tool_clock(void);

/* Prints text from elsewhere with control characters as \xHH: a terminal obeys them. At most `size` bytes, or to a NUL. */
void tool_print_text(const char *text, size_t size);

#endif
