import { useId } from 'preact/hooks';
import { visible } from './visible.js';

export interface Choice {
  key: string;
  label: string;
}

/** A list to choose one from, with its name before it. */
export function Chooser({
  label,
  choices,
  chosen,
  onChoose,
  none,
}: {
  label: string;
  choices: readonly Choice[];
  chosen: string | undefined;
  onChoose: (key: string) => void;
  /** What choosing nothing is called, where that can be. */
  none?: string;
}) {
  const id = useId();
  return (
    <span class="chooser">
      <label for={id}>{label}</label>
      <select id={id} value={chosen ?? ''} onChange={({ currentTarget }) => onChoose(currentTarget.value)}>
        {none !== undefined && <option value="">{none}</option>}
        {choices.map(({ key, label }) => (
          <option key={key} value={key}>
            {visible(label)}
          </option>
        ))}
      </select>
    </span>
  );
}
