import { expect, test } from 'vitest';
import { parseBtf, parseObject, relocate, trim } from '../dist/node.js';
import { kernel, object, objectNames } from './support.js';

const POISON = '850000001023ad0b';

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

test('every relocation has its access in C terms, its source line and what became of it', () => {
  const { relocations, programs, error } = relocate(object('execsnoop'), kernel);
  expect(error).toBeNull();
  expect(relocations.length).toBeGreaterThan(0);
  for (const { access, source, verdict, candidates, old, new: now } of relocations) {
    expect(access).toMatch(/^struct \w+(\.\w+|\[\d+\])+$/);
    expect(source).toEqual({
      file: expect.stringMatching(/execsnoop\.bpf\.c$/),
      line: expect.any(Number),
      column: expect.any(Number),
      text: expect.any(String),
    });
    expect(['ok', 'changed']).toContain(verdict);
    expect(candidates[0]).toEqual({ id: expect.any(Number), type: access.split('.')[0] });
    expect(typeof old).toBe('bigint');
    expect(verdict === 'ok').toBe(old === now);
  }
  expect(programs.every(({ loaded, instructions }) => loaded && instructions.length % 8 === 0)).toBe(true);
});

test('what the kernel lacks is poison, or guarded where the program asks', () => {
  const { relocations, programs } = relocate(object('missing'), kernel, { autoload: 'all' });
  const verdicts = new Set(relocations.map(({ verdict }) => verdict));
  expect(verdicts).toContain('poison');
  expect(verdicts).toContain('guarded');
  expect(programs.some(({ instructions }) => hex(instructions).includes(POISON))).toBe(true);
  for (const outcome of relocations.filter(({ verdict }) => verdict === 'guarded')) {
    expect(outcome).toMatchObject({ new: 0n, candidates: [] });
  }
});

test('programs that libbpf does not load by itself are skipped, unless they are named', () => {
  const bytes = object('ambiguous_optional');
  const usual = relocate(bytes, kernel);
  const optional = usual.programs.filter(({ loaded }) => !loaded).map(({ name }) => name);
  expect(optional.length).toBeGreaterThan(0);
  const skipped = usual.relocations.filter(({ verdict }) => verdict === 'skipped');
  expect(new Set(skipped.map(({ program }) => program))).toEqual(new Set(optional));
  const named = relocate(bytes, kernel, { autoload: optional });
  expect(named.programs.filter(({ loaded }) => loaded).map(({ name }) => name)).toEqual(optional);
  expect(relocate(bytes, kernel, { autoload: 'all' }).programs.every(({ loaded }) => loaded)).toBe(true);
});

test('where libbpf refuses the object, the relocation has the reason', () => {
  const { relocations, error } = relocate(object('ambiguous'), kernel, { autoload: 'all' });
  const first = relocations.find(({ verdict }) => verdict === 'error');
  expect(error).toMatchObject({ code: first?.code, program: first?.program, offset: first?.offset });
  expect(first?.message).toMatch(/\w/);
});

test.each(objectNames('bpfel'))('%s has the same answers with the trimmed as with the full BTF', (name) => {
  using program = parseObject(object(name));
  using full = parseBtf(kernel);
  const { btf } = trim({ objects: [program], kernel });
  const answers = (against: Parameters<typeof relocate>[1]) => {
    const { relocations, error } = relocate(program, against, { autoload: 'all' });
    // Ids of types are numbers of the BTF at hand: whether there is one is what counts.
    const value = ({ kind, new: now }: (typeof relocations)[0]) =>
      kind === 'type_id_target' && now !== null ? now !== 0n : now;
    return { error, outcomes: relocations.map((outcome) => [outcome.verdict, value(outcome)]) };
  };
  expect(answers(btf)).toEqual(answers(full));
});
