// What ecc's package.json says of a program, beside the program.
import { BpfcError, type Btf } from '@bpfc/core';
import { LoaderCode } from './error.js';

/** What is used of it. All of it may be missing. */
export interface Meta {
  objectName: string | null;
  /** Pages of a perf buffer. */
  pages: number | undefined;
  /** Types of events, with their ids in the object's own BTF. */
  exported: { name: string; id: number }[];
}

/** Types that are no types of values. */
const NO_VALUES = ['func', 'func_proto', 'var', 'datasec', 'decl_tag', 'fwd'];

/** Reads a package.json whose program was read already. */
export function metaOf(packageJson: Uint8Array): Meta {
  const { meta } = JSON.parse(Buffer.from(packageJson).toString('utf8'));
  const exported = Array.isArray(meta?.export_types) ? meta.export_types : [];
  const name = meta?.bpf_skel?.obj_name;
  const pages = meta?.perf_buffer_pages;
  return {
    objectName: typeof name === 'string' ? name : null,
    pages: Number.isSafeInteger(pages) ? pages : undefined,
    exported: exported.flatMap((type: { name?: unknown; type_id?: unknown } | null) =>
      Number.isSafeInteger(type?.type_id) ? { name: String(type?.name), id: Number(type?.type_id) } : [],
    ),
  };
}

/**
 * The id of the type of a map's events.
 *
 * @param name - as C has it: `event`, `struct event`; undefined for the only one that package.json exports
 * @throws BpfcError `LOADER_TYPE`
 */
export function eventType(btf: Btf, { exported }: Meta, name: string | undefined): number {
  if (name !== undefined) {
    const [, keyword, plain = name] = /^(struct|union|enum) (.+)$/.exec(name) ?? [];
    const id = [...btf.find(plain)].find((id) => {
      const kind = btf.type(id)?.kind ?? 'void';
      return keyword === undefined ? !NO_VALUES.includes(kind) : kind === keyword;
    });
    if (id !== undefined) return id;
    throw new BpfcError(LoaderCode.type, `the program has no type ${name}`);
  }
  const [only, ...others] = exported;
  if (only && others.length === 0) return only.id;
  const names = exported.map(({ name }) => name).join(', ');
  const what = only ? `several types of events (${names})` : 'no type of events';
  throw new BpfcError(LoaderCode.type, `package.json exports ${what}: name one by the option \`type\``);
}
