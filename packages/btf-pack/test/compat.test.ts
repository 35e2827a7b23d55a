// BTF for libbpf before 1.0: `--btf-compat`. An object's own BTF serves as that of a kernel with just its types; that of
// `enums` has enums of 64 bits.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { openPack, parseBtf } from '@bpfc/core';
import { expect, test } from 'vitest';
import { btfPack, object, packJson, scratch } from './support.js';

const LOST = 'hmm_pfn_flags: without HMM_PFN_VALID = 9223372036854775808, which does not fit 32 bits';

function kinds(bytes: Uint8Array): string[] {
  using btf = parseBtf(bytes);
  return Array.from(btf.types(), ({ kind }) => kind);
}

/** A folder of kernels of these releases. */
async function kernelsOf(releases: readonly string[]): Promise<string> {
  const folder = await scratch();
  using btf = parseBtf(await readFile(object('enums')));
  for (const release of releases) {
    const file = join(folder, 'debian/12/x86_64', `${release}.btf`);
    await mkdir(dirname(file), { recursive: true });
    // The files are not equal, the BTFs are: bytes behind the strings belong to neither.
    await writeFile(file, Buffer.concat([btf.bytes(), Buffer.alloc(release.length)]));
  }
  return folder;
}

test('trim writes no kind that old libbpf does not know, and warns of what is lost', async () => {
  const out = join(await scratch(), 'min.btf');
  const args = ['trim', object('enums'), out, object('enums')];
  expect(await btfPack(args)).toMatchObject({ status: 0, stdout: '', stderr: '' });
  expect(kinds(await readFile(out))).toContain('enum64');
  const run = await btfPack([...args, '--btf-compat']);
  expect(run).toMatchObject({ status: 0, stdout: '' });
  expect(run.stderr).toContain(`btf-pack: warning: lost with --btf-compat: ${LOST}\n`);
  expect(kinds(await readFile(out))).not.toContain('enum64');
});

test('the summary of a pack says once what is lost, and --json on which kernels, also where BTFs are equal', async () => {
  const from = await kernelsOf(['6.1.0-47', '6.1.0']);
  const out = join(await scratch(), 'out.tar');
  const args = [object('enums'), '--from', from, '-o', out];
  expect((await packJson(args)).lost).toEqual([]);
  const { lost, totals } = await packJson([...args, '--btf-compat']);
  expect(totals).toMatchObject({ kernels: 2, differentBtfs: 1 });
  expect(lost).toContainEqual({
    type: 'hmm_pfn_flags',
    change: 'left_out',
    enumerator: 'HMM_PFN_VALID',
    value: '9223372036854775808',
    kernels: ['6.1.0-47', '6.1.0'].map((release) => `btfhub-archive/debian/12/x86_64/${release}.btf`),
  });
  using pack = openPack(await readFile(out));
  for (const entry of pack.identities())
    expect(kinds(pack.read(entry) ?? new Uint8Array())).not.toContain('enum64');
  const { stdout } = await btfPack(['pack', ...args, '--btf-compat']);
  expect(stdout.split('lost with --btf-compat:\n')[1]?.split('\n')).toContain(`  ${LOST} (2 kernels)`);
});
