// The kernel's own BTF, where libbpf looks for it.
import { elfHasBtf, isReadable } from './files.js';

/** Where a kernel built with CONFIG_DEBUG_INFO_BTF shows it. */
const SYSFS = '/sys/kernel/btf/vmlinux';

/** A place where BTF was looked for. */
export interface NativePlace {
  path: string;
  found: boolean;
}

/** The places up to the first that has the BTF of the running kernel (libbpf: `btf__load_vmlinux_btf`). */
export function nativePlaces(release: string): NativePlace[] {
  const places: NativePlace[] = [];
  for (const path of [SYSFS, ...images(release)]) {
    // Debug images of kernels without BTF have none.
    const found = path === SYSFS ? isReadable(path) : elfHasBtf(path);
    places.push({ path, found });
    if (found) break;
  }
  return places;
}

function images(release: string): string[] {
  return [
    `/boot/vmlinux-${release}`,
    `/lib/modules/${release}/vmlinux-${release}`,
    `/lib/modules/${release}/build/vmlinux`,
    `/usr/lib/modules/${release}/kernel/vmlinux`,
    `/usr/lib/debug/boot/vmlinux-${release}`,
    `/usr/lib/debug/boot/vmlinux-${release}.debug`,
    `/usr/lib/debug/lib/modules/${release}/vmlinux`,
  ];
}
