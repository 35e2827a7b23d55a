// BTF of a kernel's DWARF, made by the system's pahole as the kernel's own build does (scripts/Makefile.btf of Linux).
import { spawn } from 'node:child_process';
import { readFile, rm } from 'node:fs/promises';
import { BpfcError } from '@bpfc/core';
import { ImageCode } from './error.js';

/** The first that writes BTF into a file of its own (`--btf_encode_detached`), as major and minor number. */
const OLDEST = [1, 22] as const;

const INSTALL = 'install it: the package is called pahole, in older distributions dwarves';

/** What is kept of what pahole says. */
const MOST_TEXT = 2000;

/**
 * The types in the DWARF of `vmlinux`, as raw BTF.
 *
 * One thread: with several, pahole before 1.27 numbers types differently at each run.
 *
 * @param output - a path for pahole to write to
 * @throws BpfcError `PAHOLE_MISSING`, `PAHOLE_OLD`, `PAHOLE_FAILED`
 */
export async function btfOfDwarf(vmlinux: string, output: string): Promise<Uint8Array> {
  await checkVersion();
  const { status, text } = await run(['--btf_gen_floats', `--btf_encode_detached=${output}`, vmlinux]);
  try {
    // pahole ends well, and writes nothing, where there is no DWARF.
    const btf = status === 0 ? await readFile(output).catch(() => undefined) : undefined;
    if (!btf) {
      const said = text.trim() || 'it wrote nothing, and did not say why';
      throw new BpfcError(
        ImageCode.paholeFailed,
        `pahole made no BTF of the debug symbols: ${said}; try a newer pahole`,
      );
    }
    return btf;
  } finally {
    await rm(output, { force: true });
  }
}

async function checkVersion(): Promise<void> {
  const { text } = await run(['--version']);
  const [major = 0, minor = 0] = (/v?(\d+)\.(\d+)/.exec(text) ?? []).slice(1).map(Number);
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) {
    throw new BpfcError(
      ImageCode.paholeOld,
      `pahole ${text.trim()} is too old to make BTF of debug symbols; ${OLDEST.join('.')} or later does`,
    );
  }
}

/** Runs pahole; `text` is the end of what it says. */
async function run(args: readonly string[]): Promise<{ status: number | null; text: string }> {
  const child = spawn('pahole', args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text = (text + chunk).slice(-MOST_TEXT);
    });
  }
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) => reject(notStarted(error)));
    child.once('close', resolve);
  });
  return { status, text };
}

function notStarted(error: NodeJS.ErrnoException): BpfcError {
  const why = error.code === 'ENOENT' ? 'pahole is not installed' : `pahole does not start: ${error.message}`;
  return new BpfcError(
    ImageCode.paholeMissing,
    `the kernel has its types in debug symbols only, of which pahole makes BTF, and ${why}; ${INSTALL}`,
    { cause: error },
  );
}
