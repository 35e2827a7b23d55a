// The views, in the order of their tabs. Each is loaded when it is first shown; a new one is entered here.
import type { ComponentType } from 'preact';

export interface View {
  /** First part of its addresses. */
  id: string;
  title: string;
  load: () => Promise<ComponentType>;
}

export const views: readonly View[] = [
  { id: 'pack', title: 'Pack', load: () => import('./pack/PackView.js').then((it) => it.PackView) },
  {
    id: 'relocations',
    title: 'Relocations',
    load: () => import('./relocations/RelocationsView.js').then((it) => it.RelocationsView),
  },
  { id: 'types', title: 'Types', load: () => import('./types/TypesView.js').then((it) => it.TypesView) },
  { id: 'trim', title: 'Trim it here', load: () => import('./trim/TrimView.js').then((it) => it.TrimView) },
  {
    id: 'console',
    title: 'Console',
    load: () => import('./console/ConsoleView.js').then((it) => it.ConsoleView),
  },
];

/** Views for what the first file that is opened is. */
export const viewOf = { pack: 'pack', btf: 'types', object: 'relocations' } as const;
