// Numbers as people read them.

const grouped = new Intl.NumberFormat('en');

export function count(number: number): string {
  return grouped.format(number);
}

/** `1 kernel`, `60 kernels`. */
export function counted(number: number, one: string, many = `${one}s`): string {
  return `${count(number)} ${number === 1 ? one : many}`;
}

/** Three digits and a unit, as the commands print sizes: `313 bytes`, `1.25 KB`, `44.1 MB`. */
export function bytes(number: number): string {
  if (number < 1000) return counted(number, 'byte');
  for (const [unit, size] of [
    ['KB', 1e3],
    ['MB', 1e6],
  ] as const) {
    const digits = (number / size).toPrecision(3);
    if (Number(digits) < 1000) return `${digits} ${unit}`;
  }
  return `${(number / 1e9).toPrecision(3)} GB`;
}

/** A place in a struct: whole bytes as `24`, bits of one as `24:3`. */
export function offset(bits: number): string {
  return bits % 8 === 0 ? String(bits / 8) : `${Math.floor(bits / 8)}:${bits % 8}`;
}
