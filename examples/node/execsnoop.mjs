// Who executes what: node execsnoop.mjs PACK
import { readFile } from 'node:fs/promises';
import { loadPack } from '@bpfc/loader';

const [, , pack = 'execsnoop.tar'] = process.argv;
const program = await loadPack(await readFile(pack));
const events = program.events('events', { bytes: ['args'] });
process.once('SIGINT', () => program.dispose());

console.log('PID      PPID     COMM             ARGS');
for await (const { pid, ppid, comm, args, args_size } of events) {
  const line = Buffer.from(args).toString('utf8', 0, args_size).replaceAll('\0', ' ').trimEnd();
  console.log(`${pid}`.padEnd(8), `${ppid}`.padEnd(8), comm.padEnd(16), line);
}
const { kernel, queue } = events.lost;
if (kernel + queue > 0) console.error(`lost ${kernel + queue} events`);
