import { Some } from '../../ui/Some.js';
import { visible } from '../../ui/visible.js';

/** A list of names out of a file. */
export function Names({ of }: { of: readonly string[] }) {
  return (
    <Some of={of}>
      {(shown) => (
        <ul class="names mono">
          {shown.map((name, position) => (
            <li key={position}>
              <bdi>{visible(name)}</bdi>
            </li>
          ))}
        </ul>
      )}
    </Some>
  );
}
