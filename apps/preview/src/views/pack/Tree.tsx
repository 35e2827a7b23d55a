// The tree of a pack's kernels. Focus stays on the tree itself, which says what is active: rows out of sight do not exist.
import { useEffect, useId, useMemo, useRef, useState } from 'preact/hooks';
import { bytes, counted } from '../../ui/numbers.js';
import { useNarrow } from '../../ui/use-narrow.js';
import { VirtualList } from '../../ui/VirtualList.js';
import { visible } from '../../ui/visible.js';
import { BtfName } from './BtfName.js';
import type { PackBtf, PackKernel } from './contents.js';
import { branchKeysOf, rowsOf, rowTyped, stepOf, type TreeNode, type TreeRow, treeOf } from './tree.js';

/** A tree of at most so many kernels begins open. */
const MOST_OPEN = 100;

/** Letters that follow each other within this time, in milliseconds, are one word. */
const TYPING = 700;

export interface TreeProps {
  kernels: readonly PackKernel[];
  /** Whether these are some of all: then it begins open, however many they are. */
  filtered: boolean;
  selected: PackKernel | undefined;
  /** Kernels that have it are marked. */
  marked: PackBtf | undefined;
  onSelect: (kernel: PackKernel) => void;
}

export function Tree({ kernels, filtered, selected, marked, onSelect }: TreeProps) {
  const id = useId();
  const frame = useRef<HTMLDivElement>(null);
  const typing = useRef({ text: '', until: 0 });
  const rowHeight = useNarrow() ? 48 : 28;
  const tree = useMemo(() => treeOf(kernels), [kernels]);
  /** What the reader opened and closed, by key. */
  const [changed, setChanged] = useState<ReadonlyMap<string, boolean>>(new Map());
  const [activeKey, setActiveKey] = useState<string>();

  const open = filtered || kernels.length <= MOST_OPEN;
  const rows = useMemo(() => rowsOf(tree, ({ key }) => changed.get(key) ?? open), [tree, changed, open]);
  const at = Math.max(
    rows.findIndex(({ node }) => node.key === activeKey),
    0,
  );
  const active = rows[at];

  // A filter makes another tree: what was opened in the one before does not hold there.
  useEffect(() => setChanged(new Map()), [filtered]);
  useEffect(() => {
    if (!selected) return;
    setChanged(
      (before) => new Map([...before, ...branchKeysOf(selected).map((key) => [key, true] as const)]),
    );
    const key = `/${selected.path}`;
    setActiveKey(key);
    // Chosen elsewhere on the page, or by its address.
    if (activeKey !== key) frame.current?.scrollIntoView({ block: 'nearest' });
  }, [selected, filtered]);

  const setOpen = (nodes: readonly TreeNode[], to: boolean) =>
    setChanged(new Map([...changed, ...nodes.map(({ key }) => [key, to] as const)]));

  const use = ({ node, open }: TreeRow) => {
    setActiveKey(node.key);
    if (node.kernel) onSelect(node.kernel);
    else setOpen([node], !open);
  };

  const goTo = (row: number) => {
    const key = rows[row]?.node.key;
    if (key !== undefined) setActiveKey(key);
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const { key, timeStamp } = event;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const isTyping = timeStamp < typing.current.until;
    const step = stepOf(rows, at, key);
    if (step) {
      if ('to' in step) goTo(step.to);
      else setOpen(step.nodes, step.open);
    } else if (active && (key === 'Enter' || (key === ' ' && !isTyping))) {
      use(active);
    } else if (key.length === 1) {
      const text = (isTyping ? typing.current.text : '') + key.toLowerCase();
      typing.current = { text, until: timeStamp + TYPING };
      goTo(rowTyped(rows, at, text));
    } else {
      return;
    }
    event.preventDefault();
  };

  return (
    <div ref={frame} class="kernel-tree">
      <VirtualList
        role="tree"
        aria-label="Kernels"
        tabIndex={0}
        aria-activedescendant={active && `${id}-${at}`}
        count={rows.length}
        rowHeight={rowHeight}
        shown={active && at}
        style={{ height: `${rows.length * rowHeight + 2}px` }}
        onKeyDown={onKeyDown}
      >
        {({ index, style }) => {
          const row = rows[index];
          if (!row) return null;
          const { node, open, position, siblings } = row;
          return (
            // biome-ignore lint/a11y/useFocusableInteractive: the tree has the focus, and says which row is active
            // biome-ignore lint/a11y/useKeyWithClickEvents: the tree hears the keys
            <div
              key={node.key}
              id={`${id}-${index}`}
              role="treeitem"
              class={`tree-row ${row === active ? 'active' : ''} ${node.kernel ? 'kernel' : 'branch'} ${marksOf(node, marked) > 0 ? 'marked' : ''}`}
              aria-level={node.level}
              aria-setsize={siblings}
              aria-posinset={position}
              aria-expanded={open ?? undefined}
              aria-selected={node.kernel ? node.kernel === selected : undefined}
              style={{ ...style, '--level': node.level }}
              onClick={() => use(row)}
            >
              <span class="twist" aria-hidden="true">
                {open === null ? '' : open ? '▾' : '▸'}
              </span>
              <bdi class="name mono" title={visible(node.name)}>
                {visible(node.name)}
              </bdi>{' '}
              {node.kernel ? (
                <KernelFacts kernel={node.kernel} isMarked={node.kernel.btf === marked} />
              ) : (
                <BranchFacts node={node} marks={marksOf(node, marked)} />
              )}
            </div>
          );
        }}
      </VirtualList>
    </div>
  );
}

/** How many of a node's kernels have the marked BTF. */
function marksOf({ kernels }: TreeNode, marked: PackBtf | undefined): number {
  return marked ? kernels.filter(({ btf }) => btf === marked).length : 0;
}

function BranchFacts({ node, marks }: { node: TreeNode; marks: number }) {
  return (
    <span class="facts muted">
      <span class="marks">{marks > 0 && `● ${marks} of `}</span>
      <span>{counted(node.kernels.length, 'kernel')}</span> <span>{counted(node.btfs, 'BTF')}</span>{' '}
      <span class="number">{bytes(node.bytes)}</span>
    </span>
  );
}

function KernelFacts({ kernel, isMarked }: { kernel: PackKernel; isMarked: boolean }) {
  const { btf, size } = kernel;
  const sharing = btf.kernels.length;
  return (
    <span class="facts">
      <span class="marks" aria-hidden="true">
        {isMarked && '●'}
      </span>
      <BtfName btf={btf} />{' '}
      {btf.group.error ? (
        <span class="tag error">! broken</span>
      ) : (
        <span class="muted">{sharing > 1 ? `shared by ${sharing}` : 'its own'}</span>
      )}{' '}
      <span class="number muted">{bytes(size)}</span>
    </span>
  );
}
