// Disks of a test's own, in a namespace of mounts.
import { spawnSync } from 'node:child_process';

export const ROOT = process.getuid?.() === 0;

/** For a namespace of mounts: root has the right to it, others get it with a namespace of users, if the system lets them. */
export const UNSHARE = ['unshare', ROOT ? '--mount' : '--map-root-user', '--mount'];

/** Everywhere but for users whom the system refuses it; what follows without mounts says the same of other errors. */
export const MOUNTS = ROOT || spawnSync('unshare', [...UNSHARE.slice(1), 'true']).status === 0;
