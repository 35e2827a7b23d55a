import { expect, test } from 'vitest';
import { parseBtf, parseObject, Trimmer, trim } from '../dist/node.js';
import { kernel, object, objectNames } from './support.js';

test('a trimmed BTF is what the report says, and far smaller', () => {
  const { btf, report } = trim({ objects: [object('execsnoop')], kernel });
  using trimmed = parseBtf(btf);
  expect(trimmed.info()).toMatchObject({ size: report.bytesOut, types: report.types, endian: report.endian });
  expect(report.bytesOut).toBeLessThan(report.bytesIn / 100);
  expect(report.objects).toEqual([{ error: null, warnings: [] }]);
});

test('a Trimmer used for many kernels gives what trim gives, and objects may be freed once added', () => {
  using trimmer = new Trimmer();
  for (const name of ['execsnoop', 'bitfields']) {
    using parsed = parseObject(object(name));
    trimmer.add(parsed);
  }
  const once = trim({ objects: [object('execsnoop'), object('bitfields')], kernel });
  expect(trimmer.trim(kernel)).toEqual(once);
  expect(trimmer.trim(kernel)).toEqual(once);
});

test.each(objectNames('bpfel'))('trimming what was trimmed for %s changes nothing', (name) => {
  using trimmer = new Trimmer();
  using parsed = parseObject(object(name));
  trimmer.add(parsed);
  const once = trimmer.trim(kernel);
  const twice = trimmer.trim(once.btf);
  expect(Buffer.from(twice.btf).equals(once.btf)).toBe(true);
  expect(twice.report.objects).toEqual(once.report.objects);
});

test('where libbpf would refuse to load, the report says which relocation of which program', () => {
  const { report } = trim({ objects: [object('fields'), object('ambiguous')], kernel });
  expect(report.objects).toHaveLength(2);
  expect(report.objects[0]?.error).toBeNull();
  expect(report.objects[1]?.error).toMatchObject({
    code: expect.stringMatching(/^RELO_/),
    program: expect.any(String),
    offset: expect.any(Number),
  });
});

test('an object of the other byte order is RELO_ENDIAN', () => {
  expect(() => trim({ objects: [object('fields', 'bpfeb')], kernel })).toThrow(
    expect.objectContaining({ name: 'BpfcError', code: 'RELO_ENDIAN' }),
  );
});
