import type { CoreRelocation, Identity, RelocationVerdict } from '@bpfc/core/slim';
import { describe, expect, test } from 'vitest';
import type { OpenFile } from '../../workspace/files.js';
import type { Kernel } from '../../workspace/sources.js';
import {
  countVerdicts,
  foldKernels,
  foldRelocations,
  isShown,
  type KernelAnswer,
  type Outcome,
  outcomesOf,
  summarise,
  unfold,
} from './fold.js';

const outcome = (verdict: RelocationVerdict, current: string | null = null): Outcome => ({
  ...{ verdict, code: null, message: null, old: '8', new: current, instead: null },
});
const ok = outcome('ok', '8');
const changed = outcome('changed', '16');
const further = outcome('changed', '24');
const poison = outcome('poison');

const answer = (...outcomes: Outcome[]): KernelAnswer => ({
  read: true,
  code: null,
  message: null,
  outcomes,
});

/** `ubuntu/20.04/x86_64/5.4.0-26` of a content; without slashes, a file that is called otherwise. */
function kernel(label: string, content: string, pack: OpenFile | null = null): Kernel {
  const [id, version, arch, release] = label.split('/');
  const identity = release ? ({ id, version, arch, release } as Identity) : null;
  return { key: label, label, source: { file: 1, path: null }, identity, content, size: 1, pack };
}

/** Releases of one distribution by contents. */
const releases = (contents: string) =>
  [...contents].map((content, at) => kernel(`ubuntu/20.04/x86_64/5.4.0-${at}`, content));

const answers = new Map([
  ['a', answer(ok, changed)],
  // Other bytes, equal outcomes.
  ['A', answer(ok, changed)],
  ['b', answer(ok, further)],
  ['x', { read: false, code: 'RELO_ENDIAN', message: 'the other byte order', outcomes: [] }],
  ['r', { ...answer(ok, changed), code: 'RELO_AMBIGUOUS', message: 'refused' }],
]);

const shape = (kernels: Kernel[]) => foldKernels(kernels, answers).map(({ kernels }) => kernels.length);

describe('kernels', () => {
  test('are one column while all outcomes are equal', () => {
    expect(shape(releases('aaAbba'))).toEqual([3, 2, 1]);
  });

  test('are none while they have no answer, or one that tells of no relocation', () => {
    expect(shape(releases('a?xA'))).toEqual([2]);
  });

  test('on which libbpf refuses the object are apart from those on which it does not', () => {
    expect(shape(releases('arra'))).toEqual([1, 2, 1]);
  });

  test.each([
    ['distribution', 'debian/20.04/x86_64/5.4.0'],
    ['version', 'ubuntu/22.04/x86_64/5.4.0'],
    ['machine', 'ubuntu/20.04/aarch64/5.4.0'],
    ['name that says neither', 'vmlinux'],
  ])('of another %s are another column', (_, label) => {
    expect(shape([kernel('ubuntu/20.04/x86_64/5.4.0', 'a'), kernel(label, 'a')])).toEqual([1, 1]);
  });

  test('of a pack are another column than whole ones', () => {
    const pack = {} as OpenFile;
    const label = 'ubuntu/20.04/x86_64/5.4.0';
    expect(shape([kernel(label, 'a'), kernel(label, 'a', pack)])).toEqual([1, 1]);
  });

  test('stand alone in the ranges that are unfolded', () => {
    const columns = foldKernels(releases('aabb'), answers);
    const first = unfold(columns, new Set([columns[0]?.range ?? '']));
    expect(first.map(({ kernels }) => kernels.length)).toEqual([1, 1, 2]);
    expect(first.map(({ key }) => key.replace(/^.*-/, ''))).toEqual(['0', '1', '2']);
    expect(unfold(columns, 'all')).toHaveLength(4);
  });
});

function relocation(program: string | null, access: string, line = 1): CoreRelocation {
  return {
    program,
    section: 'kprobe',
    offset: 8 * line,
    kind: 'field_byte_offset',
    type: 'struct sock',
    typeId: 3,
    access,
    expression: `struct sock.m${access}`,
    source: { file: '/src/Sock.bpf.c', line, column: 1, text: '' },
  };
}

const asked = [
  relocation('first', '0:1', 1),
  relocation('second', '0:1', 2),
  relocation('first', '0:1', 3),
  relocation('first', '0:2', 4),
  relocation('first', '0:1', 5),
];
/** On two kernels; the fifth relocation asks what the first does, but is guarded by another branch on the second. */
const columns = foldKernels(
  releases('12'),
  new Map([
    ['1', answer(ok, ok, ok, ok, ok)],
    ['2', answer(changed, changed, changed, ok, poison)],
  ]),
);

describe('relocations', () => {
  const rows = foldRelocations(asked, columns);

  test('come by program, and are one row where question and outcomes are equal', () => {
    expect(rows.map(({ positions }) => positions)).toEqual([[0, 2], [3], [4], [1]]);
  });

  test('are counted by verdict, each once', () => {
    expect(Object.fromEntries(countVerdicts(rows))).toEqual({ ok: 5, changed: 3, poison: 1 });
  });

  const shown = (filter: { verdicts?: RelocationVerdict[]; differs?: boolean; text?: string }) =>
    rows
      .filter((row) =>
        isShown(row, {
          verdicts: new Set(filter.verdicts),
          differs: filter.differs ?? false,
          text: filter.text ?? '',
        }),
      )
      .map(({ positions: [first] }) => first);

  test('are shown that have one of the verdicts asked for', () => {
    expect(shown({})).toEqual([0, 3, 4, 1]);
    expect(shown({ verdicts: ['poison'] })).toEqual([4]);
    expect(shown({ verdicts: ['poison', 'changed'] })).toEqual([0, 4, 1]);
  });

  test('are shown that differ between kernels', () => {
    expect(shown({ differs: true })).toEqual([0, 4, 1]);
  });

  test('are found by access, program and source file, whatever the case', () => {
    expect(shown({ text: 'M0:2' })).toEqual([3]);
    expect(shown({ text: 'second' })).toEqual([1]);
    expect(shown({ text: 'sock.bpf' })).toEqual([0, 3, 4, 1]);
    expect(shown({ text: 'inode' })).toEqual([]);
  });

  test('tell each outcome with its columns', () => {
    const [first] = rows;
    if (!first) throw new Error('no row');
    expect(
      outcomesOf(first, columns).map(({ outcome, columns }) => [outcome.verdict, columns.length]),
    ).toEqual([
      ['ok', 1],
      ['changed', 1],
    ]);
  });
});

test('the sum counts kernels, refusals and unread ones apart', () => {
  const summary = summarise(foldKernels(releases('aabr'), answers), 2);
  expect([summary.kernels, summary.relocates]).toEqual([6, 3]);
  expect([summary.having('changed'), summary.having('poison')]).toEqual([3, 0]);
});
