// Which relocations are shown.
import type { RelocationVerdict } from '@bpfc/core/slim';
import { counted } from '../../ui/numbers.js';
import { countVerdicts, type Filter, type Row } from './fold.js';
import { VERDICTS } from './verdicts.js';

export function Filters({
  rows,
  shown,
  filter,
  onFilter,
}: {
  /** All of them. */
  rows: readonly Row[];
  /** How many rows the filter leaves. */
  shown: number;
  filter: Filter;
  onFilter: (filter: Filter) => void;
}) {
  const counts = countVerdicts(rows);
  const toggle = (verdict: RelocationVerdict) => {
    const verdicts = new Set(filter.verdicts);
    if (!verdicts.delete(verdict)) verdicts.add(verdict);
    onFilter({ ...filter, verdicts });
  };
  return (
    <search class="filters row" aria-label="Which relocations are shown">
      <span class="row verdicts">
        {VERDICTS.filter(({ verdict }) => counts.has(verdict) || filter.verdicts.has(verdict)).map(
          ({ verdict, symbol, meaning }) => (
            <button
              key={verdict}
              type="button"
              class={`tag ${verdict}`}
              title={meaning}
              aria-pressed={filter.verdicts.has(verdict)}
              onClick={() => toggle(verdict)}
            >
              <span aria-hidden="true">{symbol}</span> {verdict}{' '}
              <span class="number">{counts.get(verdict) ?? 0}</span>
            </button>
          ),
        )}
      </span>
      <input
        type="search"
        aria-label="Access, program or source file"
        placeholder="access, program or source file"
        value={filter.text}
        onInput={({ currentTarget }) => onFilter({ ...filter, text: currentTarget.value })}
      />
      <label>
        <input
          type="checkbox"
          checked={filter.differs}
          onChange={({ currentTarget }) => onFilter({ ...filter, differs: currentTarget.checked })}
        />{' '}
        only what differs between kernels
      </label>
      <span class="muted" role="status">
        {shown < rows.length && `${counted(shown, 'row')} of ${rows.length}`}
      </span>
    </search>
  );
}
