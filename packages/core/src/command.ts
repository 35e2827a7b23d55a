/**
 * What the commands decide and say, but for files, threads and options: shared by `btf-pack` and the native `bpfc`. Made
 * for these two; it changes with them.
 *
 * @module
 */
import type * as raw from '../wasm/bpfc.js';
import type { Btf } from './btf.js';
import { type Bytes, toBytes } from './bytes.js';
import type { DiffNames } from './diff.js';
import { adopt, Handle, rawOf, use } from './handle.js';
import type { Identity, Layout } from './identity.js';
import type { Inspection, RelocationsOverKernels } from './inspect.js';
import { enter, instance } from './instance.js';
import type { Requirement } from './object.js';
import type { Pack, SystemNames } from './pack.js';
import type { LoadFailure, LostPart, TrimReport } from './trim.js';

/** What the machine says of itself. */
export interface System {
  /** The text of its os-release. */
  osRelease: string;
  /** As `uname -m` prints it. */
  machine: string;
  /** As `uname -r` prints it. */
  release: string;
  /** The folder that relative paths are in. */
  current: string;
}

/** An error as data. */
export interface Problem {
  code: string;
  message: string;
  /** Bytes into the input. */
  at?: number;
  value?: number | string;
}

/** What a pack is written as: `object` is ELF to be linked, `header` is C to be included. */
export type Container = 'tar' | 'tar.gz' | 'folder' | 'object' | 'header';

/** Where a pack goes. */
export interface Output {
  path: string;
  container: Container;
  layout: Layout;
}

/** The layouts, by name. */
export const LAYOUTS: readonly Layout[] = ['bpf-compatible', 'bcc', 'ig', 'flat'];

/**
 * The output at `path`, whose name says its form.
 *
 * @param isFolder - a folder is there already
 * @throws BpfcError `CLI_USAGE`: a name of no form, or one that the layout's reader does not take
 */
export function outputAt(path: string, isFolder: boolean, layout: Layout): Output {
  return JSON.parse(enter(instance(), (glue) => glue.outputAt(path, isFolder, layout)));
}

/** The name of an output for a program, where none is given. */
export function defaultOutput(program: string, layout: Layout): string {
  return enter(instance(), (glue) => glue.defaultOutput(program, layout));
}

/** @throws BpfcError `CLI_USAGE`: the output is one of the inputs */
export function refuseInputs(output: Output, inputs: readonly string[], system: System): void {
  const [o, i, s] = [output, inputs, system].map((value) => JSON.stringify(value)) as [
    string,
    string,
    string,
  ];
  enter(instance(), (glue) => glue.refuseInputs(o, i, s));
}

/** The programs of one command line, each once. */
export class Programs extends Handle {
  constructor() {
    super();
    adopt(this, (glue) => new glue.Programs());
  }

  /**
   * Adds the object in ecc's `package.json`, which goes into the pack as it is.
   *
   * @throws BpfcError with the file's name
   */
  addPackage(file: string, json: Bytes): void {
    const input = toBytes(json);
    use(this, (programs: raw.Programs) => programs.addPackage(file, input));
  }

  /**
   * Adds an object. One that is there already is the same program.
   *
   * @throws BpfcError with the file's name
   */
  add(file: string, bytes: Bytes): void {
    const input = toBytes(bytes);
    use(this, (programs: raw.Programs) => programs.add(file, input));
  }

  /**
   * Generates the `package.json` where none is given: for `main`, or for the only file.
   *
   * @param current - the folder that relative paths are in
   * @throws BpfcError `CLI_USAGE`: `main` is none of the files
   */
  generatePackage(main: string | undefined, current: string): void {
    use(this, (programs: raw.Programs) => programs.generatePackage(main, current));
  }

  /** The ELF files. */
  objects(): Uint8Array[] {
    return use(this, (programs: raw.Programs) =>
      Array.from({ length: programs.count() }, (_, position) => programs.bytes(position) ?? new Uint8Array()),
    );
  }

  /**
   * The architecture of a kernel of which nothing is known.
   *
   * @param machine - this one, as `uname -m` prints it
   * @throws BpfcError `OBJECT_MIX`: no machine runs all programs
   */
  assumedArch(machine: string): string {
    return use(this, (programs: raw.Programs) => programs.assumedArch(machine));
  }

  /** What is to be said of a kernel trimmed for them: what is lost, and which programs libbpf would refuse on it. */
  warnings(report: TrimReport): string[] {
    return JSON.parse(use(this, (programs: raw.Programs) => programs.warnings(JSON.stringify(report))));
  }

  /**
   * Checks the pack at `path`; the programs are simulated beside the one inside.
   *
   * @throws BpfcError what is no pack
   */
  verify(path: string, pack: Bytes): Verdict {
    return Verdict.of(this, path, pack);
  }
}

/** What is found out of a pack. Made by {@link Programs.verify}. */
export class Verdict extends Handle {
  private constructor() {
    super();
  }

  /** @internal */
  static of(programs: Programs, path: string, pack: Bytes): Verdict {
    const input = toBytes(pack);
    return adopt(new Verdict(), () => rawOf<raw.Programs>(programs).verify(path, input));
  }

  /** The JSON that is printed. */
  json(): string {
    return use(this, (verdict: raw.Verdict) => verdict.json());
  }

  /**
   * The text for people.
   *
   * @throws BpfcError `VERIFY_FAILED`, with everything that is wrong
   */
  text(): string {
    return use(this, (verdict: raw.Verdict) => verdict.text());
  }
}

/** One place where kernels' BTFs were looked for: a file, or a folder with every file below it. */
export interface Listing {
  /** As it was named. */
  path: string;
  folder: boolean;
  /** `running`: whether it is the running kernel's own BTF, by this or another path. */
  files: { file: string; running: boolean }[];
}

/** Which kernels were found. */
export class Found extends Handle {
  private constructor() {
    super();
  }

  /**
   * Among the places that were named.
   *
   * @param arch - of files whose path does not say
   * @throws BpfcError `SOURCE_EMPTY`: a folder without kernels
   */
  static among(listings: readonly Listing[], arch: string, system: System): Found {
    const [l, s] = [JSON.stringify(listings), JSON.stringify(system)];
    return adopt(new Found(), (glue) => glue.Found.among(l, arch, s));
  }

  /** In the cache; undefined when there are none. */
  static inCache(cache: Listing, arch: string, system: System): Found | undefined {
    const [l, s] = [JSON.stringify(cache), JSON.stringify(system)];
    const found = enter(instance(), (glue) => glue.Found.inCache(l, arch, s));
    return found && adopt(new Found(), () => found);
  }

  /**
   * The running kernel alone.
   *
   * @param cache - where else it was looked
   * @throws BpfcError `SOURCE_EMPTY`: it has no BTF
   */
  static running(hasBtf: boolean, cache: string, system: System): Found {
    const json = JSON.stringify(system);
    return adopt(new Found(), (glue) => glue.Found.running(hasBtf, cache, json));
  }
}

/**
 * The kernels of the places that were named, each with the name to call it by and its file: a file by its path, those of a
 * folder by `ID/VERSION/ARCH/RELEASE`.
 *
 * @throws BpfcError `SOURCE_EMPTY`: a folder without kernels
 */
export function kernelsNamed(
  listings: readonly Listing[],
  arch: string,
  system: System,
): [name: string, file: string][] {
  const [l, s] = [JSON.stringify(listings), JSON.stringify(system)];
  return JSON.parse(enter(instance(), (glue) => glue.kernelsNamed(l, arch, s)));
}

/** What `inspect` tells of the file of this name, as text for people. */
export function inspectionText(name: string, told: Inspection, colored: boolean): string {
  const json = JSON.stringify(told);
  return enter(instance(), (glue) => glue.inspectionText(name, json, colored));
}

/** A program's relocations over kernels, as text for people. */
export function againstText(told: RelocationsOverKernels, colored: boolean): string {
  const json = JSON.stringify(told);
  return enter(instance(), (glue) => glue.againstText(json, colored));
}

/** What differs, as text for people. */
export function diffText(
  old: Btf,
  current: Btf,
  types: readonly string[],
  colored: boolean,
  names: DiffNames,
): string {
  const other = rawOf<raw.Btf>(current);
  return use(old, (btf: raw.Btf) => btf.diffText(other, [...types], colored, names.old, names.new));
}

/** Which entry of a pack a machine gets, as text for people. */
export function selectionText(pack: Pack, system: SystemNames, nearest: boolean, colored: boolean): string {
  const { osRelease, machine, release } = system;
  return use(pack, (pack: raw.Pack) => pack.selectionText(osRelease, machine, release, nearest, colored));
}

/** Which entries a list of machines gets, as text for people. */
export function fleetText(pack: Pack, list: string, nearest: boolean, colored: boolean): string {
  return use(pack, (pack: raw.Pack) => pack.fleetText(list, nearest, colored));
}

/** What is asked of one run. */
export interface PackRequest {
  output: Output;
  /** Globs over ID/VERSION/ARCH/RELEASE; none: all kernels. */
  kernels: readonly string[];
  /** By either name; none: what the programs say. */
  archs: readonly string[];
  /** Fail, and write nothing, where an entry is broken or a program would not load. */
  strict: boolean;
  /** Add the names by which naive readers look for kernels. */
  aliases: boolean;
  /** The machine an object is linked for. */
  machine: string;
  /** Fail, and write nothing, where the output has more bytes. */
  maxSize?: number | undefined;
  /** Tell which kernels and types cost the bytes. */
  sizes: boolean;
  /** Threads. */
  jobs: number;
}

/** Module BTFs: every file below a folder, by its path relative to it. */
export interface ModuleFiles {
  folder: string;
  files: readonly string[];
}

/** A pack that is being made: first the kernels to be trimmed, then what becomes of each, then the pack. */
export class PackJob extends Handle {
  private constructor() {
    super();
  }

  /**
   * Chooses the kernels.
   *
   * @throws BpfcError `PACK_EMPTY`: none is wanted; `OBJECT_MIX`; `SOURCE_EMPTY`: no module
   */
  static plan(programs: Programs, found: Found, request: PackRequest, modules?: ModuleFiles): PackJob {
    const [p, f] = [rawOf<raw.Programs>(programs), rawOf<raw.Found>(found)];
    const [files, asked] = [JSON.stringify(modules?.files ?? []), JSON.stringify(request)];
    return adopt(new PackJob(), (glue) => glue.PackJob.plan(p, f, modules?.folder, files, asked));
  }

  /** The files to be trimmed. */
  kernels(): { kernel: string; modules: string[] }[] {
    const kernels: [string, string[]][] = JSON.parse(use(this, (job: raw.PackJob) => job.kernels()));
    return kernels.map(([kernel, modules]) => ({ kernel, modules }));
  }

  /** Takes the trimmed kernel at this position of {@link kernels}. */
  trimmed(position: number, { btf, report }: { btf: Uint8Array; report: TrimReport }): void {
    use(this, (job: raw.PackJob) => job.trimmed(position, btf, JSON.stringify(report)));
  }

  /** Takes why the kernel at this position of {@link kernels} cannot be trimmed. */
  failed(position: number, problem: Problem): void {
    use(this, (job: raw.PackJob) => job.failed(position, JSON.stringify(problem)));
  }

  /** Takes what the pack is to say, in `PROVENANCE.json`, of where its kernels come from. */
  provenance(json: Bytes): void {
    const input = toBytes(json);
    use(this, (job: raw.PackJob) => job.provenance(input));
  }

  /**
   * Makes the pack of what was trimmed.
   *
   * @throws BpfcError `PACK_STRICT`, `PACK_EMPTY`, `PACK_SIZE`, `PACK_DUPLICATE`, `CLI_USAGE`
   */
  finish(): Packed {
    return Packed.of(this);
  }
}

/** A pack that is ready to be put in place. Made by {@link PackJob.finish}. */
export class Packed extends Handle {
  private constructor() {
    super();
  }

  /** @internal */
  static of(job: PackJob): Packed {
    return adopt(new Packed(), () => rawOf<raw.PackJob>(job).finish());
  }

  /** The bytes of the file, or the files of the folder by path. */
  content(): Uint8Array | Map<string, Uint8Array> {
    return use(this, (packed: raw.Packed) => {
      const read = (path: string) => packed.read(path) ?? new Uint8Array();
      return packed.file() ?? new Map(packed.paths().map((path) => [path, read(path)]));
    });
  }

  /** The summary as JSON of a {@link PackSummary}, or as text for people, with colors or without. */
  summary(form: 'json' | 'colors' | 'plain', milliseconds: number): string {
    return use(this, (packed: raw.Packed) =>
      form === 'json' ? packed.json(milliseconds) : packed.text(milliseconds, form === 'colors'),
    );
  }
}

/** What `pack --json` prints. Sizes are bytes. */
export interface PackSummary {
  output: Output & {
    /** Of the file; of a folder, its files together. */
    bytes: number;
    /** Is there a package.json in it? */
    packageJson: boolean;
  };
  programs: ProgramSummary[];
  /** Where the kernels came from. */
  origin: string;
  kernels: PackedKernel[];
  /** Second names of packed kernels, for readers that join os-release naively. */
  aliases: { path: string; kernel: string }[];
  /** The different BTFs, the largest first. */
  sizes?: BtfSize[];
  totals: { kernels: number; differentBtfs: number; bytesIn: number; bytesOut: number };
  /** What `--btf-compat` could not keep, each once with its kernels; empty without it. */
  lost: (LostPart & { kernels: string[] })[];
  /** Kernels on which libbpf refuses a program, with the trimmed BTF as with the full one. They are packed. */
  wouldNotLoad: { path: string; identity: Identity; program: string; failure: LoadFailure }[];
  /** Entries that could not be read. They are not packed. */
  broken: (Problem & { source: string })[];
  /** Kernels that were found and not wanted. */
  leftOut: { reason: string; kernels: string[] }[];
  warnings: Problem[];
  /** What is to be known of the generated package.json. */
  notes: string[];
  /** Threads. */
  jobs: number;
  milliseconds: number;
}

export interface ProgramSummary {
  file: string;
  sha256: string;
  endian: 'little' | 'big';
  /** The architecture its types prove, or null. */
  arch: string | null;
  /** CO-RE relocations. */
  relocations: number;
  /** Names of the programs of `SEC("?...")`, which libbpf loads only when asked to. */
  optional: string[];
  /** What no pack serves: needs of the running kernel's own BTF, and ids of types in it. */
  requirements: Requirement[];
  notes: string[];
}

export interface PackedKernel {
  /** In the pack. */
  path: string;
  identity: Identity;
  /** The file it was read from. */
  source: string;
  /** Of the raw BTF. */
  bytesIn: number;
  /** Of the trimmed BTF. */
  bytesOut: number;
  /** Types kept. */
  types: number;
  /** Of the trimmed BTF. */
  sha256: string;
  /** Names of the modules whose types are in it. */
  modules: string[];
}

/** One of the different trimmed BTFs. */
export interface BtfSize {
  sha256: string;
  bytes: number;
  /** Paths of the kernels that have it. */
  kernels: string[];
  /** The largest first, names included. */
  biggestTypes: { type: string; bytes: number }[];
}
