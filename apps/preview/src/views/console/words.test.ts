import { describe, expect, test } from 'vitest';
import { completions, parseLine } from './words.js';

const files = [
  'a.bpf.o',
  'ubuntu/20.04/x86_64/5.4.0-26-generic.btf.tar.xz',
  'ubuntu/18.04/x86_64/4.15.0-1.btf',
];
const words = (line: string) => parseLine(line, files).words;

describe('a line of the console', () => {
  test.each([
    ['inspect  a.bpf.o', ['inspect', 'a.bpf.o']],
    ["diff a b 'struct sock'", ['diff', 'a', 'b', 'struct sock']],
    ['diff a b "struct sock" x\\ y', ['diff', 'a', 'b', 'struct sock', 'x y']],
    ["say '' \"it's\"", ['say', '', "it's"]],
    ['', []],
  ])('%s', (line, expected) => expect(words(line)).toEqual(expected));

  test('names files by patterns, unless they are quoted or match none', () => {
    expect(words('--from ubuntu/*')).toEqual(['--from', files[2], files[1]]);
    expect(words('--kernels "ubuntu/*"')).toEqual(['--kernels', 'ubuntu/*']);
    expect(words('*.tar a.bpf.?')).toEqual(['*.tar', 'a.bpf.o']);
    // A dot is a dot.
    expect(words('a?bpf*o')).toEqual(['a.bpf.o']);
    expect(words('axbpf*o')).toEqual(['axbpf*o']);
  });

  test('puts what is printed into a file', () => {
    expect(parseLine('dump a.btf > vmlinux.h', files)).toEqual({
      words: ['dump', 'a.btf'],
      into: 'vmlinux.h',
    });
    expect(() => parseLine('dump a.btf >', files)).toThrow('one file');
    expect(() => parseLine('dump > a b', files)).toThrow('one file');
  });

  test('wants quotes to end', () => {
    expect(() => parseLine("diff 'struct sock", files)).toThrow("'");
  });

  test('is completed by commands and files', () => {
    expect(completions('ins', ['inspect', 'select'])).toEqual({ start: 0, words: ['inspect'] });
    expect(completions('inspect ub', files)).toEqual({ start: 8, words: [files[2], files[1]] });
    expect(completions('inspect ', ['a']).words).toEqual(['a']);
  });
});
