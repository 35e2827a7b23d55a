// The Pack view, held against what `btf-pack` prints of the same packs.
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Fleet, InspectedPack } from '@bpfc/core';
import { objects } from '@bpfc/fixtures';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Scratch } from './cli.js';
import { ARCHIVE, expectAccessible, Preview, pick, picture } from './page.js';

const NAME = 'execsnoop.tar';
const object = (name: string) => fileURLToPath(new URL(`bpfel/${name}.bpf.o`, objects));

let preview: Preview;
let scratch: Scratch;
let told: InspectedPack;
/** What `pack --json` says of kernels before they were trimmed. */
let packed: { kernels: { path: string; bytesIn: number; bytesOut: number }[] };
beforeAll(async () => {
  [preview, scratch] = await Promise.all([Preview.start(), Scratch.make()]);
  packed = await scratch.json('pack', object('execsnoop'), '--from', ARCHIVE, '-o', NAME);
  told = await scratch.json('inspect', NAME);
});
afterAll(async () => {
  await preview?.stop();
  await scratch?.remove();
});

/** Opens the pack of all kernels at an address below its view. */
async function openPack(rest = '', options = {}) {
  const opened = await preview.open(`#/pack/${NAME}${rest}`, options);
  await pick(opened.page, [scratch.path(NAME)]);
  await opened.page.getByRole('heading', { level: 1, name: NAME }).waitFor();
  return opened;
}

const tree = (page: Page) => page.getByRole('tree', { name: 'Kernels' });
const btfs = (page: Page) => page.getByRole('listbox', { name: 'Different BTFs' });
const oneSpace = (text: string | null) => (text ?? '').replace(/\s+/g, ' ').trim();

/** The item of a tree or list that has the focus, after some keys. */
async function active(page: Page, ...keys: string[]) {
  for (const key of keys) await page.keyboard.press(key);
  const id = await page.evaluate(() => document.activeElement?.getAttribute('aria-activedescendant'));
  const item = page.locator(`[id="${id}"]`);
  await item.waitFor();
  return item;
}

/** Every row of the tree from top to bottom, as a reader of the screen hears it by keys alone. */
async function walk(page: Page): Promise<string[]> {
  await tree(page).focus();
  const heard: string[] = [];
  let item = await active(page, 'Home');
  for (;;) {
    const [id, level, text] = await Promise.all([
      item.getAttribute('id'),
      item.getAttribute('aria-level'),
      item.textContent(),
    ]);
    heard.push(`${level} ${oneSpace(text).replace(/^[▸▾] ?/, '')}`);
    item = await active(page, 'ArrowDown');
    if ((await item.getAttribute('id')) === id) return heard;
  }
}

describe('the kernels of the archive', () => {
  test('are the 60 that are 12, in a tree as inspect tells them', async () => {
    expect([told.kernels, told.groups.length]).toEqual([60, 12]);
    const { page, complaints } = await openPack();
    const summary = page.getByRole('region', { name: 'Summary' });
    const [figures] = await summary.locator('.figures').allTextContents();
    expect(oneSpace(figures ?? '')).toContain('60 kernels 12 different BTFs 69.6 KB tar');
    await page.getByText(`SHA-256 ${told.sha256.slice(0, 12)}`).waitFor();

    const kernels = told.groups.flatMap(({ kernels }, at) =>
      kernels.map((kernel) => ({ ...kernel, btf: at + 1, sharing: kernels.length })),
    );
    const heard = await walk(page);
    for (const { release, btf, sharing } of kernels) {
      const shared = sharing > 1 ? `shared by ${sharing}` : 'its own';
      expect(heard).toContain(`4 ${release} BTF ${btf} ${shared} 313 bytes`);
    }
    expect(heard.filter((row) => row.startsWith('4 ')).length).toBe(60);
    expect(heard.filter((row) => !row.startsWith('4 '))).toEqual([
      '1 centos 4 kernels 1 BTF 1.25 KB',
      '2 8 4 kernels 1 BTF 1.25 KB',
      '3 x86_64 4 kernels 1 BTF 1.25 KB',
      '1 debian 30 kernels 8 BTFs 9.39 KB',
      '2 10 26 kernels 4 BTFs 8.14 KB',
      '3 x86_64 26 kernels 4 BTFs 8.14 KB',
      '2 12 4 kernels 4 BTFs 1.25 KB',
      '3 aarch64 1 kernel 1 BTF 313 bytes',
      '3 x86_64 3 kernels 3 BTFs 939 bytes',
      '1 ubuntu 26 kernels 3 BTFs 8.14 KB',
      '2 20.04 26 kernels 3 BTFs 8.14 KB',
      '3 x86_64 26 kernels 3 BTFs 8.14 KB',
    ]);
    // As people count, not as letters do.
    const place = (release: string) => heard.findIndex((row) => row.startsWith(`4 ${release} `));
    expect(place('4.18.0-80.7.1.el8_0.x86_64')).toBeLessThan(place('4.18.0-147.el8.x86_64'));
    expect(place('5.4.0-90-generic')).toBeLessThan(place('5.11.0-1028-gcp'));
    expect(complaints).toEqual([]);
  });

  test('share BTFs that are told as inspect groups them', async () => {
    const { page, complaints } = await openPack();
    await btfs(page).focus();
    for (const [at, { sha256, size, types, kernels }] of told.groups.entries()) {
      const row = await active(page, at === 0 ? 'Home' : 'ArrowDown');
      const text = oneSpace(await row.textContent());
      const many = kernels.length === 1 ? '1 kernel' : `${kernels.length} kernels`;
      expect(text).toContain(`BTF ${at + 1} ${many} ${size} bytes ${types} types ${sha256.slice(0, 12)}`);
      expect(text).toMatch(
        new RegExp(`${kernels[0]?.id}/${kernels[0]?.version}/${kernels[0]?.arch}: ${kernels.length}$`),
      );
      expect(await row.locator('.hash').getAttribute('title')).toBe(`SHA-256 ${sha256}`);
    }
    expect(complaints).toEqual([]);
  });

  test('are marked by the BTF that is chosen, and mark it', async () => {
    const { page, context, complaints } = await openPack();
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await btfs(page).focus();
    await active(page, 'Home', 'Enter');
    expect(page.url()).toMatch(/#\/pack\/execsnoop\.tar\?btf=1$/);
    await page.getByRole('checkbox', { name: 'only BTF 1' }).check();
    await page.getByText('22 of 60 kernels').waitFor();
    expect((await walk(page)).filter((row) => row.startsWith('4 ')).length).toBe(22);
    expect(await walk(page)).toContain('1 ubuntu ● 22 of 22 kernels 1 BTF 6.89 KB');
    await page.getByRole('button', { name: 'Copy the SHA-256 of BTF 1' }).click();
    await page.getByText('copied').waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(told.groups[0]?.sha256);
    await page.getByRole('checkbox', { name: 'only BTF 1' }).uncheck();

    await tree(page).focus();
    await active(page, 'Home');
    await tree(page).getByText('4.19.0-17-amd64', { exact: true }).click();
    expect(page.url()).toMatch(/\/debian%2F10%2Fx86_64%2F4\.19\.0-17-amd64$/);
    const chosen = btfs(page).getByRole('option', { selected: true });
    expect(oneSpace(await chosen.textContent())).toContain('BTF 2 10 kernels');
    expect(await tree(page).locator('.marked.kernel').count()).toBeGreaterThan(8);
    expect(complaints).toEqual([]);
  });

  test('have an address each, which opens the tree there', async () => {
    const { page, complaints } = await openPack('/ubuntu%2F20.04%2Fx86_64%2F5.4.0-90-generic');
    const selected = tree(page).getByRole('treeitem', { selected: true });
    expect(await selected.textContent()).toContain('5.4.0-90-generic');
    await expect
      .poll(() =>
        selected.evaluate((row) => {
          const box = row.closest('[role=tree]')?.getBoundingClientRect();
          const own = row.getBoundingClientRect();
          return box !== undefined && own.top >= box.top && own.bottom <= box.bottom;
        }),
      )
      .toBe(true);
    const key = encodeURIComponent(`${NAME}:ubuntu/20.04/x86_64/5.4.0-90-generic`);
    const details = page.getByRole('region', { name: 'Selected' });
    await details.getByText('btfhub-archive/ubuntu/20.04/x86_64/5.4.0-90-generic.btf').waitFor();
    expect(await details.getByRole('link', { name: 'Its types' }).getAttribute('href')).toBe(
      `#/types/${key}`,
    );
    expect(await details.getByRole('link', { name: 'relocations' }).getAttribute('href')).toBe(
      `#/relocations/${NAME}?kernel=${key}`,
    );

    await page.goto(`${preview.server.url}#/pack/${NAME}/no%2Fsuch%2Fkernel%2Fhere`);
    await page.getByRole('alert').getByText('no kernel no/such/kernel/here').waitFor();
    await page.goto(`${preview.server.url}#/pack/other.tar`);
    await page.getByRole('heading', { level: 1, name: 'other.tar is not open' }).waitFor();
    await page.getByLabel('Pack', { exact: true }).selectOption(NAME);
    await page.getByRole('heading', { level: 1, name: NAME }).waitFor();
    expect(complaints).toEqual([]);
  });

  test('are found by a filter, and the tree stays one', async () => {
    const { page, complaints } = await openPack();
    await page.getByLabel('Filter kernels').fill('debian CLOUD 5.10');
    await page.getByText('5 of 60 kernels').waitFor();
    expect(await walk(page)).toEqual([
      '1 debian 5 kernels 1 BTF 1.56 KB',
      '2 10 5 kernels 1 BTF 1.56 KB',
      '3 x86_64 5 kernels 1 BTF 1.56 KB',
      ...[17, 19, 20, 21, 22].map((n) => `4 5.10.0-0.deb10.${n}-cloud-amd64 BTF 5 shared by 5 313 bytes`),
    ]);
    expect(page.url()).toMatch(/q=debian\+CLOUD\+5\.10$/);
    await page.getByLabel('Filter kernels').fill('no such kernel');
    await page.getByText('No kernel has all of these words').waitFor();
    expect(complaints).toEqual([]);
  });

  test('are reached, opened, closed and chosen by keys alone', async () => {
    const { page, complaints } = await openPack();
    const isIn = (role: string) =>
      page.evaluate((role) => document.activeElement?.getAttribute('role') === role, role);
    for (let presses = 0; !(await isIn('tree')); presses++) {
      expect(presses).toBeLessThan(30);
      await page.keyboard.press('Tab');
    }
    const text = async (...keys: string[]) => oneSpace(await (await active(page, ...keys)).textContent());
    expect(await text('Home', 'd')).toContain('debian 30 kernels');
    expect(await text('ArrowLeft')).toMatch(/^▸/);
    expect(await text('ArrowDown')).toContain('ubuntu');
    expect(await text('ArrowUp', 'ArrowRight')).toMatch(/^▾/);
    expect(await text('ArrowRight')).toContain('10 26 kernels');
    expect(await text('ArrowLeft', 'ArrowLeft')).toContain('debian');
    expect(await text('End')).toContain('5.11.0-1028-gcp');
    const item = await active(page, 'Enter');
    expect(await item.getAttribute('aria-selected')).toBe('true');
    expect(page.url()).toMatch(/5\.11\.0-1028-gcp$/);
    for (let presses = 0; !(await isIn('listbox')); presses++) {
      expect(presses).toBeLessThan(10);
      await page.keyboard.press('Tab');
    }
    // It stands where the chosen kernel's is.
    expect(await text()).toContain('ubuntu/20.04/x86_64: 1');
    expect(complaints).toEqual([]);
  });

  test('are told with their sizes before, where the whole BTFs are open', async () => {
    const { page, complaints } = await openPack();
    const sizes = page.getByRole('table', { name: 'Sizes' });
    expect(await sizes.textContent()).not.toContain('Whole');
    await page.getByText('of 60 kernels it is not known').waitFor();
    // As picking the folder gives them: with their paths below it.
    await page.evaluate(() => {
      const input = document.querySelector<HTMLInputElement>('input[type=file]:not([webkitdirectory])');
      if (input) input.webkitdirectory = true;
    });
    await page.locator('input[type=file]').first().setInputFiles(join(ARCHIVE, 'debian'));
    await page.getByText('of 30 kernels it is not known').waitFor();
    const debian = packed.kernels.filter(({ path }) => path.includes('/debian/'));
    const whole = debian.reduce((sum, { bytesIn }) => sum + bytesIn, 0);
    expect(oneSpace(await sizes.textContent())).toContain(
      `Whole BTFs of the 30 kernels where they are open${(whole / 1e6).toPrecision(3)} MB`,
    );
    expect(oneSpace(await sizes.textContent())).toContain('Trimmed, of the same kernels9.39 KB');
    await tree(page).getByText('5.10.0-0.deb10.17-amd64', { exact: true }).click();
    const one = debian.find(({ path }) => path.endsWith('/5.10.0-0.deb10.17-amd64.btf'));
    await page.getByText(`the whole BTF has ${((one?.bytesIn ?? 0) / 1e6).toPrecision(3)} MB`).waitFor();
    await picture(page, 'pack-before');
    expect(complaints).toEqual([]);
  });
});

describe('who gets what', () => {
  const cases = [
    { id: 'ubuntu', version: '20.04', machine: 'x86_64', release: '5.4.0-26-generic' },
    { id: 'Debian', version: 'buster', machine: 'x86_64', release: '4.19.0-17-amd64' },
    {
      id: 'almalinux',
      version: '8',
      like: 'rhel centos',
      machine: 'x86_64',
      release: '4.18.0-147.el8.x86_64',
    },
    { id: 'mint', version: '', machine: 'x86_64', release: '5.4.0-26-generic' },
    { id: 'centos', version: '8', machine: 'x86_64', release: '4.18.0-80.el8.x86_64' },
    { id: 'centos', version: '8', machine: 'x86_64', release: '4.18.0-80.el8.x86_64', nearest: true },
    { id: 'gentoo', version: '', machine: 's390x', release: '6.1.0' },
  ];

  test.each(cases)('$id $version $machine $release, as select answers', async (asked) => {
    const { id, version, like = '', machine, release, nearest = false } = asked;
    const osRelease = [`ID=${id}`, version && `VERSION_ID=${version}`, like && `ID_LIKE="${like}"`];
    await writeFile(scratch.path('os-release'), osRelease.filter(Boolean).join('\n'));
    const args = ['--os-release', 'os-release', '--machine', machine, '--release', release];
    const answer = await scratch.selection(NAME, ...args, ...(nearest ? ['--nearest'] : []));

    const { page, complaints } = await openPack();
    const form = page.getByRole('form', { name: 'One machine' });
    await form.locator('[name=id]').fill(id);
    await form.locator('[name=version]').fill(version);
    await form.locator('[name=like]').fill(like);
    await form.locator('[name=machine]').fill(machine);
    await form.locator('[name=release]').fill(release);
    await form.locator('[name=nearest]').setChecked(nearest);
    await page.keyboard.press('Tab');
    await form.getByRole('button').press('Enter');

    const tried = page.getByRole('table', { name: 'What was looked for' });
    await tried.waitFor();
    // Who asked by keys is still there.
    expect(await form.getByRole('button').evaluate((button) => document.activeElement === button)).toBe(true);
    const rows = await tried.getByRole('row').all();
    const cells = await Promise.all(rows.map((row) => row.locator('th, td').allTextContents()));
    const hits = (n: number) => (n === 0 ? 'none' : n === 1 ? '1 entry' : `${n} entries`);
    expect(cells).toEqual(answer.tried.map(({ step, key, hits: n }) => [step, key, hits(n)]));
    const said = oneSpace(await page.locator('.machines .answer').textContent());
    if (answer.entry) {
      expect(said).toContain('✓ served');
      const { id, version, arch, release } = answer.entry.identity ?? expect.fail('no identity');
      expect(said).toContain(`${id}/${version}/${arch}/${release}, BTF`);
      expect(said).toContain(`, ${answer.entry.size} bytes: `);
    } else {
      expect(said).toContain('✗ not served');
      expect(said).toContain(`none of the ${answer.tried.length} names that were looked for is in it`);
    }
    // The question is in the address: the same answer comes from a link.
    const question = new URL(page.url()).hash;
    await page.goto('about:blank');
    await page.goto(preview.server.url + question);
    await pick(page, [scratch.path(NAME)]);
    await expect.poll(async () => oneSpace(await page.locator('.machines .answer').textContent())).toBe(said);
    const fields = await form.locator('input:not([type=checkbox])').all();
    const values = await Promise.all(fields.map((field) => field.inputValue()));
    expect(values).toEqual([id, version, like, machine, release]);
    expect(await form.locator('[name=nearest]').isChecked()).toBe(nearest);
    expect(complaints).toEqual([]);
  });

  test('says what it has of a distribution where it has not the kernel', async () => {
    const { page } = await openPack('?id=centos&version=8&machine=x86_64&release=4.18.0-80.el8.x86_64');
    await page.getByRole('link', { name: '4 other kernels of centos/8' }).click();
    await page.getByText('4 of 60 kernels').waitFor();
    await page.goto(`${preview.server.url}#/pack/${NAME}?id=gentoo&machine=x86_64&release=6.1.0`);
    await page.getByText('It has no kernel of gentoo.').waitFor();
  });

  test('answers for a list of machines as select --fleet does', async () => {
    const list = [
      '# machines',
      'ubuntu 20.04 x86_64 5.4.0-26-generic',
      'centos 8 x86_64 4.18.0-80.el8.x86_64',
      '',
      'debian buster x86_64 4.19.0-17-amd64',
      'arch - x86_64 6.9.1-arch1-1',
    ].join('\n');
    await writeFile(scratch.path('machines'), list);
    const { page, complaints } = await openPack();
    await page.getByText('Many machines', { exact: true }).click();
    const form = page.getByRole('form', { name: 'Many machines' });
    await form.locator('textarea').fill(list);
    for (const nearest of [false, true]) {
      const args = ['--fleet', 'machines', ...(nearest ? ['--nearest'] : [])];
      const fleet = await scratch.json<Fleet>('select', NAME, ...args);
      await form.locator('[name=nearest]').setChecked(nearest);
      await form.getByRole('button').click();
      await page.getByText(`${fleet.served} of ${fleet.machines.length} machines served`).waitFor();
      const rows = await page.getByRole('region', { name: 'Machines of the list' }).locator('tbody tr').all();
      const cells = await Promise.all(rows.map((row) => row.locator('td').allTextContents()));
      const name = (entry: string) => entry.replace(/^btfhub-archive\//, '').replace(/\.btf$/, '');
      const expected = fleet.machines.map(({ machine, entry, step }) => [
        machine,
        entry === null ? '✗ none' : `✓ ${step} ${name(entry)}`,
      ]);
      expect(cells.sort()).toEqual(expected.sort());
      if (!nearest) await expectAccessible(page);
    }
    // Those that get none come first, and lead to what was tried.
    await page.getByRole('link', { name: 'arch - x86_64 6.9.1-arch1-1' }).click();
    await page.getByText('✗ not served').waitFor();
    await form.locator('textarea').fill('too few words');
    await form.getByRole('button').click();
    await page.getByRole('alert').getByText('FLEET_LINE').waitFor();
    expect(complaints).toEqual([]);
  });
});

describe('the program', () => {
  test('is told with what no pack serves', async () => {
    await scratch.btfPack(
      'pack',
      object('requirements'),
      '--from',
      join(ARCHIVE, 'centos'),
      '-o',
      'needs.tar',
    );
    const { program } = await scratch.json<InspectedPack>('inspect', 'needs.tar');
    const { page, complaints } = await preview.open();
    await pick(page, [scratch.path('needs.tar')]);
    const region = page.getByRole('region', { name: 'Program', exact: true });
    await region.waitFor();
    const rows = await region
      .getByRole('region', { name: '13 programs' })
      .locator('tbody tr')
      .allInnerTexts();
    expect(rows.map(oneSpace)).toEqual(
      program?.programs.map(({ name, section, autoload, instructions }) =>
        [name, section, autoload ? 'yes' : 'when asked for', instructions].join(' '),
      ),
    );
    const maps = await region.getByRole('region', { name: '1 map' }).locator('tbody tr').allInnerTexts();
    expect(maps.length).toBe(program?.maps.length);
    expect(await region.textContent()).toContain(`${program?.relocations.length} CO-RE relocations`);
    const unserved = page.getByRole('region', { name: 'What this pack cannot serve' });
    const needs = await unserved.textContent();
    for (const { program: name, what } of program?.requirements ?? []) {
      expect(needs).toContain(name);
      expect(needs).toContain(what);
    }
    expect(await unserved.locator('li').count()).toBe(program?.requirements.length);
    expect(needs).toContain("runs at the entry of the kernel's function do_unlinkat (fentry)");
    expect(needs).toContain('executed where it is loaded, which it is not by default');
    await expectAccessible(page);
    await picture(page, 'pack-needs');
    expect(complaints).toEqual([]);
  });

  test('is missing in packs of other layouts, which says so', async () => {
    await scratch.btfPack(
      ...[
        'pack',
        object('execsnoop'),
        '--from',
        join(ARCHIVE, 'debian'),
        '--layout',
        'bcc',
        '-o',
        'bcc.tar.gz',
      ],
    );
    const { page, complaints } = await preview.open();
    await pick(page, [scratch.path('bcc.tar.gz')]);
    await page.getByText('The pack has none: no package.json').waitFor();
    await page.getByText('What its program needs is not known').waitFor();
    expect(complaints).toEqual([]);
  });

  test('comes with where its kernels are from, where the pack says it', async () => {
    await scratch.btfPack('fetch', '--source', ARCHIVE, '--kernels', 'debian/12/x86_64/*');
    await scratch.btfPack('pack', object('execsnoop'), '-o', 'cached.tar');
    const { page, complaints } = await preview.open();
    await pick(page, [scratch.path('cached.tar')]);
    await page.getByText(/Packed by btf-pack .*, from .*So says PROVENANCE.json in it/).waitFor();
    expect(complaints).toEqual([]);
  });
});

test('several packs are chosen among', async () => {
  await copyFile(scratch.path(NAME), scratch.path('second.tar'));
  const { page, complaints } = await openPack();
  await pick(page, [scratch.path('second.tar')]);
  await page.getByLabel('Pack', { exact: true }).selectOption('second.tar');
  await page.getByRole('heading', { level: 1, name: 'second.tar' }).waitFor();
  expect(page.url()).toMatch(/#\/pack\/second\.tar$/);
  expect(complaints).toEqual([]);
});

test('without a pack the view says what it takes', async () => {
  const { page, complaints } = await preview.open('#/pack');
  await page.getByRole('heading', { level: 1, name: 'No pack is open' }).waitFor();
  await expectAccessible(page);
  expect(complaints).toEqual([]);
});

describe.each(['light', 'dark'] as const)('in %s colors', (colorScheme) => {
  test.each([360, 1280, 3840])('it is accessible and fits %d pixels', async (width) => {
    const viewport = { width, height: width < 1000 ? 800 : 1000 };
    const query = '?id=centos&version=8&machine=x86_64&release=4.18.0-80.el8.x86_64';
    const { page, complaints } = await openPack(`/debian%2F10%2Fx86_64%2F4.19.0-22-amd64${query}`, {
      viewport,
      colorScheme,
    });
    await page.getByText('✗ not served').waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    await expectAccessible(page);
    await picture(page, `pack-${width}-${colorScheme}`);
    expect(complaints).toEqual([]);
  });
});
