import { expect, test } from 'vitest';
import { askedFor } from './asked-for.js';

const TEXT = `struct task_struct {
	struct thread_info thread_info;
	int pid;
	unsigned int flags: 3;
	char comm[16];
	void (*handler)(int pid_of);
	struct pid *thread_pid;
};
`;

const found = (text: string, expression: string) =>
  askedFor(text, expression).map(({ start, end }) => {
    const line = text.slice(0, start).split('\n').length;
    return `${line}:${text.slice(start, end)}`;
  });

test('a member is marked where it is declared, not where its name is that of a type', () => {
  expect(found(TEXT, 'struct task_struct.pid')).toEqual(['3:pid']);
  expect(found(TEXT, 'struct task_struct.thread_info')).toEqual(['2:thread_info']);
});

test('a bitfield, an array and a pointer to a function are members as well', () => {
  expect(found(TEXT, 'struct task_struct___flavor.flags')).toEqual(['4:flags']);
  expect(found(TEXT, 'struct task_struct.comm[3]')).toEqual(['5:comm']);
  expect(found(TEXT, 'struct task_struct.handler')).toEqual(['6:handler']);
});

test('of a path, what the text declares of it is marked', () => {
  expect(found(TEXT, 'struct task_struct.thread_info.status')).toEqual(['2:thread_info']);
});

test('an enumerator is marked, with a value or without', () => {
  const text = 'enum bpf_func_id {\n\tBPF_FUNC_unspec = 0,\n\tBPF_FUNC_d_path = 147,\n};\n';
  expect(found(text, 'enum bpf_func_id::BPF_FUNC_d_path')).toEqual(['3:BPF_FUNC_d_path']);
});

test('nothing is marked of a type as a whole, or what is not there', () => {
  expect(found(TEXT, 'struct task_struct')).toEqual([]);
  expect(found(TEXT, 'struct task_struct.inode')).toEqual([]);
});
