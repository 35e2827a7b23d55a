import { describe, expect, test } from 'vitest';
import { parseObject, programOfPackage, sha256 } from '../dist/node.js';
import { object, objectNames } from './support.js';

function info(name: string, target: 'bpfel' | 'bpfeb' = 'bpfel') {
  using parsed = parseObject(object(name, target));
  return parsed.info();
}

test('an object says what it is', () => {
  const bytes = object('execsnoop');
  expect(info('execsnoop')).toMatchObject({
    endian: 'little',
    arch: null,
    license: expect.stringContaining('GPL'),
    size: bytes.length,
    sha256: sha256(bytes),
    notes: [],
  });
});

test('the objects together hold all 13 kinds of relocation', () => {
  const kinds = new Set(
    objectNames('bpfel').flatMap((name) => info(name).relocations.map(({ kind }) => kind)),
  );
  expect([...kinds].sort()).toEqual([
    'enumval_exists',
    'enumval_value',
    'field_byte_offset',
    'field_byte_size',
    'field_exists',
    'field_lshift_u64',
    'field_rshift_u64',
    'field_signed',
    'type_exists',
    'type_id_local',
    'type_id_target',
    'type_matches',
    'type_size',
  ]);
});

test.each([
  ['kprobe_arguments.x86', 'bpfel', 'x86_64'],
  ['kprobe_arguments.arm64', 'bpfel', 'aarch64'],
  ['kprobe_arguments.s390', 'bpfeb', 's390x'],
] as const)('%s proves its architecture by the registers it reads', (name, target, arch) => {
  expect(info(name, target)).toMatchObject({ arch, endian: target === 'bpfel' ? 'little' : 'big' });
});

test('no relocations is a note', () => {
  expect(info('no_core')).toMatchObject({ relocations: [], notes: [expect.stringContaining('relocation')] });
});

test('SEC("?...") programs are not loaded by themselves', () => {
  const { programs } = info('programs');
  expect(programs.filter(({ autoload }) => !autoload)).not.toEqual([]);
  expect(programs.filter(({ autoload }) => autoload)).not.toEqual([]);
});

describe('requirements', () => {
  const lines = (name: string, target: 'bpfel' | 'bpfeb') =>
    info(name, target).requirements.map(
      ({ program, kind, what, autoload }) => `${program} ${kind} ${what}${autoload ? '' : ' ?'}`,
    );

  test.each(['bpfel', 'bpfeb'] as const)('name what no pack serves, and the program (%s)', (target) => {
    expect(lines('requirements', target)).toEqual([
      'unlink_entry fentry do_unlinkat',
      'unlink_exit fexit do_unlinkat',
      'switched tp_btf sched_switch',
      'opened lsm file_open',
      'executed lsm bprm_committed_creds ?',
      'each_task iterator task',
      'reads_symbol ksym bpf_prog_active',
      'calls_kernel kfunc bpf_rcu_read_lock',
      'calls_helper helper get_current_task_btf',
      // libbpf wants the kernel's BTF for a typed symbol whether or not the program is loaded.
      'reads_another ksym vm_total_pages',
    ]);
    expect(lines('struct_ops', target)).toEqual([
      'ssthresh struct_ops ssthresh',
      'undo_cwnd struct_ops null ?',
      'null struct_ops steady',
    ]);
  });

  test('ids of kernel types are among them, though relocation answers these', () => {
    expect(lines('type_ids', 'bpfel')).toEqual([
      'ids type_id_target atomic_t',
      'ids type_id_target int',
      'ids type_id_target struct no_such_struct',
      'ids type_id_target struct task_struct',
    ]);
  });

  test.each(['execsnoop', 'bootstrap', 'programs', 'no_core'])('%s needs nothing of it', (name) => {
    expect(lines(name, 'bpfel')).toEqual([]);
  });
});

describe('packageJson', () => {
  test('holds the object, its size, and names it after the file', () => {
    const bytes = object('bootstrap');
    using parsed = parseObject(bytes);
    const { json } = parsed.packageJson('bootstrap.bpf.o');
    expect(JSON.parse(json)).toMatchObject({
      bpf_object_size: bytes.length,
      meta: { bpf_skel: { obj_name: 'bootstrap_bpf' } },
    });
    expect(programOfPackage(json)).toEqual(new Uint8Array(bytes));
  });

  test('that holds no object is an error with a code', () => {
    expect(() => programOfPackage('{}')).toThrow(
      expect.objectContaining({ name: 'BpfcError', code: expect.stringMatching(/^[A-Z]+_[A-Z_]+$/) }),
    );
  });
});
