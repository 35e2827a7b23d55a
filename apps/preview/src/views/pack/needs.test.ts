import type { Requirement } from '@bpfc/core/slim';
import { expect, test } from 'vitest';
import { isAnswered, needsOf } from './needs.js';

const need = (program: string | null, kind: Requirement['kind'], what: string | null, autoload = true) => ({
  program,
  kind,
  what,
  autoload,
});

test('needs are told by program, each once, those that count by default apart', () => {
  const all = [
    need('a', 'fentry', 'vfs_read'),
    need('a', 'kfunc', 'bpf_rcu_read_lock'),
    need('a', 'kfunc', 'bpf_rcu_read_lock'),
    need('b', 'lsm', 'file_open', false),
    need(null, 'struct_ops', 'steady'),
  ];
  expect(needsOf(all)).toEqual([
    {
      program: 'a',
      autoload: true,
      words: [
        "runs at the entry of the kernel's function vfs_read (fentry)",
        "calls the kernel's function bpf_rcu_read_lock (kfunc)",
      ],
    },
    { program: 'b', autoload: false, words: ['runs at the security hook file_open (lsm)'] },
    {
      program: null,
      autoload: true,
      words: ['is, or has, functions that the kernel calls: steady (struct_ops)'],
    },
  ]);
});

test('names are shown as they are, and where there is none it is said', () => {
  expect(needsOf([need('a', 'fentry', null)])[0]?.words).toEqual([
    "runs at the entry of the kernel's function that the loader names (fentry)",
  ]);
  expect(needsOf([need('a', 'ksym', 'x\u202ey')])[0]?.words[0]).toContain('x\\u{202e}y');
});

test('only ids of types are answered, by others', () => {
  expect([need('a', 'type_id_target', 'int'), need('a', 'fentry', 'x')].map(isAnswered)).toEqual([
    true,
    false,
  ]);
});
