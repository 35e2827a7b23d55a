// Whose a temporary is: its name says which process made it, and from that whether the process still runs.
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';

/** What a name looks like, `PLACE-PID-START`; see {@link ownName}. */
export const OWNER = '[0-9a-f]{8}-[1-9][0-9]*-[0-9]+';

let own: { place: string; name: string } | undefined;

/**
 * The name of this process, as a part of a file's name: no dots. Process ids are given out again, so the start goes
 * with it, in clock ticks since the boot; and both mean something in one place only, a boot of a machine and in it a
 * namespace of ids.
 */
export function ownName(): string {
  return self().name;
}

/** Whether the process of this name still runs; undefined where that cannot be told from here. */
export function isRunning(name: string): boolean | undefined {
  const [place, id, start] = name.split('-');
  if (place !== self().place) return undefined;
  const pid = Number(id);
  if (!exists(pid)) return false;
  const stat = statOf(pid);
  // Where /proc hides the processes of others (hidepid), kill(2) still knows that there is one.
  return stat === undefined || (stat.start === start && !stat.ended);
}

function self(): { place: string; name: string } {
  if (!own) {
    // Where nothing can be told of processes, a place that no other has.
    const place = findPlace() ?? randomBytes(4).toString('hex');
    own = { place, name: `${place}-${process.pid}-${statOf(process.pid)?.start ?? 0}` };
  }
  return own;
}

/** Undefined where there is no /proc, or the one of another namespace, as in some containers. */
function findPlace(): string | undefined {
  try {
    if (readlinkSync('/proc/self') !== String(process.pid)) return undefined;
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8');
    const namespace = readlinkSync('/proc/self/ns/pid');
    return createHash('sha256').update(`${boot}${namespace}`).digest('hex').slice(0, 8);
  } catch {
    return undefined;
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: there is one, of another user.
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}

/** From fields 3 and 22 of proc(5)'s stat. Field 2, the name in parentheses, may hold anything. */
function statOf(pid: number): { start: string; ended: boolean } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, ...fields] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    // A zombie runs no more, and without an init to wait for it stays.
    return { start: fields[18] ?? '', ended: state === 'Z' || state === 'X' };
  } catch {
    return undefined;
  }
}
