// Packs with the types of modules: `--modules DIR`.
import { cp, mkdir, readdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseBtf } from '@bpfc/core';
import { expect, test } from 'vitest';
import { btfPack, filesInTar, kernels, object, packJson, scratch } from './support.js';

const MODULES =
  process.env.BPFC_MODULES ?? fileURLToPath(new URL('../../../../shared/module-btf', import.meta.url));
const KERNEL = 'debian/12/x86_64/6.1.0-47-amd64';

/** `pack`, of the kernel whose modules are at hand. */
function packArguments(out: string, modules: string): string[] {
  return [object('modules'), '--from', kernels.from, '--kernels', KERNEL, '--modules', modules, '-o', out];
}

/** Names of the structs in the only BTF of a pack. */
async function structsIn(pack: string): Promise<string[]> {
  const files = [...(await filesInTar(pack))].filter(([path]) => path.endsWith('.btf'));
  expect(files).toHaveLength(1);
  using btf = parseBtf(files[0]?.[1] ?? new Uint8Array());
  const types = Array.from({ length: btf.info().types }, (_, index) => btf.type(index + 1));
  return types.flatMap((type) => (type?.kind === 'struct' && type.name !== '' ? [type.name] : []));
}

// Module BTFs lie beside the archive; without an archive only the running kernel is at hand.
if (kernels.archive) {
  test('types that the kernel lacks come from its modules, and the summary says from which', async () => {
    const out = `${await scratch()}/out.tar`;
    const summary = await packJson(packArguments(out, MODULES));
    expect(summary.kernels).toMatchObject([{ modules: ['ext4', 'kvm', 'nf_conntrack'] }]);
    expect(await structsIn(out)).toEqual(
      expect.arrayContaining(['ext4_inode_info', 'inode', 'kvm_lapic', 'nf_conn', 'nf_conn_acct']),
    );
    const run = await btfPack(['pack', ...packArguments(out, MODULES)]);
    expect(run.stdout).toMatch(/modules +ext4, kvm, nf_conntrack \(1 kernel\)/);
  });

  test('they are merged only on request', async () => {
    const out = `${await scratch()}/out.tar`;
    const summary = await packJson(
      packArguments(out, MODULES).filter((arg) => arg !== '--modules' && arg !== MODULES),
    );
    expect(summary.kernels).toMatchObject([{ modules: [] }]);
    expect(await structsIn(out)).not.toContain('ext4_inode_info');
  });

  test('a module that is none of this kernel is named, and the kernel is not packed', async () => {
    const folder = await scratch();
    await mkdir(`${folder}/${KERNEL}`, { recursive: true });
    await writeFile(`${folder}/${KERNEL}/broken.btf`, 'not BTF');
    const run = await btfPack(['pack', ...packArguments(`${folder}/out.tar`, folder)]);
    expect(run).toMatchObject({ status: 1 });
    expect(run.stderr).toMatch(/PACK_EMPTY.*\n.*BTF_MAGIC: module 1: /);
    expect(await readdir(folder)).toEqual(['debian']);
  });

  test('btf-pack.toml may name the folder', async () => {
    const folder = await scratch();
    await cp(object('modules'), `${folder}/tool.bpf.o`);
    await writeFile(`${folder}/btf-pack.toml`, `modules = '${MODULES}'\n`);
    const args = [`${folder}/tool.bpf.o`, '--from', kernels.from, '--kernels', KERNEL];
    const summary = await packJson([...args, '-o', `${folder}/out.tar`]);
    expect(summary.kernels[0]?.modules).toHaveLength(3);
  });
}

test('a folder that is not there is IO_READ', async () => {
  const folder = await scratch();
  const run = await btfPack(['pack', ...packArguments(`${folder}/out.tar`, `${folder}/none`)]);
  expect(run).toMatchObject({ status: 1 });
  expect(run.stderr).toMatch(/^btf-pack: IO_READ: .*none: no such file or folder\n$/);
});
