// The command as the repository builds it: what the page shows is held against what it prints.
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Selection } from '@bpfc/core';

const CLI = fileURLToPath(new URL('../../../packages/btf-pack/dist/cli.js', import.meta.url));

/** A folder of a test's own. */
export class Scratch {
  private constructor(readonly folder: string) {}

  static async make(): Promise<Scratch> {
    return new Scratch(await mkdtemp(join(tmpdir(), 'bpfc-preview-')));
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** Runs `btf-pack` in the folder, with a cache in it, and returns what it prints. */
  async btfPack(...args: readonly string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(process.execPath, [CLI, ...args], {
      cwd: this.folder,
      env: { ...process.env, BTFHUB_CACHE: this.path('cache'), NO_COLOR: '1' },
      maxBuffer: 64 << 20,
    });
    return stdout;
  }

  /** The same for what it prints with `--json`. */
  async json<T>(...args: readonly string[]): Promise<T> {
    return JSON.parse(await this.btfPack(...args, '--json'));
  }

  /** What `select --json` prints; its status is 1 where the machine gets nothing. */
  async selection(...args: readonly string[]): Promise<Selection> {
    try {
      return await this.json('select', ...args);
    } catch (error) {
      if (!(error instanceof Error && 'stdout' in error && error.message.includes('PACK_NO_MATCH')))
        throw error;
      return JSON.parse(String(error.stdout));
    }
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true, maxRetries: 3 });
  }
}
