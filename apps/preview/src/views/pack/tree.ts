// Distributions, versions, machines and kernels as a tree, what of it is open, and where keys lead in it.
import { bytesOf, type PackKernel } from './contents.js';

export interface TreeNode {
  key: string;
  /** A part of an identity, or the path of a kernel that has none. */
  name: string;
  /** From 1. */
  level: number;
  /** Null for a branch. */
  kernel: PackKernel | null;
  /** The kernels below it; of a kernel, itself. */
  kernels: readonly PackKernel[];
  /** How many different BTFs they have. */
  btfs: number;
  /** Of their BTFs as they are unpacked. */
  bytes: number;
  children: readonly TreeNode[];
}

/** A node that is in sight, and where. */
export interface TreeRow {
  node: TreeNode;
  /** Null for a kernel, which has nothing to open. */
  open: boolean | null;
  /** Row of its parent, -1 at the top. */
  parent: number;
  /** Among its siblings, from 1. */
  position: number;
  siblings: number;
}

/** The tree, in the order of the kernels. A kernel without identity stands at the top, by its path. */
export function treeOf(kernels: readonly PackKernel[]): TreeNode[] {
  return nodesOf(kernels, 0, '');
}

function nodesOf(kernels: readonly PackKernel[], depth: number, above: string): TreeNode[] {
  const below = new Map<string, PackKernel[]>();
  const nodes: TreeNode[] = [];
  for (const kernel of kernels) {
    const part = branchesOf(kernel)[depth];
    if (part === undefined) {
      nodes.push(leaf(kernel, depth + 1));
      continue;
    }
    const members = below.get(part);
    if (members) members.push(kernel);
    else below.set(part, [kernel]);
  }
  for (const [name, members] of below) {
    const key = `${above}${name}/`;
    nodes.push({
      key,
      name,
      level: depth + 1,
      kernel: null,
      kernels: members,
      btfs: new Set(members.map(({ btf }) => btf)).size,
      bytes: bytesOf(members),
      children: nodesOf(members, depth + 1, key),
    });
  }
  return nodes;
}

function leaf(kernel: PackKernel, level: number): TreeNode {
  const name = kernel.identity?.release ?? kernel.path;
  // The keys of branches do not begin with a slash.
  const key = `/${kernel.path}`;
  return { key, name, level, kernel, kernels: [kernel], btfs: 1, bytes: kernel.size, children: [] };
}

function branchesOf({ identity }: PackKernel): string[] {
  return identity ? [identity.id, identity.version, identity.arch] : [];
}

/** Keys of the branches that a kernel is below. */
export function branchKeysOf(kernel: PackKernel): string[] {
  return branchesOf(kernel).map((_, last, parts) => `${parts.slice(0, last + 1).join('/')}/`);
}

/** What is in sight. */
export function rowsOf(tree: readonly TreeNode[], isOpen: (node: TreeNode) => boolean): TreeRow[] {
  const rows: TreeRow[] = [];
  const add = (nodes: readonly TreeNode[], parent: number) => {
    for (const [index, node] of nodes.entries()) {
      const open = node.kernel ? null : isOpen(node);
      rows.push({ node, open, parent, position: index + 1, siblings: nodes.length });
      if (open) add(node.children, rows.length - 1);
    }
  };
  add(tree, -1);
  return rows;
}

/** The kernels whose identity, or else path, has every word of the text, in any case. */
export function filtered(kernels: readonly PackKernel[], text: string): readonly PackKernel[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return kernels;
  return kernels.filter(({ label }) => {
    const own = label.toLowerCase();
    return words.every((word) => own.includes(word));
  });
}

/** What a key does: leads to a row, opens or closes nodes. */
export type TreeStep = { to: number } | { open: boolean; nodes: readonly TreeNode[] };

const PAGE = 10;

/** The keys of a tree, after the ARIA Authoring Practices Guide; undefined for others. */
export function stepOf(rows: readonly TreeRow[], at: number, key: string): TreeStep | undefined {
  const row = rows[at];
  if (!row) return undefined;
  const last = rows.length - 1;
  switch (key) {
    case 'ArrowDown':
      return { to: Math.min(at + 1, last) };
    case 'ArrowUp':
      return { to: Math.max(at - 1, 0) };
    case 'PageDown':
      return { to: Math.min(at + PAGE, last) };
    case 'PageUp':
      return { to: Math.max(at - PAGE, 0) };
    case 'Home':
      return { to: 0 };
    case 'End':
      return { to: last };
    case 'ArrowRight':
      if (row.open === null) return { to: at };
      return row.open ? { to: at + 1 } : { open: true, nodes: [row.node] };
    case 'ArrowLeft':
      if (row.open) return { open: false, nodes: [row.node] };
      return { to: row.parent < 0 ? at : row.parent };
    case '*':
      return {
        open: true,
        nodes: rows.filter(({ parent }) => parent === row.parent).map(({ node }) => node),
      };
    default:
      return undefined;
  }
}

/** The next row whose name begins with what is typed, from `at` on and round; -1 where there is none. */
export function rowTyped(rows: readonly TreeRow[], at: number, typed: string): number {
  // A first letter leads on; further ones make it longer, and the row may stay.
  const start = typed.length === 1 ? at + 1 : at;
  const order = [...rows.keys()].map((index) => (start + index) % rows.length);
  return order.find((index) => rows[index]?.node.name.toLowerCase().startsWith(typed)) ?? -1;
}
