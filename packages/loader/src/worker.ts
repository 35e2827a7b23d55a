// The thread that owns a program: it waits for records, which blocks it, decodes them and sends them in batches.
import { parentPort, workerData } from 'node:worker_threads';
import { BpfcError } from '@bpfc/core/base';
import { type Decoder, decoderOf, type EventValue } from './decode.js';
import { type Libbpf, loadLibbpf, type Pointer } from './libbpf.js';
import { LoadedObject, type Receiver } from './loaded-object.js';
import { COUNTER, type Job, type ReadRequest, type Reply, type Request } from './messages.js';

/** Milliseconds that a request may have to wait. */
const TURN = 100;
/** Records of one map between two looks at requests. */
const MAX_BATCH = 4096;
/** Bytes that an event takes here beside those of its record, about. */
const EVENT_COST = 256;

/** Who reads a map, and how. */
interface Reading {
  reader: number;
  decoder: Decoder;
  counters: Int32Array<SharedArrayBuffer>;
}

/** One map: its records wait in the kernel until somebody reads them. */
class Channel implements Receiver {
  #reading: Reading | undefined;
  #record: Buffer = Buffer.alloc(0);
  #events: EventValue[] = [];
  #costs: number[] = [];
  /** Records since the last look at requests. */
  #received = 0;

  constructor(
    readonly libbpf: Libbpf,
    readonly map: string,
    readonly queueBytes: number,
  ) {}

  get reading(): boolean {
    return this.#reading !== undefined;
  }

  read({ reader, layout, counters }: ReadRequest): void {
    this.#reading = { reader, decoder: decoderOf(layout), counters: new Int32Array(counters) };
  }

  pause(reader: number): void {
    if (this.#reading?.reader === reader) this.#reading = undefined;
  }

  received = (data: Pointer, size: number): boolean => {
    if (this.#reading) this.#take(this.#reading, data, size);
    this.#received += 1;
    return this.#received < MAX_BATCH;
  };

  lost = (count: number): void => {
    if (this.#reading) Atomics.add(this.#reading.counters, COUNTER.lostInKernel, count);
  };

  /** Ends a turn. */
  post(): void {
    this.#received = 0;
    if (!this.#reading || this.#events.length === 0) return;
    reply({ is: 'events', reader: this.#reading.reader, events: this.#events, costs: this.#costs });
    [this.#events, this.#costs] = [[], []];
  }

  #take({ decoder, counters }: Reading, data: Pointer, size: number): void {
    const cost = size + EVENT_COST;
    if (Atomics.load(counters, COUNTER.waiting) + cost > this.queueBytes) {
      Atomics.add(counters, COUNTER.dropped, 1);
      return;
    }
    if (this.#record.length < size) this.#record = Buffer.alloc(size);
    this.libbpf.copy(this.#record, data, size);
    this.#events.push(decoder.decode(this.#record, size));
    this.#costs.push(cost);
    Atomics.add(counters, COUNTER.waiting, cost);
  }
}

function reply(message: Reply): void {
  parentPort?.postMessage(message);
}

async function serve(job: Job): Promise<void> {
  const libbpf = await loadLibbpf();
  const channels = new Map<string, Channel>();
  const object = new LoadedObject(libbpf, job, (map) => {
    const channel = new Channel(libbpf, map, job.queueBytes);
    channels.set(map, channel);
    return channel;
  });
  let turning = false;

  const turn = () => {
    const reading = [...channels.values()].filter(({ reading }) => reading);
    turning = reading.length > 0;
    if (!turning) return;
    const buffers = reading.flatMap(({ map }) => object.buffer(map) ?? []);
    try {
      libbpf.wait(
        buffers.map(({ descriptor }) => descriptor),
        TURN,
      );
      for (const buffer of buffers) buffer.consume();
      for (const channel of reading) channel.post();
    } catch (error) {
      // The thread ends by it; what it has in the kernel would stay until the process does.
      object.close();
      throw error;
    }
    // Requests come between two turns.
    setImmediate(turn);
  };

  parentPort?.on('message', (request: Request) => {
    switch (request.do) {
      case 'read':
        channels.get(request.map)?.read(request);
        if (!turning) turn();
        break;
      case 'pause':
        channels.get(request.map)?.pause(request.reader);
        break;
      case 'stop':
        channels.clear();
        object.close();
        parentPort?.close();
        break;
    }
  });
  reply({ is: 'loaded', maps: object.maps, programs: object.programs });
}

serve(workerData).catch((error: unknown) => {
  if (!(error instanceof BpfcError)) throw error;
  const { code, message, value } = error;
  reply({ is: 'failed', code, message, value });
});
