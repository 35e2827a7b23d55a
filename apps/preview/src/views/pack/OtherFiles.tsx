import type { InspectedPack } from '@bpfc/core/slim';
import { useId } from 'preact/hooks';
import { bytes } from '../../ui/numbers.js';
import { Names } from './Names.js';

/** What is in the pack beside BTFs. */
export function OtherFiles({ files }: { files: InspectedPack['files'] }) {
  const id = useId();
  if (files.length === 0) return null;
  return (
    <section aria-labelledby={id}>
      <h2 id={id}>Other files in the pack</h2>
      <Names of={files.map(({ path, size }) => ({ name: path, note: bytes(size) }))} />
    </section>
  );
}
