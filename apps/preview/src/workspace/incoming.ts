// Where files come from: dropped, picked, fetched from an address, or the example.
import { failureOf, PageCode } from '../engine/failure.js';
import { type NamedBlob, open, opening, passedOver, refuse } from './files.js';
import { decoded } from './route.js';

/** A pack of a small program for 60 kernels, from beside the page. */
const EXAMPLE = 'example/offcpu.tar';

/** The parameters of the page's address that name what it opens. */
const URL_PARAMETER = 'url';
const EXAMPLE_PARAMETER = 'example';

/** What may be opened of a folder: kernels as archives name them, objects, packs. A file that is named itself is always tried. */
const KNOWN = /\.(btf|o|tar|tgz)$|\.(btf|tar)\.(tar\.)?[xg]z$|(^|\/)vmlinux[^/]*$/;

/** Opens files that were picked or dropped. Of a folder, whose files have paths, those of other names are passed over. */
export async function openChosen(chosen: readonly NamedBlob[]): Promise<void> {
  const taken = chosen.filter(({ name }) => !name.includes('/') || KNOWN.test(name));
  passedOver.value += chosen.length - taken.length;
  await open(taken);
}

/** Files that are picked; of a folder, with their paths below it. */
export function pickedFiles(list: Iterable<File>): NamedBlob[] {
  return [...list].map((file) => ({ name: file.webkitRelativePath || file.name, blob: file }));
}

/** Files and folders that are dropped, folders with all that is below them. To be called while the event lasts. */
export async function droppedFiles(items: Iterable<DataTransferItem>): Promise<NamedBlob[]> {
  const entries = [...items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  const found = await Promise.all(entries.map(filesBelow));
  return found.flat();
}

async function filesBelow(entry: FileSystemEntry): Promise<NamedBlob[]> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) =>
      (entry as FileSystemFileEntry).file(resolve, reject),
    );
    return [{ name: entry.fullPath.replace(/^\//, ''), blob: file }];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const below: NamedBlob[] = [];
  // A reader gives some entries at a time, and none at the end.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return below;
    for (const child of some) for (const file of await filesBelow(child)) below.push(file);
  }
}

/** Opens what the page's address asks for. */
export async function openAddressed(): Promise<void> {
  const asked = new URLSearchParams(location.search);
  const addresses = asked.getAll(URL_PARAMETER);
  if (asked.has(EXAMPLE_PARAMETER)) addresses.unshift(EXAMPLE);
  await Promise.all(addresses.map(openAddress));
}

/** Opens the example, and says so in the address: links to places in it hold elsewhere. */
export async function openExample(): Promise<void> {
  const address = new URL(location.href);
  address.searchParams.set(EXAMPLE_PARAMETER, '');
  history.replaceState(null, '', address);
  await openAddress(EXAMPLE);
}

async function openAddress(address: string): Promise<void> {
  const name = nameOfAddress(address);
  opening.value++;
  try {
    const response = await fetch(new URL(address, document.baseURI));
    if (!response.ok) throw new Error(`the server answered ${response.status} ${response.statusText}`);
    await open([{ name, blob: await response.blob() }]);
  } catch (error) {
    const { message } = failureOf(error);
    // A browser does not say why: the server may be away, or not allow other sites' pages to read from it (CORS).
    refuse(name, { code: PageCode.fetch, message: `${address}: ${message}` });
  } finally {
    opening.value--;
  }
}

/** How many parts of a path say of which kernel a BTF is: ID/VERSION/ARCH/RELEASE. */
const IDENTITY_PARTS = 4;

/** The last part of an address' path; of a BTF those before it too, which may say the kernel. */
function nameOfAddress(address: string): string {
  const path = address.replace(/[?#].*$/s, '').replace(/^\w+:\/\/[^/]*/, '');
  const parts = path.split('/').filter(Boolean).map(decoded);
  const isBtf = /\.btf(\.tar\.[xg]z)?$/.test(path);
  return parts.slice(isBtf ? -IDENTITY_PARTS : -1).join('/') || address;
}
