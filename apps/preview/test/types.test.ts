// The view of types, held against the core in Node, `btf-pack diff` and pahole.
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Btf, parseBtf, type TypeDifference } from '@bpfc/core';
import { objects } from '@bpfc/fixtures';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ARCHIVE, expectAccessible, type OpenedPage, Preview, pick, pickFolder, picture } from './page.js';

const run = promisify(execFile);
const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

const CLI = here('../../../packages/btf-pack/dist/cli.js');
const HOSTILE = here('../../../packages/fixtures/hostile/kernel');
const OBJECT = fileURLToPath(new URL('bpfel/execsnoop.bpf.o', objects));
const UBUNTU = join(ARCHIVE, 'ubuntu/20.04/x86_64');
const OLD = join(UBUNTU, '5.4.0-26-generic.btf.tar.xz');
const NEW = join(UBUNTU, '5.11.0-1028-gcp.btf.tar.xz');
/** 44 MB when it is unpacked. */
const CENTOS = join(ARCHIVE, 'centos/8/x86_64/4.18.0-80.7.1.el8_0.x86_64.btf.tar.xz');

let preview: Preview;
let folder: string;
/** The running kernel's own, 5 MB and raw. */
let running: string;
let btf: Btf;
beforeAll(async () => {
  preview = await Preview.start();
  folder = await mkdtemp(join(tmpdir(), 'bpfc-types-'));
  running = join(folder, 'vmlinux');
  await writeFile(running, await readFile('/sys/kernel/btf/vmlinux'));
  btf = parseBtf(await readFile(running));
});
afterAll(async () => {
  btf?.free();
  await preview?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** The page with these files, at an address of its view. */
async function open(
  files: readonly string[],
  address = '',
  options: Parameters<Preview['open']>[1] = {},
): Promise<OpenedPage> {
  const opened = await preview.open(`#/types${address}`, options);
  await pick(opened.page, files);
  return opened;
}

const heading = (page: Page, name: string) => page.getByRole('heading', { level: 2, name, exact: true });

/** All rows of a virtual list, each as the texts of its cells, in order. */
async function allRows(list: Locator): Promise<string[][]> {
  return list.evaluate(async (scroller) => {
    const rows = new Map<number, string[]>();
    const drawn = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    for (let top = 0; ; top += scroller.clientHeight / 2) {
      scroller.scrollTop = top;
      await drawn();
      await drawn();
      for (const row of scroller.querySelectorAll('[role=row], [role=option]')) {
        const place = Number(row.getAttribute('aria-rowindex') ?? row.getAttribute('aria-posinset'));
        rows.set(
          place,
          [...row.children].map((cell) => cell.textContent ?? ''),
        );
      }
      if (top >= scroller.scrollHeight) return [...rows].sort(([a], [b]) => a - b).map(([, row]) => row);
    }
  });
}

const found = (page: Page) => page.getByRole('listbox', { name: 'Types' });
const search = (page: Page) => page.getByRole('combobox', { name: 'Search types by name' });
const members = (page: Page) => page.getByRole('treegrid').locator('.virtual-list');

describe('search', () => {
  test('finds what the core finds, in its order, and says how many', async () => {
    const { page, complaints } = await open([running]);
    for (const text of ['tcp_sock', 'struct sk_b', 'func vfs_', 'typedef u', 'TASK_STRUCT']) {
      await search(page).fill(text);
      const ids = btf.search(text);
      await page
        .getByRole('status')
        .getByText(`${ids.length.toLocaleString('en')} hit`)
        .waitFor();
      const seen = await allRows(found(page));
      const expected = btf.summaries(ids).map(({ kind, name }) => [kind, name]);
      expect(seen.map(([kind, name]) => [kind, name])).toEqual(expected);
    }
    expect(complaints).toEqual([]);
  });

  test('all types are there to scroll through', async () => {
    const { page, complaints } = await open([running]);
    await found(page).getByRole('option').first().waitFor();
    const ids = btf.search('');
    await page.getByText(`${ids.length.toLocaleString('en')} named types`).waitFor();
    await found(page).evaluate((list) => {
      list.scrollTop = list.scrollHeight;
    });
    const [last] = btf.summaries(ids.subarray(-1));
    await found(page).getByText(String(last?.name), { exact: true }).waitFor();
    expect(complaints).toEqual([]);
  });

  test('kinds are a press away, and nothing found says how to ask', async () => {
    const { page, complaints } = await open([running]);
    await search(page).fill('sock');
    await page.getByRole('button', { name: 'union', exact: true }).click();
    await expect.poll(() => search(page).inputValue()).toBe('union sock');
    await page
      .getByRole('status')
      .getByText(`${btf.search('union sock').length} hit`)
      .waitFor();
    await search(page).fill('union no_such_name');
    await page.getByText('No union has no_such_name in its name.').waitFor();
    await expectAccessible(page);
    expect(complaints).toEqual([]);
  });

  test('is in the address, and leaves no step behind', async () => {
    const { page } = await open([running], '/vmlinux/struct%20sock');
    await heading(page, 'struct sock').waitFor();
    const steps = await page.evaluate(() => history.length);
    await search(page).pressSequentially('file_op');
    await expect.poll(() => page.url()).toMatch(/#\/types\/vmlinux\/struct%20sock\?q=file_op$/);
    expect(await page.evaluate(() => history.length)).toBe(steps);
  });
});

describe('a type', () => {
  test('is shown at once: the task, or the first struct', async () => {
    const { page, complaints } = await open([running]);
    await heading(page, 'struct task_struct').waitFor();
    expect(page.url()).toMatch(/#\/types\/vmlinux\/struct%20task_struct$/);
    expect(complaints).toEqual([]);
  });

  test.each(['struct sock', 'enum bpf_map_type', 'union bpf_attr', 'u32', 'vfs_read', 'spinlock_t'])(
    '%s is in C as the core writes it',
    async (words) => {
      const { page, complaints } = await open([running], `/vmlinux/${encodeURIComponent(words)}`);
      await heading(page, words).waitFor();
      const [id = 0] = btf.search(words);
      const { text, links } = btf.definition(id);
      const source = page.locator('.c-source');
      expect(await source.locator('pre').textContent()).toBe(text);
      expect(await source.locator('a').count()).toBe(links.length);
      expect(complaints).toEqual([]);
    },
  );

  test('links lead to types, Back leads back', async () => {
    const { page, complaints } = await open([running], '/vmlinux/struct%20sock?q=sock');
    await page.locator('.c-source').getByRole('link', { name: 'sock_common' }).click();
    await heading(page, 'struct sock_common').waitFor();
    expect(page.url()).toMatch(/struct%20sock_common\?q=sock$/);
    await page.goBack();
    await heading(page, 'struct sock').waitFor();
    expect(complaints).toEqual([]);
  });

  test('of a name that others have, too, has its number in the address', async () => {
    const [first = 0, second = 0] = namesakes();
    const name = btf.type(first)?.name ?? '';
    const { page, complaints } = await open([running], `/vmlinux/${encodeURIComponent(`struct ${name}`)}`);
    await page.getByText(`type ${first}`, { exact: true }).waitFor();
    expect(page.url()).not.toContain('id=');
    await page.getByRole('link', { name: `type ${second}` }).click();
    await page.getByRole('link', { name: `type ${first}` }).waitFor();
    expect(page.url()).toContain(`id=${second}`);
    expect(await page.locator('.c-source pre').textContent()).toBe(btf.definition(second).text);
    expect(complaints).toEqual([]);
  });

  test('without a name is found by its number', async () => {
    const id = [...btf.types()].find(({ kind, name }) => kind === 'struct' && name === '')?.id ?? 0;
    const { page, complaints } = await open([running], `/vmlinux/${encodeURIComponent(`#${id}`)}`);
    await heading(page, 'struct without a name').waitFor();
    expect(await page.locator('.c-source pre').textContent()).toBe(btf.definition(id).text);
    expect(complaints).toEqual([]);
  });

  test('that is not there is said to be missing, and searched for', async () => {
    const { page, complaints } = await open([running], '/vmlinux/struct%20tcp_sick');
    await page.getByRole('link', { name: 'Search for tcp_sick' }).click();
    await page.getByText('No type has tcp_sick in its name.').waitFor();
    expect(complaints).toEqual([]);
  });

  test("of a program is the source's", async () => {
    const { page, complaints } = await open([OBJECT], `/${basename(OBJECT)}/struct%20event`);
    await heading(page, 'struct event').waitFor();
    using own = parseBtf(await readFile(OBJECT));
    const [id = 0] = own.search('struct event');
    expect(await page.locator('.c-source pre').textContent()).toBe(own.definition(id).text);
    expect(complaints).toEqual([]);
  });
});

/** Ids of two structs of one name. */
function namesakes(): number[] {
  const byName = new Map<string, number[]>();
  for (const { id, name } of btf.summaries(btf.search('struct '))) {
    byName.set(name, [...(byName.get(name) ?? []), id]);
  }
  return [...byName.values()].find((ids) => ids.length > 1) ?? [];
}

describe('layout', () => {
  test.each(['sock', 'sk_buff', 'task_struct', 'file'])(
    'of struct %s has the sums of pahole',
    async (name) => {
      const { page, complaints } = await open([running], `/vmlinux/struct%20${name}`);
      const said = sums((await page.locator('.sums').textContent()) ?? '');
      const { stdout } = await run('pahole', ['-F', 'btf', '-C', name, running], { maxBuffer: 16 << 20 });
      const theirs = stdout.split('\n').filter((line) => /^\t\/\* (?!-)[\w ]+: \d+/.test(line));
      const expected = Object.entries(sums(theirs.join(', '))).filter(
        // pahole adds what members of other types end with; BTF keeps no alignments that were asked for.
        ([name]) =>
          ![
            'paddings',
            'sum paddings',
            'forced alignments',
            'forced alignment holes',
            'sum forced alignment holes',
          ].includes(name),
      );
      expect(expected.length).toBeGreaterThan(3);
      expect(said).toMatchObject(Object.fromEntries(expected));
      expect(complaints).toEqual([]);
    },
  );

  test('the table has each part of the core', async () => {
    const { page, complaints } = await open([running], '/vmlinux/struct%20sk_buff');
    await members(page).waitFor();
    const { parts } = btf.layout(btf.search('struct sk_buff')[0] ?? 0);
    const rows = await allRows(members(page));
    expect(rows.map(([at]) => at)).toEqual(
      parts.map(({ bitOffset: bits }) =>
        bits % 8 === 0 ? String(bits / 8) : `${Math.floor(bits / 8)}:${bits % 8}`,
      ),
    );
    expect(rows.map(([, , , type]) => type)).toEqual(
      parts.map(({ name, type }) => (name === '' ? '' : type)),
    );
    expect(complaints).toEqual([]);
  });

  test('a member opens in place, in the table, the picture and the address', async () => {
    const { page, complaints } = await open([running], '/vmlinux/struct%20sock?open=__sk_common');
    await members(page).waitFor();
    const common = btf.layout(btf.search('struct sock_common')[0] ?? 0);
    const rows = await allRows(members(page));
    expect(rows.length).toBe(
      btf.layout(btf.search('struct sock')[0] ?? 0).parts.length + common.parts.length,
    );
    await page.locator('.block').getByText('skc_family').first().waitFor();
    const grid = page.getByRole('treegrid');
    await grid.focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => page.url()).not.toContain('open=');
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => page.url()).toContain('open=__sk_common');
    expect(complaints).toEqual([]);
  });

  test('picture and table show the same member', async () => {
    const { page } = await open([running], '/vmlinux/struct%20list_head');
    const block = page.locator('.block').filter({ hasText: 'prev' });
    await block.hover();
    await page.locator('.member.hovered').getByText('prev').waitFor();
    await block.click();
    await page.getByRole('row', { selected: true }).getByText('prev').waitFor();
  });

  test('cache lines are as long as is asked', async () => {
    const { page } = await open([running], '/vmlinux/struct%20sock');
    await page.getByLabel('Cache lines of').selectOption('128');
    const { size } = btf.layout(btf.search('struct sock')[0] ?? 0);
    await page.getByText(`cachelines: ${Math.ceil(size / 128)},`).waitFor();
    expect(page.url()).toContain('line=128');
  });
});

/** `size: 784, holes: 1` as an object. */
function sums(text: string): Record<string, number> {
  return Object.fromEntries(
    [...text.matchAll(/([a-z_ ]*[a-z_]): (\d+)/g)].map(([, name = '', number]) => [
      name.trim(),
      Number(number),
    ]),
  );
}

describe('side by side', () => {
  const address = (type: string, query = '') =>
    `/${basename(OLD)}/${encodeURIComponent(type)}?with=${basename(NEW)}${query}`;

  test.each(['struct task_struct', 'struct sock', 'enum bpf_map_type', 'struct bpf_prog_aux'])(
    '%s has the differences of the command',
    async (type) => {
      const { page, complaints } = await open([OLD, NEW], address(type));
      await heading(page, type).waitFor();
      const { stdout } = await run('node', [CLI, 'diff', OLD, NEW, type, '--json'], { maxBuffer: 64 << 20 });
      const [difference] = JSON.parse(stdout) as TypeDifference[];
      const rows = await allRows(page.locator('.merged .virtual-list'));
      const shown = rows.map(([changes = '', name = '', ...versions]) => [
        name,
        changes.match(/[a-z]+/g),
        ...versions.filter((_, at) => at % 3 !== 1),
      ]);
      const place = (version: NonNullable<TypeDifference['members'][number]['old']> | null) => {
        if (!version) return ['', ''];
        if ('value' in version) return ['', version.value];
        const { bitOffset: bits, type } = version;
        return [bits % 8 === 0 ? String(bits / 8) : `${Math.floor(bits / 8)}:${bits % 8}`, type];
      };
      const expected = difference?.members.map(({ name, changes, old, new: current }) => [
        name,
        changes,
        ...place(old),
        ...place(current),
      ]);
      const byName = (a: unknown[], b: unknown[]) => String(a[0]).localeCompare(String(b[0]));
      expect(shown.sort(byName)).toEqual(expected?.sort(byName));
      expect(complaints).toEqual([]);
    },
  );

  test('what is equal is a press away, what is alone is said to be missing, and sides swap', async () => {
    const { page, complaints } = await open([OLD, NEW], address('struct sock'));
    await page.getByLabel('also what is equal').check();
    expect(page.url()).toContain('show=all');
    using old = parseBtf(await readFile(OLD));
    const named = old.layout(old.search('struct sock')[0] ?? 0).parts.filter(({ path }) => path !== '');
    const rows = await allRows(page.locator('.merged .virtual-list'));
    expect(rows.length).toBeGreaterThanOrEqual(named.length);
    await page.evaluate(
      (to) => {
        location.hash = to;
      },
      `#/types${address('struct bpf_ringbuf')}`,
    );
    await page.getByText('does not have it').waitFor();
    await page.getByRole('button', { name: 'Swap' }).click();
    await page.locator('.sides div').nth(1).getByText('does not have it').waitFor();
    await page.evaluate(
      (to) => {
        location.hash = to;
      },
      `#/types${address('struct list_head')}`,
    );
    await page.getByText('Nothing differs.').waitFor();
    expect(complaints).toEqual([]);
  });

  test('works for the kernels of a pack, whose BTFs are trimmed', async () => {
    const kernel = (release: string) => encodeURIComponent(`offcpu.tar:ubuntu/20.04/x86_64/${release}`);
    const { page, complaints } = await preview.open(
      `?example#/types/${kernel('5.4.0-26-generic')}/struct%20task_struct?with=${kernel('5.11.0-1028-gcp')}`,
    );
    await heading(page, 'struct task_struct').waitFor();
    expect(await page.getByText('has of ubuntu/20.04/x86_64').count()).toBe(2);
    await page.locator('.merged').waitFor();
    await expectAccessible(page);
    expect(complaints).toEqual([]);
  });
});

describe('many kernels', () => {
  test('are chosen by typing', async () => {
    const { page, complaints } = await preview.open('?example#/types');
    const of = page.getByRole('combobox', { name: 'of', exact: true });
    await of.click();
    await of.pressSequentially('debian 10 cloud 4.19.0-22');
    await expect.poll(() => page.getByRole('listbox', { name: 'of' }).getByRole('option').count()).toBe(1);
    await page.keyboard.press('Enter');
    await expect
      .poll(() => page.url())
      .toContain(encodeURIComponent('debian/10/x86_64/4.19.0-22-cloud-amd64'));
    await of.press('ArrowDown');
    await expectAccessible(page);
    await of.press('Escape');
    expect(await page.getByRole('listbox', { name: 'of' }).count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  test('a folder of them is open, and links name them as archives do', async () => {
    const { page, complaints } = await preview.open(
      `#/types/${encodeURIComponent('ubuntu/20.04/x86_64/5.4.0-42-generic')}/struct%20sock`,
    );
    await pickFolder(page, join(ARCHIVE, 'ubuntu'), (await readdir(UBUNTU)).length);
    await heading(page, 'struct sock').waitFor();
    expect(complaints).toEqual([]);
  });
});

test('all of it is done by keys', async () => {
  const { page, complaints } = await open([running]);
  await search(page).focus();
  await page.keyboard.type('struct sock');
  await page.getByRole('status').getByText(/hits$/).waitFor();
  await found(page).getByRole('option').first().getByText('sock', { exact: true }).waitFor();
  await page.keyboard.press('Enter');
  await heading(page, 'struct sock').waitFor();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  const [, second] = btf.summaries(btf.search('struct sock').subarray(0, 2));
  await heading(page, `struct ${second?.name}`).waitFor();
  // From the field on to the source, and along its links.
  await page.locator('.c-source').focus();
  await page.keyboard.press('Tab');
  const name = await page.evaluate(() => document.activeElement?.textContent);
  await page.keyboard.press('Enter');
  await expect.poll(() => page.url()).toContain(encodeURIComponent(String(name)));
  await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('type');
  await page.goBack();
  await heading(page, `struct ${second?.name}`).waitFor();
  await page.getByRole('treegrid').focus();
  await page.keyboard.press('End');
  await page.keyboard.press('ArrowUp');
  await expect.poll(() => page.getByRole('row', { selected: true }).count()).toBe(1);
  expect(complaints).toEqual([]);
});

test('a BTF of 44 MB is searched and shown', async () => {
  const { page, complaints } = await open([CENTOS]);
  await heading(page, 'struct task_struct').waitFor({ timeout: 60_000 });
  await search(page).fill('struct sk_buff');
  await found(page).getByRole('option').first().getByText('sk_buff', { exact: true }).waitFor();
  await page.keyboard.press('Enter');
  await heading(page, 'struct sk_buff').waitFor();
  await members(page).waitFor();
  expect(complaints).toEqual([]);
});

test('hostile files are told of, and the page lives on', async () => {
  const files = (await readdir(HOSTILE)).filter((name) => !/^(bomb|dictionary)/.test(name));
  const { page, complaints } = await open(files.map((name) => join(HOSTILE, name)));
  // What is no BTF at all is refused by the frame.
  const names = (await page.locator('.chip .name').allTextContents()).filter((name) => name.endsWith('.btf'));
  expect(names.length).toBeGreaterThan(3);
  for (const name of names) {
    for (const type of ['', '/%231', '/%232', '/%233']) {
      await page.evaluate(
        (to) => {
          location.hash = to;
        },
        `#/types/${encodeURIComponent(name)}${type}`,
      );
      await page
        .locator('.shown :is(.type .sums, .type .c-source, .problem, p:not(.pending))')
        .first()
        .waitFor();
    }
  }
  await pick(page, [running]);
  await page.evaluate(() => {
    location.hash = '#/types/vmlinux/struct%20sock';
  });
  await heading(page, 'struct sock').waitFor();
  expect(complaints).toEqual([]);
});

describe('looks', () => {
  const compared = `/${basename(OLD)}/struct%20sock?with=${basename(NEW)}`;
  test.each([
    { name: 'task', files: () => [running], address: '/vmlinux/struct%20task_struct' },
    { name: 'search', files: () => [running], address: '/vmlinux/struct%20sk_buff?q=struct%20sk_' },
    { name: 'union', files: () => [running], address: '/vmlinux/struct%20page?open=lru' },
    { name: 'enum', files: () => [running], address: '/vmlinux/enum%20bpf_map_type' },
    { name: 'compared', files: () => [OLD, NEW], address: `${compared}&show=all` },
  ])('$name: at 360, 1280 and 3840 pixels, in both themes', async ({ name, files, address }) => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page, context, complaints } = await open(files(), address, { colorScheme });
      for (const width of [360, 1280, 3840]) {
        await page.setViewportSize({ width, height: width > 3000 ? 2160 : 900 });
        await page.locator('.hljs-keyword').first().waitFor();
        await page
          .locator(name === 'enum' ? '.c-source' : '.members, .merged')
          .first()
          .waitFor();
        await page.waitForTimeout(200);
        await expectAccessible(page);
        const overflow = await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        );
        expect(overflow).toBe(0);
        await picture(page, `types-${name}-${width}-${colorScheme}`);
      }
      expect(complaints).toEqual([]);
      await context.close();
    }
  });
});
