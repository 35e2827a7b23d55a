// Tars that no tool of ours writes: names of any length, links.

/** An entry; a link where it says to what. */
export interface TarEntry {
  name: string;
  bytes?: Uint8Array | undefined;
  link?: string;
}

/** Bytes of the name field of a header; GNU tar puts longer names into an entry before, of type `L`. */
const NAME = 100;

const BLOCK = 512;

export function tarOf(entries: readonly TarEntry[]): Buffer {
  const blocks = entries.flatMap(({ name, bytes = new Uint8Array(), link }) => {
    const long = Buffer.from(`${name}\0`);
    return [
      ...(long.length > NAME ? [header('././@LongLink', long.length, 'L'), padded(long)] : []),
      header(name, bytes.length, link === undefined ? '0' : '2', link),
      padded(bytes),
    ];
  });
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]);
}

/** POSIX ustar. */
function header(name: string, size: number, type: string, link = ''): Buffer {
  const header = Buffer.alloc(BLOCK);
  Buffer.from(name).copy(header, 0, 0, NAME);
  header.write('0000644\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  header.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  header.write('00000000000\0', 136);
  header.write('        ', 148);
  header.write(type, 156);
  header.write(link, 157);
  header.write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}

function padded(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & (BLOCK - 1))]);
}
