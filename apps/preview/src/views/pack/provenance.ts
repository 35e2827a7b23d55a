// What a pack says of where its BTFs are from: `PROVENANCE.json`, as `btf-pack pack --provenance` writes it
// (packages/hub/src/provenance.ts): short with `sources`, full with the source of each of its `kernels`.

export const PROVENANCE = 'PROVENANCE.json';

/** Bytes; a full list of all kernels of BTFHub is smaller. */
export const MOST_PROVENANCE = 8 << 20;

/** Sources that are named. */
const MOST_SOURCES = 8;

/** As long as a text may be that is shown, in characters. */
const MOST_TEXT = 500;

export interface Provenance {
  /** Name and version of what made the pack. */
  tool: string;
  sources: { source: string; commit: string | undefined }[];
  /** Sources beyond these. */
  more: number;
}

/** Undefined for what is no such file: anybody may have written it. */
export function provenanceOf(json: string): Provenance | undefined {
  let told: unknown;
  try {
    told = JSON.parse(json);
  } catch {
    return undefined;
  }
  if (!isRecord(told) || typeof told.tool !== 'string') return undefined;
  const listed = Array.isArray(told.sources)
    ? told.sources
    : isRecord(told.kernels)
      ? Object.values(told.kernels)
      : [];
  const sources = new Map<string, Provenance['sources'][number]>();
  for (const of of listed) {
    if (!isRecord(of) || typeof of.source !== 'string') return undefined;
    const source = of.source.slice(0, MOST_TEXT);
    const commit = typeof of.commit === 'string' ? of.commit.slice(0, MOST_TEXT) : undefined;
    sources.set(`${source} ${commit}`, { source, commit });
  }
  if (sources.size === 0) return undefined;
  return {
    tool: told.tool.slice(0, MOST_TEXT),
    sources: [...sources.values()].slice(0, MOST_SOURCES),
    more: Math.max(sources.size - MOST_SOURCES, 0),
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
