// `btf-pack.toml` beside the program: what would otherwise be said on every command line. Flags win.
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Layout } from '@bpfc/core';
import { LAYOUTS } from '@bpfc/core/command';
import { CliCode, CliError, ioError } from './errors.js';

/** The keys of the file. Paths are relative to its folder; here they are resolved. */
export interface Config {
  /** Compiled CO-RE objects. */
  objects?: string[];
  /** Globs, as `--kernels`. */
  kernels?: string[];
  /** As `--arch`. */
  arch?: string[];
  /** As `--from`. */
  from?: string[];
  /** As `--modules`. */
  modules?: string;
  /** As `-o`. */
  output?: string;
  layout?: Layout;
}

const NAME = 'btf-pack.toml';

interface Rule<Value> {
  /** What the value has to be. */
  type: string;
  /** What it becomes; undefined where the file has another type. */
  read(value: unknown, folder: string): Value | undefined;
}

type Keys = Required<Config>;

const RULES: { [K in keyof Keys]: Rule<Keys[K]> } = {
  objects: { type: 'a list of paths', read: paths },
  kernels: { type: 'a list of globs', read: texts },
  arch: { type: 'a list of architectures', read: texts },
  from: { type: 'a list of paths', read: paths },
  modules: { type: 'a path', read: path },
  output: { type: 'a path', read: path },
  layout: {
    type: `one of ${LAYOUTS.join(', ')}`,
    read: (value) => LAYOUTS.find((layout) => layout === value),
  },
};

/**
 * Reads the file beside `program`, or, where no program is named, in the current folder. Without one: nothing set.
 *
 * @throws CliError `CONFIG_INVALID` with file and line
 */
export async function readConfig(program: string | undefined): Promise<Config> {
  const file = program === undefined ? NAME : join(dirname(program), NAME);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {};
    throw ioError(CliCode.read, file, error);
  }
  const config: Config = {};
  for (const [key, value] of Object.entries(await parsed(file, text))) {
    if (!isKey(key)) {
      const known = Object.keys(RULES).join(', ');
      throw invalid(file, lineOf(text, key), `unknown key '${key}'; there are ${known}`);
    }
    assign(config, key, value, file, text);
  }
  return config;
}

function assign<K extends keyof Keys>(
  config: Pick<Partial<Keys>, K>,
  key: K,
  value: unknown,
  file: string,
  text: string,
): void {
  const { type, read }: Rule<Keys[K]> = RULES[key];
  const assigned = read(value, dirname(file));
  if (assigned === undefined) throw invalid(file, lineOf(text, key), `'${key}' has to be ${type}`);
  config[key] = assigned;
}

async function parsed(file: string, text: string): Promise<Record<string, unknown>> {
  // Only where there is such a file: few have one, and everybody waits for what is imported at the start.
  const { parse, TomlError } = await import('smol-toml');
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // The lines after the first show the place.
    const [message = ''] = error.message.split('\n');
    throw invalid(file, error.line, message);
  }
}

/** Where a top-level key or table begins; the parser does not tell. */
function lineOf(text: string, key: string): number {
  const begins = (line: string) => /^\s*\[{0,2}\s*["']?([^\s\]"'=.]+)/.exec(line)?.[1] === key;
  return text.split('\n').findIndex(begins) + 1;
}

function invalid(file: string, line: number, message: string): CliError {
  return new CliError(CliCode.config, `${file}:${line}: ${message}`);
}

function isKey(key: string): key is keyof Config {
  return Object.hasOwn(RULES, key);
}

function texts(value: unknown): string[] | undefined {
  return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined;
}

function path(value: unknown, folder: string): string | undefined {
  return typeof value === 'string' ? inFolder(folder, value) : undefined;
}

function paths(value: unknown, folder: string): string[] | undefined {
  return texts(value)?.map((path) => inFolder(folder, path));
}

/** A `/` at the end, which makes an output a folder, stays. */
function inFolder(folder: string, path: string): string {
  return path.startsWith('/') || resolve(folder) === resolve('.') ? path : join(folder, path);
}
