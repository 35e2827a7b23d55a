// Every hostile input of packages/fixtures ends in its code, and the instance lives on.
import { readFileSync } from 'node:fs';
import { type HostileInput, hostile } from '@bpfc/fixtures';
import { expect, test } from 'vitest';
import { openPack, parseBtf, parseObject, trim } from '../dist/node.js';
import { kernel, object } from './support.js';

const inputs: HostileInput[] = JSON.parse(readFileSync(new URL('hostile.json', hostile), 'utf8'));
const bytes = ({ file }: HostileInput) => readFileSync(new URL(file, hostile));

/** Read without complaint, and found out when it is relocated. */
const whenRelocated = ({ code }: HostileInput) => code.startsWith('RELO_');

/** Where libbpf would hang or crash the kernel is refused; where libbpf refuses, the report says so. */
const malformed = ({ as, code }: HostileInput) =>
  as === 'kernel' && ['RELO_CYCLE', 'RELO_CONTAINER', 'RELO_STEPS'].includes(code);

const READ = { kernel: parseBtf, object: parseObject, pack: openPack };

test.each(inputs.filter((input) => !whenRelocated(input)))('$file is $code', (input) => {
  using healthy = parseBtf(object('fields'));
  expect(() => READ[input.as](bytes(input))).toThrow(
    expect.objectContaining({
      name: 'BpfcError',
      code: input.code,
      message: expect.stringMatching(/\w+ \w+/),
    }),
  );
  expect(healthy.info().types).toBeGreaterThan(0);
});

const relocate = (input: HostileInput) =>
  trim({
    objects: [input.as === 'object' ? bytes(input) : object(input.with ?? '')],
    kernel: input.as === 'kernel' ? bytes(input) : kernel,
  });

test.each(inputs.filter(malformed))('$file is $code when it is trimmed', (input) => {
  expect(() => relocate(input)).toThrow(expect.objectContaining({ name: 'BpfcError', code: input.code }));
});

test.each(inputs.filter((input) => whenRelocated(input) && !malformed(input)))(
  '$file is reported as $code',
  (input) => {
    const { report } = relocate(input);
    expect(report.objects.map(({ error }) => error?.code)).toEqual([input.code]);
  },
);
