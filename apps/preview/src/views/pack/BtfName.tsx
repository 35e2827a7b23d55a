import type { PackBtf } from './contents.js';

/** The golden angle, in degrees: hues of numbers that follow each other differ. */
const ANGLE = 137.5;

/** `BTF 3`, with a patch of color that is the same wherever it is named. */
export function BtfName({ btf: { name, number } }: { btf: PackBtf }) {
  return (
    <span class="btf-name">
      <span class="patch" aria-hidden="true" style={{ '--hue': `${(number * ANGLE) % 360}deg` }} /> {name}
    </span>
  );
}
