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

// An object's own BTF serves as that of a kernel with just its types; this one has enums of 64 bits.
test('with compat the BTF has no kind that libbpf before 1.0 does not know, and what is lost is told', () => {
  const request = { objects: [object('enums')], kernel: object('enums') };
  const kinds = (bytes: Uint8Array) => {
    using btf = parseBtf(bytes);
    return Array.from(btf.types(), ({ kind }) => kind);
  };
  const plain = trim(request);
  expect(kinds(plain.btf)).toContain('enum64');
  expect(plain.report.lost).toEqual([]);
  const { btf, report } = trim({ ...request, compat: true });
  expect(kinds(btf)).not.toContain('enum64');
  expect(report.bytesOut).toBe(btf.length);
  expect(report).toEqual({ ...plain.report, bytesOut: btf.length, lost: report.lost });
  expect(report.lost).toContainEqual({
    id: expect.any(Number),
    type: 'hmm_pfn_flags',
    change: 'left_out',
    enumerator: 'HMM_PFN_VALID',
    value: String(1n << 63n),
  });
});
