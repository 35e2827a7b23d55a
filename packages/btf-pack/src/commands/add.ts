import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Identity, identityOfPath, parseBtf } from '@bpfc/core';
import type { FoundKernel } from '@bpfc/image';
import type { Command } from 'commander';
import { cacheFolder } from '../environment.js';
import { CliCode, CliError, inFile, inFileBy, io } from '../errors.js';
import { land } from '../land.js';
import { removeTemporary, scratchBeside } from '../output.js';
import { print } from '../print.js';

const AFTER = `
FILE is raw BTF or a .btf.tar.xz; a vmlinux; a vmlinuz, bzImage, Image or Image.gz; a .deb or RPM of a kernel image or of its
debug symbols; or \`live\`, the running kernel. Kernels that have types in debug symbols only need pahole 1.22 or later.
Modules' BTFs and the kernel's config come along from a package.

Which kernel it is, the input says, or --id does; where both do and differ, --force takes --id's word.

Environment:
  BTFHUB_CACHE  the cache (default: ~/.cache/eunomia/btfhub)

Examples:
  btf-pack add linux-image-6.1.0-47-amd64_6.1.170-3_amd64.deb
  btf-pack add Image --id ubuntu/20.04/aarch64/5.10.104-tegra
`;

interface AddOptions {
  id?: Identity;
  force?: boolean;
}

export function addAdd(program: Command): void {
  program
    .command('add')
    .description('add kernels of your own to the cache: images, packages, debug symbols')
    .argument('<FILE...>', 'kernels in any form, or `live`')
    .option('--id <ID/VERSION/ARCH/RELEASE>', 'which kernel it is', parseIdentity)
    .option('--force', 'believe --id where the input says something else')
    .addHelpText('after', AFTER)
    .action(add);
}

async function add(files: readonly string[], options: AddOptions): Promise<void> {
  if (options.id && files.length > 1) {
    throw new CliError(
      CliCode.usage,
      '--id names one kernel, and several files are given; add them one by one',
    );
  }
  const cache = cacheFolder();
  await io(CliCode.write, cache, () => mkdir(cache, { recursive: true }));
  for (const file of files) {
    const scratch = await scratchBeside(join(cache, 'add'));
    try {
      print(await addOne(file, cache, scratch, options));
    } finally {
      await removeTemporary(scratch);
    }
  }
}

/** Returns what there is to tell. */
async function addOne(
  file: string,
  cache: string,
  scratch: string,
  { id, force }: AddOptions,
): Promise<string> {
  // Loaded by this command alone: its module is larger than the core's.
  const { identify, readKernel } = await import('@bpfc/image');
  const { kernel, identity } = await inFileBy(file, scratch, async () => {
    const kernel = await readKernel(file, scratch);
    check(kernel);
    return { kernel, identity: identify(kernel.said, id, force) };
  });
  await land(cache, identity, kernel);
  const also = [
    kernel.modules.size > 0 && `${kernel.modules.size} modules`,
    kernel.config !== undefined && 'its config',
  ].filter(Boolean);
  const name = [identity.id, identity.version, identity.arch, identity.release].join('/');
  return `${name}: ${ORIGINS[kernel.origin]}${also.length > 0 ? `, with ${also.join(' and ')}` : ''}`;
}

const ORIGINS: Record<FoundKernel['origin'], string> = {
  image: "the kernel's own BTF",
  dwarf: 'BTF made of its debug symbols',
  btf: 'BTF as it was given',
  live: "the running kernel's BTF",
};

/** Types of modules are numbered on from those of their kernel: one that does not parse over it is another's. */
function check({ btf, modules }: FoundKernel): void {
  using base = parseBtf(btf);
  for (const [name, bytes] of modules) {
    inFile(`module ${name}`, () => parseBtf(bytes, { base }).free());
  }
}

function parseIdentity(text: string): Identity {
  const identity = identityOfPath(`${text}.btf`);
  if (!identity || text.split('/').length !== 4) {
    throw new CliError(
      CliCode.usage,
      `--id: ${text} is not ID/VERSION/ARCH/RELEASE, such as debian/12/x86_64/6.1.0-47-amd64`,
    );
  }
  return identity;
}
