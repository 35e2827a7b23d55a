// The summary of `pack` for people: functions that return text.
import type { Requirement } from '@bpfc/core';
import Table from 'cli-table3';
import type { Colors } from 'picocolors/types.js';
import { lostText } from './lost.js';
import type { BtfSize } from './sizes.js';
import { identityText } from './sources.js';
import type { PackedKernel, PackSummary, ProgramSummary, RefusedKernel } from './summary.js';

/** The summary for people. */
export function renderSummary(summary: PackSummary, colors: Colors): string {
  const blocks = [
    headline(summary, colors),
    kernelTable(summary, colors),
    summary.sizes ? renderSizes(summary.sizes) : '',
    facts(summary, colors),
    notes(summary),
    ...requirements(summary, colors),
    ...flaws(summary, colors),
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

function headline({ output, totals }: PackSummary, colors: Colors): string {
  const contents = `${output.packageJson ? 'package.json and ' : ''}${count(totals.kernels, 'kernel')}`;
  return `${colors.bold(output.path)}: ${contents}, ${size(output.bytes)}`;
}

/** One line for each distribution and architecture; an archive has thousands of kernels of a few dozen of these. */
function kernelTable({ kernels, totals }: PackSummary, colors: Colors): string {
  const groups = groupBy(kernels, ({ identity: { id, version, arch } }) => `${id}/${version}/${arch}`);
  const table = plainTable(['left', 'right', 'right', 'right', 'right']);
  table.push(['', 'kernels', 'different BTFs', 'bytes in', 'bytes out'].map((title) => colors.dim(title)));
  for (const [group, members] of groups) table.push([group, ...figures(members)]);
  if (groups.size > 1) table.push(['all', ...figures(kernels)].map((cell) => colors.bold(cell)));
  return totals.kernels > 0 ? trimLines(table.toString()) : '';
}

/** The different BTFs, the largest first: bytes, kernels, biggest types. */
export function renderSizes(sizes: readonly BtfSize[]): string {
  const table = plainTable(['left', 'right', 'right', 'left']);
  table.push(['', 'bytes', 'kernels', 'biggest types']);
  for (const { bytes, kernels, biggestTypes } of sizes) {
    const types = biggestTypes.map(({ type, bytes }) => `${type} ${bytes}`);
    table.push([kernels[0] ?? '', size(bytes), String(kernels.length), types.join(', ')]);
  }
  return trimLines(table.toString());
}

function figures(kernels: readonly PackedKernel[]): string[] {
  const sum = (value: (kernel: PackedKernel) => number) => kernels.reduce((all, k) => all + value(k), 0);
  return [
    String(kernels.length),
    String(new Set(kernels.map(({ sha256 }) => sha256)).size),
    size(sum(({ bytesIn }) => bytesIn)),
    size(sum(({ bytesOut }) => bytesOut)),
  ];
}

function facts(summary: PackSummary, colors: Colors): string {
  const table = plainTable(['left', 'left']);
  const row = (title: string, text: string) => table.push([colors.dim(title), text]);
  for (const { file, relocations, arch } of summary.programs) {
    row('program', `${file}: ${count(relocations, 'CO-RE relocation')}${arch ? `, for ${arch}` : ''}`);
  }
  row('kernels from', summary.origin);
  for (const [modules, kernels] of groupBy(summary.kernels, ({ modules }) => modules.join(', '))) {
    if (modules !== '') {
      row(
        'modules',
        `${modules} (${count(kernels.length, 'kernel')}): their types exist there, loaded or not`,
      );
    }
  }
  if (summary.aliases.length > 0) {
    row('aliases', `${summary.aliases.length}: second names, for readers that join os-release naively`);
  }
  row('time', `${(summary.milliseconds / 1000).toFixed(2)} s, ${count(summary.jobs, 'thread')}`);
  for (const { reason, kernels } of summary.leftOut) row('left out', `${kernels.length}: ${reason}`);
  const problems = summary.warnings.length + summary.broken.length;
  row('warnings', String(problems));
  return trimLines(table.toString());
}

function notes({ programs, notes }: PackSummary): string {
  const lines = programs.flatMap(({ file, notes }) => notes.map((note) => `note: ${file}: ${note}`));
  return [...lines, ...notes.map((note) => `note: ${note}`)].join('\n');
}

/** What no pack serves, said before the program meets such a kernel. */
function requirements({ programs }: PackSummary, colors: Colors): string[] {
  const isId = ({ kind }: Requirement) => kind === 'type_id_target';
  return [
    needs(programs, "needs the kernel's own BTF, which no pack replaces:", (it) => !isId(it), colors),
    needs(
      programs,
      "asks for ids of kernel types: they are ids in the trimmed BTF, not the running kernel's:",
      isId,
      colors,
    ),
  ];
}

function needs(
  programs: readonly ProgramSummary[],
  title: string,
  isMeant: (requirement: Requirement) => boolean,
  colors: Colors,
): string {
  const table = plainTable(['left', 'left']);
  for (const { file, optional, requirements } of programs) {
    const isOptional = ({ program }: Requirement) => program !== null && optional.includes(program);
    const of = (it: Requirement) =>
      `${it.program ?? 'the object'}${isOptional(it) ? ' (not loaded by default)' : ''}`;
    const what = (it: Requirement) =>
      `${nameOf(it)}${isOptional(it) && it.autoload ? ' whatever is loaded' : ''}`;
    for (const [program, needed] of groupBy(requirements.filter(isMeant), of)) {
      table.push([`  ${programs.length > 1 ? `${file}: ` : ''}${program}`, needed.map(what).join(', ')]);
    }
  }
  const counts = programs.some(({ requirements }) => requirements.some((it) => isMeant(it) && it.autoload));
  return table.length === 0 ? '' : `${counts ? colors.yellow(title) : title}\n${trimLines(table.toString())}`;
}

function nameOf({ kind, what }: Requirement): string {
  if (what === null) return kind;
  return kind === 'type_id_target' ? what : `${kind} (${what})`;
}

function flaws({ lost, warnings, broken, wouldNotLoad }: PackSummary, colors: Colors): string[] {
  const blocks: string[] = [];
  if (lost.length > 0) {
    const lines = lost.map((part) => `  ${lostText(part)} (${count(part.kernels.length, 'kernel')})`);
    blocks.push([colors.yellow('lost with --btf-compat:'), ...lines].join('\n'));
  }
  if (wouldNotLoad.length > 0) blocks.push(refusedKernels(wouldNotLoad, colors));
  if (broken.length > 0) {
    const lines = broken.map(({ source, code, message }) => `  ${source}: ${code}: ${message}`);
    blocks.push(
      [colors.yellow(`skipped, ${count(broken.length, 'broken entry', 'broken entries')}:`), ...lines].join(
        '\n',
      ),
    );
  }
  for (const { code, message } of warnings) blocks.push(`${colors.yellow('warning')}: ${code}: ${message}`);
  return blocks;
}

/** Grouped by what is wrong, which is mostly the same on many kernels. */
function refusedKernels(refused: readonly RefusedKernel[], colors: Colors): string {
  const kernels = new Set(refused.map(({ path }) => path)).size;
  const lines = [
    colors.yellow(
      `packed, but the program would not load on ${count(kernels, 'kernel')}, full BTF or trimmed:`,
    ),
  ];
  const groups = groupBy(
    refused,
    ({ program, failure }) => `  ${program}: ${failure.code}: ${failure.message}`,
  );
  for (const [problem, members] of groups) {
    lines.push(problem, ...members.map(({ identity }) => `    ${identityText(identity)}`));
  }
  return lines.join('\n');
}

function plainTable(colAligns: ('left' | 'right')[]) {
  const none = Object.fromEntries(
    [
      ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right'],
      ['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'],
    ].flatMap((names) => names.map((name) => [name, ''])),
  );
  return new Table({
    colAligns,
    chars: { ...none, middle: '  ' },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [] },
  });
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}

function trimLines(text: string): string {
  return text.replace(/ +$/gm, '');
}

function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}

/** `41.3 KB`: three digits, powers of 1000. */
export function size(bytes: number): string {
  const units = ['bytes', 'KB', 'MB', 'GB'];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toPrecision(3)} ${units[unit]}`;
}
