// Fetching into the cache, with what is told meanwhile: what `fetch` and `btfgen` share.
import { BpfcError } from '@bpfc/core';
import type { FetchRequest, FetchSummary, Plan, Unfetched } from '@bpfc/hub';
import { bytesText, plural, say } from './print.js';
import { startTransfer, type Transfer } from './progress.js';

/** Fetches; what is done is told on stderr before it starts and, on a terminal, while it lasts. */
export async function fetchIntoCache(request: FetchRequest): Promise<FetchSummary> {
  // What speaks HTTP is of no concern to other commands.
  const { fetchKernels } = await import('@bpfc/hub');
  let transfer: Promise<Transfer> | undefined;
  try {
    return await fetchKernels(request, {
      onNote: say,
      onPlan: (plan) => {
        say(planText(plan, request));
        if (!request.dryRun && plan.files.length > 0) {
          transfer = startTransfer(plan.files.length, plan.unknownSizes === 0 ? plan.bytes : undefined);
        }
      },
      onBytes: (bytes) => void transfer?.then((shown) => shown.bytes(bytes)),
      onFile: () => void transfer?.then((shown) => shown.file()),
    });
  } finally {
    (await transfer)?.stop();
  }
}

function planText(plan: Plan, { cache, dryRun }: FetchRequest): string {
  const there = plan.present > 0 ? `, ${plan.present} in the cache` : '';
  const known = plan.bytes > 0 ? `, ${bytesText(plan.bytes)}` : '';
  const unknown =
    plan.unknownSizes === 0
      ? ''
      : `, ${plan.bytes > 0 ? `and ${plural(plan.unknownSizes, 'file')} of unknown size` : 'of unknown size'}`;
  const verb = dryRun ? 'would fetch' : 'fetching';
  return `${plural(plan.wanted, 'kernel')} wanted${there}; ${verb} ${plural(plan.files.length, 'file')}${known}${unknown} into ${cache}`;
}

/** What a run has done, as text for people. */
export function fetchText(summary: FetchSummary, dryRun: boolean): string {
  const { sources, fetched, bytes, present, changed, gone } = summary;
  const lines = [
    [dryRun ? 'would fetch' : 'fetched', `${plural(fetched.length, 'kernel')}, ${bytesText(bytes)}`],
    ['were there', plural(present, 'kernel')],
    ...sources.map(({ source, commit, kernels }) => [
      'source',
      `${source}: ${plural(kernels, 'kernel')}${commit === undefined ? '' : `, commit ${commit}`}`,
    ]),
    ...changed.map((path) => ['changed', `${path}: --update fetches it`]),
    ...gone.map((path) => ['gone', `${path}: its source has it no more; kept`]),
    ...summary.broken.map((file) => ['broken', `${unfetchedText(file)}; so it is at its source`]),
    ...summary.failed.map((file) => ['failed', unfetchedText(file)]),
  ];
  return lines.map(([what = '', text = '']) => `${what.padEnd(12)}${text}`).join('\n');
}

function unfetchedText({ path, code, message }: Unfetched): string {
  return `${path}: ${code}: ${message}`;
}

/** @throws BpfcError `FETCH_INCOMPLETE`: files are missing that another run may bring */
export function requireComplete({ failed, wanted }: FetchSummary): void {
  if (failed.length === 0) return;
  throw new BpfcError(
    'FETCH_INCOMPLETE',
    `${failed.length} of ${wanted} kernels could not be fetched; run it again: it goes on where it was`,
  );
}
