// Which kernels the program is held against.
import { counted } from '../../ui/numbers.js';
import type { KernelSet } from './kernel-sets.js';

export function KernelChoice({
  sets,
  chosen,
  onChoose,
}: {
  sets: readonly KernelSet[];
  chosen: readonly KernelSet[];
  onChoose: (keys: string[]) => void;
}) {
  const keys = chosen.map(({ key }) => key);
  const strange = chosen.filter(({ own }) => !own);
  return (
    <>
      <fieldset class="kernel-choice row">
        <legend class="visually-hidden">Kernels</legend>
        {sets.map(({ key, label, kernels }) => (
          <label key={key}>
            <input
              type="checkbox"
              checked={keys.includes(key)}
              onChange={({ currentTarget: { checked } }) =>
                onChoose(checked ? [...keys, key] : keys.filter((other) => other !== key))
              }
            />{' '}
            {label} <span class="muted">{counted(kernels.length, 'kernel')}</span>
          </label>
        ))}
      </fieldset>
      {strange.length > 0 && (
        <p class="notice">
          {strange.map(({ label }) => label).join(', ')}: a pack's BTFs hold just what its own program needs.
          What this program misses there the kernel itself may well have.
        </p>
      )}
    </>
  );
}
