// Commands for what bpfc never does.
import binaryen from 'binaryen';

const IMPORTS = ['fd_read', 'fd_write']
  .map(
    (name) =>
      `(import "wasi_snapshot_preview1" "${name}" (func $${name} (param i32 i32 i32 i32) (result i32)))`,
  )
  .join('\n');

function compiled(text: string): Uint8Array {
  const module = binaryen.parseText(text);
  try {
    return module.emitBinary();
  } finally {
    module.dispose();
  }
}

/** A command that starts with these instructions, and has 32 bytes at 16 for what it reads and writes. */
const command = (body: string) =>
  compiled(`(module
    ${IMPORTS}
    (memory (export "memory") 1)
    (data (i32.const 0) "\\10\\00\\00\\00\\20\\00\\00\\00")
    (data (i32.const 16) "${'half-way'.padEnd(31)}\\n")
    (func $recurse (call $recurse))
    (func (export "_start") ${body}))`);

const write = (stream: number) =>
  `(drop (call $fd_write (i32.const ${stream}) (i32.const 0) (i32.const 1) (i32.const 8)))`;

/** Says where it is, and stops. */
export const traps = command(`${write(2)} (unreachable)`);

/** Says where it is, and then calls itself until there is no stack. */
export const overflows = command(`${write(2)} (call $recurse)`);

/** Writes the first bytes of its standard input, of which there are at most 32, to its standard output. */
export const echoes = command(`
  (drop (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 4)))
  ${write(1)}`);

/** Is no command. */
export const startless = compiled('(module (memory (export "memory") 1))');
