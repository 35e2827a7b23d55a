// What libbpf makes of a BPF object on a kernel, without that kernel and without privileges.
//
// The program is linked with libbpf and stands between it and the kernel: `syscall()`, by which libbpf (`sys_bpf`) calls
// bpf(2), is wrapped at link time, every command succeeds with a dummy descriptor, and the instructions handed to
// BPF_PROG_LOAD are recorded. Two BTFs relocate an object alike if and only if the recorded instructions are equal.
// - The BTF under test is `bpf_object_open_opts.btf_custom_path`, so `bpf_object__relocate_core` looks nowhere else.
// - With modules it is the machine's own BTF instead, and BPF_BTF_GET_NEXT_ID and its like give out theirs.
// - Programs with an attach target in the kernel's own BTF (tracing, LSM, ...) become kprobes before the load, so
//   `libbpf_find_attach_btf_id` is not called, and struct_ops maps are not created. `btf__load_vmlinux_btf` is wrapped and
//   returns an empty BTF, so this machine's is never read: weak typed ksyms are absent, others refuse the object.
// - `bpf_object__load_progs` runs after all relocations: one failing program refuses the whole object, as for any loader.
// - What the relocations against maps, subprograms and kernel symbols write is zeroed (`mask`): it holds descriptors and
//   distances, nothing of the BTF. TYPE_ID_TARGET values are left as they are.
//
// Usage: `oracle` reads lines `MODE<tab>OBJECT<tab>BTF` (MODE: `default`, the object's own autoload set, or `all`), behind
// which module BTFs may follow, each `<tab>PATH`: then BTF is the machine's own, and the modules are loaded there. It answers each with one line of JSON: {"ok":true,"programs":[{"name":"..","insns":"<hex>"}]}, or
// {"ok":false,"stage":"request|open|load","errno":-22,"log":"libbpf's last warnings"}, or {"crash":SIGNAL}. Each request
// has a process of its own, since libbpf can crash or spin on hostile input (SIGXCPU after CPU_SECONDS).
// `oracle --time N MODE OBJECT BTF` opens and loads N times in one process and prints {"median_ns":..}.

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/bpf.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "btf.h"
#include "libbpf.h"

// Before 0.6 libbpf does not say its version.
#ifndef LIBBPF_MAJOR_VERSION
#define LIBBPF_MAJOR_VERSION 0
#endif

#if LIBBPF_MAJOR_VERSION < 1
#include "old/old.h"
#else
// Opens, or sets errno. Without `btf`, the machine's own is taken.
static struct bpf_object *open_object(const char *path, const char *btf)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .btf_custom_path = btf);

	return bpf_object__open_file(path, &opts);
}

static int load_object(struct bpf_object *object, const char *btf)
{
	(void)btf;
	return bpf_object__load(object);
}
#endif

// libbpf needs 0.1 s for the largest kernel BTFs (44 MB), about ten times that under qemu.
enum { CPU_SECONDS = 5 };

enum { MAX_MODULES = 16 };

struct request {
	bool all;
	const char *object;
	const char *btf;
	unsigned module_count;
	const char *modules[MAX_MODULES];
};

struct answer {
	int err;           // 0 or a negative errno
	const char *stage; // where it failed
};

// ---- The kernel that says yes --------------------------------------------------------------------------------------

// Every descriptor is a duplicate of one sparse file: libbpf maps data maps into memory (`bpf_object__populate_internal_map`).
static int dummy_file = -1;

// The object being loaded and where its programs go; NULL outside `load`.
static struct bpf_object *loading;
static FILE *recording;
static unsigned recorded;

static void record(const struct bpf_insn *insns, size_t count);

// A module's BTF as the kernel gives it out; its id is one more than its position.
struct module {
	char name[64];
	void *data;
	uint32_t size;
	int fd;
};

// Of the request at hand: the machine's own BTF, where there are modules, and these.
static const char *vmlinux;
static struct module modules[MAX_MODULES];
static unsigned module_count;

static long next_module(union bpf_attr *attr)
{
	if (attr->start_id < module_count) {
		attr->next_id = attr->start_id + 1;
		return 0;
	}
	errno = ENOENT;
	return -1;
}

static long open_module(const union bpf_attr *attr)
{
	if (attr->btf_id == 0 || attr->btf_id > module_count) {
		errno = ENOENT;
		return -1;
	}
	// libbpf takes none of the standard streams' numbers and would have it under another (`ensure_good_fd`).
	return modules[attr->btf_id - 1].fd = fcntl(dummy_file, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
}

// As the kernel's btf_get_info_by_fd: the size is always told, the bytes as far as there is room.
static long describe_module(const union bpf_attr *attr)
{
	struct bpf_btf_info *info = (void *)(uintptr_t)attr->info.info;

	for (unsigned i = 0; i < module_count; i++) {
		const struct module *module = &modules[i];

		if (module->fd != (int)attr->info.bpf_fd)
			continue;
		if (info->btf)
			memcpy((void *)(uintptr_t)info->btf, module->data,
			       module->size < info->btf_size ? module->size : info->btf_size);
		if (info->name)
			snprintf((char *)(uintptr_t)info->name, info->name_len, "%s", module->name);
		info->btf_size = module->size;
		info->kernel_btf = 1;
		info->id = i + 1;
		break;
	}
	return 0;
}

static long fake_bpf(enum bpf_cmd cmd, union bpf_attr *attr)
{
	switch (cmd) {
	case BPF_PROG_LOAD:
		record((const struct bpf_insn *)(uintptr_t)attr->insns, attr->insn_cnt);
		return dup(dummy_file);
	case BPF_MAP_CREATE:
	case BPF_BTF_LOAD:
	case BPF_LINK_CREATE:
	case BPF_RAW_TRACEPOINT_OPEN:
		return dup(dummy_file);
	case BPF_BTF_GET_NEXT_ID:
		return next_module(attr);
	case BPF_BTF_GET_FD_BY_ID:
		return open_module(attr);
	case BPF_OBJ_GET_INFO_BY_FD:
		return describe_module(attr);
	case BPF_OBJ_GET:
	case BPF_MAP_GET_FD_BY_ID:
	case BPF_PROG_GET_FD_BY_ID:
		errno = ENOENT;
		return -1;
	default:
		return 0;
	}
}

long __real_syscall(long number, ...);

long __wrap_syscall(long number, ...)
{
	va_list args;
	long a[6];

	// As in the C library: six arguments are passed on, however many there are.
	va_start(args, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(args, long);
	va_end(args);

	if (number == __NR_bpf)
		return fake_bpf((enum bpf_cmd)a[0], (union bpf_attr *)a[1]);
	return __real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

struct btf *__wrap_btf__load_vmlinux_btf(void)
{
	return vmlinux ? btf__parse(vmlinux, NULL) : btf__new_empty();
}

// ---- Recording -----------------------------------------------------------------------------------------------------

static void write_json_string(FILE *out, const char *text)
{
	fputc('"', out);
	for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
		if (*c == '"' || *c == '\\')
			fprintf(out, "\\%c", *c);
		else if (*c < 0x20 || *c >= 0x7f)
			fprintf(out, "\\u%04x", *c);
		else
			fputc(*c, out);
	}
	fputc('"', out);
}

static void mask(struct bpf_insn *insns, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct bpf_insn *insn = &insns[i];

		if (insn->code == (BPF_LD | BPF_IMM | BPF_DW)) {
			if (insn->src_reg != 0) {
				insn->imm = 0;
				if (i + 1 < count)
					insns[i + 1].imm = 0;
			}
			i++;
		} else if (insn->code == (BPF_JMP | BPF_CALL) && insn->src_reg == BPF_PSEUDO_CALL) {
			insn->imm = 0;
		}
	}
}

// libbpf's probes for kernel features load programs too; those of the object are known by their address.
static const char *program_name(const struct bpf_insn *insns)
{
	struct bpf_program *prog;

	if (!loading)
		return NULL;
	bpf_object__for_each_program(prog, loading) {
		if (bpf_program__insns(prog) == insns)
			return bpf_program__name(prog);
	}
	return NULL;
}

static void record(const struct bpf_insn *insns, size_t count)
{
	const char *name = program_name(insns);
	struct bpf_insn *masked;

	if (!name)
		return;
	masked = calloc(count, sizeof(*masked));
	if (!masked)
		abort();
	memcpy(masked, insns, count * sizeof(*masked));
	mask(masked, count);

	fprintf(recording, "%s{\"name\":", recorded++ ? "," : "");
	write_json_string(recording, name);
	fputs(",\"insns\":\"", recording);
	for (size_t i = 0; i < count * sizeof(*masked); i++)
		fprintf(recording, "%02x", ((const unsigned char *)masked)[i]);
	fputs("\"}", recording);
	free(masked);
}

// ---- libbpf's warnings: the last ones are kept ----------------------------------------------------------------------

static char warnings[4096];

static int keep_warning(enum libbpf_print_level level, const char *format, va_list args)
{
	char line[1024];
	size_t used = strlen(warnings), added;

	if (level != LIBBPF_WARN)
		return 0;
	vsnprintf(line, sizeof(line), format, args);
	added = strlen(line);
	while (used + added >= sizeof(warnings)) {
		const char *newline = strchr(warnings, '\n');
		size_t dropped = newline ? (size_t)(newline - warnings) + 1 : used;

		memmove(warnings, warnings + dropped, used - dropped + 1);
		used -= dropped;
	}
	memcpy(warnings + used, line, added + 1);
	return 0;
}

// ---- One load ------------------------------------------------------------------------------------------------------

static void prepare(struct bpf_object *object, bool all)
{
	struct bpf_program *prog;
	struct bpf_map *map;

	bpf_object__for_each_program(prog, object) {
		if (all)
			bpf_program__set_autoload(prog, true);
		switch (bpf_program__type(prog)) {
		case BPF_PROG_TYPE_TRACING:
		case BPF_PROG_TYPE_LSM:
		case BPF_PROG_TYPE_EXT:
		case BPF_PROG_TYPE_STRUCT_OPS:
			bpf_program__set_type(prog, BPF_PROG_TYPE_KPROBE);
			break;
		default:
			break;
		}
	}
	bpf_object__for_each_map(map, object) {
		// Nothing is looked up or pinned in this machine's bpffs.
		bpf_map__set_pin_path(map, NULL);
		if (bpf_map__type(map) == BPF_MAP_TYPE_STRUCT_OPS)
			bpf_map__set_autocreate(map, false);
	}
}

static void fail(const char *what)
{
	perror(what);
	exit(2);
}

static void read_module(const char *path, struct module *module)
{
	const char *slash = strrchr(path, '/');
	FILE *file = fopen(path, "r");
	long size;

	if (!file || fseek(file, 0, SEEK_END) != 0 || (size = ftell(file)) < 0)
		fail(path);
	rewind(file);
	module->data = malloc((size_t)size + 1);
	if (!module->data || fread(module->data, 1, (size_t)size, file) != (size_t)size)
		fail(path);
	fclose(file);
	module->size = (uint32_t)size;
	module->fd = -1;
	snprintf(module->name, sizeof(module->name), "%s", slash ? slash + 1 : path);
}

// Programs are written to `programs`, separated by commas.
static struct answer load(const struct request *request, FILE *programs)
{
	bool own = request->module_count > 0;
	const char *custom = own ? NULL : request->btf;
	struct bpf_object *object;
	struct answer answer = {};

	vmlinux = own ? request->btf : NULL;
	module_count = request->module_count;
	for (unsigned i = 0; i < module_count; i++)
		read_module(request->modules[i], &modules[i]);
	warnings[0] = '\0';
	recording = programs;
	recorded = 0;
	object = open_object(request->object, custom);
	if (!object)
		return (struct answer){ .err = -errno, .stage = "open" };

	prepare(object, request->all);
	loading = object;
	answer.err = load_object(object, custom);
	answer.stage = "load";
	loading = NULL;
	bpf_object__close(object);
	return answer;
}

static void answer_request(const struct request *request, FILE *out)
{
	char *programs = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&programs, &size);
	struct answer answer;

	if (!stream)
		abort();
	answer = load(request, stream);
	fclose(stream);
	if (answer.err) {
		fprintf(out, "{\"ok\":false,\"stage\":\"%s\",\"errno\":%d,\"log\":", answer.stage, answer.err);
		write_json_string(out, warnings);
		fputs("}\n", out);
	} else {
		fprintf(out, "{\"ok\":true,\"programs\":[%s]}\n", programs);
	}
	free(programs);
}

// ---- Requests ------------------------------------------------------------------------------------------------------

static bool parse_mode(const char *mode, struct request *request)
{
	request->all = strcmp(mode, "all") == 0;
	return request->all || strcmp(mode, "default") == 0;
}

static bool parse_request(char *line, struct request *request)
{
	char *mode = strsep(&line, "\t");

	request->object = strsep(&line, "\t");
	request->btf = strsep(&line, "\t");
	while (line && request->module_count < MAX_MODULES)
		request->modules[request->module_count++] = strsep(&line, "\t");
	return parse_mode(mode, request) && request->object && request->btf && !line;
}

// Copies what the child says to stdout; nothing of it if the child does not end by itself.
static void answer_in_child(const struct request *request)
{
	char *text = NULL, buffer[65536];
	size_t size = 0;
	FILE *collected = open_memstream(&text, &size);
	int ends[2], status;
	ssize_t got;
	pid_t child;

	if (!collected || pipe(ends) != 0)
		fail("oracle: pipe");
	child = fork();
	if (child < 0)
		fail("oracle: fork");
	if (child == 0) {
		struct rlimit cpu = { CPU_SECONDS, CPU_SECONDS + 1 }, core = { 0, 0 };
		FILE *out = fdopen(ends[1], "w");

		setrlimit(RLIMIT_CPU, &cpu);
		setrlimit(RLIMIT_CORE, &core);
		answer_request(request, out);
		fclose(out);
		_exit(0);
	}

	close(ends[1]);
	while ((got = read(ends[0], buffer, sizeof(buffer))) > 0)
		fwrite(buffer, 1, (size_t)got, collected);
	close(ends[0]);
	fclose(collected);
	if (waitpid(child, &status, 0) != child)
		fail("oracle: waitpid");
	if (WIFSIGNALED(status))
		printf("{\"crash\":%d}\n", WTERMSIG(status));
	else
		fwrite(text, 1, size, stdout);
	free(text);
}

static int serve(void)
{
	char *line = NULL;
	size_t capacity = 0;

	while (getline(&line, &capacity, stdin) > 0) {
		struct request request = {};

		line[strcspn(line, "\n")] = '\0';
		if (parse_request(line, &request))
			answer_in_child(&request);
		else
			puts("{\"ok\":false,\"stage\":\"request\",\"errno\":-22,\"log\":\"expected MODE<tab>OBJECT<tab>BTF[<tab>MODULE]...\"}");
		if (fflush(stdout) != 0)
			fail("oracle: stdout");
	}
	free(line);
	return 0;
}

// ---- Timing --------------------------------------------------------------------------------------------------------

static int compare_durations(const void *a, const void *b)
{
	const uint64_t *left = a, *right = b;

	return (*left > *right) - (*left < *right);
}

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static int measure(size_t times, const struct request *request)
{
	uint64_t *durations = calloc(times, sizeof(*durations));
	FILE *nowhere = fopen("/dev/null", "w");

	if (!durations || !nowhere)
		fail("oracle: --time");
	for (size_t i = 0; i < times; i++) {
		uint64_t start = now();
		struct answer answer = load(request, nowhere);

		durations[i] = now() - start;
		if (answer.err) {
			fprintf(stderr, "oracle: %s: %s\n%s", answer.stage, strerror(-answer.err), warnings);
			return 1;
		}
	}
	qsort(durations, times, sizeof(*durations), compare_durations);
	printf("{\"median_ns\":%" PRIu64 "}\n", durations[times / 2]);
	fclose(nowhere);
	free(durations);
	return 0;
}

int main(int argc, char **argv)
{
	dummy_file = memfd_create("oracle", MFD_CLOEXEC);
	if (dummy_file < 0 || ftruncate(dummy_file, (off_t)1 << 40) != 0)
		fail("oracle: memfd_create");
	libbpf_set_print(keep_warning);

	if (argc == 1)
		return serve();
	if (argc == 6 && strcmp(argv[1], "--time") == 0) {
		struct request request = { .object = argv[4], .btf = argv[5] };
		long times = strtol(argv[2], NULL, 10);

		if (times > 0 && parse_mode(argv[3], &request))
			return measure((size_t)times, &request);
	}
	fputs("usage: oracle < REQUESTS\n       oracle --time N default|all OBJECT BTF\n", stderr);
	return 2;
}
