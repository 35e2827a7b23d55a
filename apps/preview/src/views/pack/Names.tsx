import { Some } from '../../ui/Some.js';
import { visible } from '../../ui/visible.js';

/** A list of names out of a file, cut where they are very long. */
export function Names({ of }: { of: readonly { name: string; note?: string }[] }) {
  return (
    <Some of={of}>
      {(shown) => (
        <ul class="names">
          {shown.map(({ name, note }, position) => (
            <li key={position}>
              <bdi class="mono clamped" title={visible(name)}>
                {visible(name)}
              </bdi>
              {note && <span class="muted">{note}</span>}
            </li>
          ))}
        </ul>
      )}
    </Some>
  );
}
