// Who gets what: the core's answer for a machine, or for a list of them.
import type { Fleet, Selection } from '@bpfc/core/slim';
import { signal } from '@preact/signals';
import { useEffect, useId, useRef } from 'preact/hooks';
import { bytes, count, counted } from '../../ui/numbers.js';
import { Problem } from '../../ui/Problem.js';
import { Some } from '../../ui/Some.js';
import { useAnswer } from '../../ui/use-answer.js';
import { visible } from '../../ui/visible.js';
import { Wide } from '../../ui/Wide.js';
import type { packs } from '../../workspace/files.js';
import { route } from '../../workspace/route.js';
import { machines } from './ask-machines.js';
import { BtfName } from './BtfName.js';
import type { PackKernel } from './contents.js';
import { ASKED, type AskedMachine, askedIn, askedOfLine, FOUND, systemOf } from './machine.js';
import type { NumberedPack } from './machines-worker.js';

export interface MachinesProps {
  pack: (typeof packs.value)[number];
  kernels: readonly PackKernel[];
  kernelAt: (path: string) => PackKernel | undefined;
  addressOf: (kernel: PackKernel) => string;
  /** The address of the same place with another query. */
  withQuery: (query: Record<string, string>) => string;
  onAsk: (query: Record<string, string>) => void;
}

/** What the Worker takes of a pack. */
function numbered({ number, blob }: MachinesProps['pack']): NumberedPack {
  return { number, blob };
}

export function Machines(props: MachinesProps) {
  const id = useId();
  return (
    <section class="machines" aria-labelledby={id}>
      <h2 id={id}>Who gets what</h2>
      <OneMachine {...props} />
      <ManyMachines {...props} />
    </section>
  );
}

const FIELDS: Record<keyof AskedMachine, { label: string; example: string; optional?: boolean }> = {
  id: { label: 'ID', example: 'centos' },
  version: { label: 'VERSION_ID', example: '8', optional: true },
  like: { label: 'ID_LIKE', example: 'rhel fedora', optional: true },
  machine: { label: 'uname -m', example: 'x86_64' },
  release: { label: 'uname -r', example: '4.18.0-147.el8.x86_64' },
};

function OneMachine(props: MachinesProps) {
  const { pack, onAsk } = props;
  const { query } = route.value;
  const asked = askedIn(query);
  const nearest = query.nearest !== undefined;
  const { machine, release } = asked;
  const key = JSON.stringify([asked, nearest]);
  const isAsked = machine !== '' || release !== '';
  const { value, failure, pending } = useAnswer(
    isAsked
      ? async () => ({ key, selection: await machines.select(numbered(pack), systemOf(asked), nearest) })
      : undefined,
    [pack.number, key],
  );
  const form = useRef<HTMLFormElement>(null);
  // Its fields tell what was asked, by whatever link; the reader's place in it stays.
  useEffect(() => form.current?.reset(), [key]);
  const selection = value?.key === key ? value.selection : undefined;
  return (
    <>
      <form
        ref={form}
        class="machine"
        aria-label="One machine"
        onSubmit={(event) => {
          event.preventDefault();
          const told = new FormData(event.currentTarget as HTMLFormElement);
          const names = [...ASKED, 'nearest'];
          onAsk(Object.fromEntries(names.map((name) => [name, String(told.get(name) ?? '').trim()])));
        }}
      >
        {ASKED.map((name) => {
          const { label, example, optional } = FIELDS[name];
          return (
            <label key={name} class={name}>
              <span>
                <code>{label}</code>
                {optional && <span class="muted"> if set</span>}
              </span>
              <input
                name={name}
                defaultValue={asked[name]}
                placeholder={example}
                required={!optional}
                autocomplete="off"
                autocapitalize="off"
                spellcheck={false}
              />
            </label>
          );
        })}
        <span class="row">
          <button type="submit" class="primary">
            What does it get?
          </button>
          <label>
            <input type="checkbox" name="nearest" value="1" defaultChecked={nearest} /> the nearest release,
            if there is no other
          </label>
        </span>
      </form>
      <div role="status" aria-busy={pending}>
        {selection && <Answer {...props} asked={asked} selection={selection} nearest={nearest} />}
      </div>
      {selection && <Tried tried={selection.tried} />}
      {failure && <Problem failure={failure} />}
    </>
  );
}

function Answer({
  selection: { entry, step, tried },
  asked,
  nearest,
  ...props
}: MachinesProps & { selection: Selection; asked: AskedMachine; nearest: boolean }) {
  if (!entry || !step) {
    return (
      <>
        <p class="answer">
          <span class="tag error">✗ not served</span> The pack has no BTF for this machine: {reasonOf(tried)}.
          Unless its kernel has BTF of its own, the program's CO-RE relocations fail there.
        </p>
        <p>
          <Others {...props} asked={asked} />
          {!nearest && ' The nearest release was not asked for.'}
        </p>
      </>
    );
  }
  const kernel = props.kernelAt(entry.path);
  return (
    <p class="answer">
      <span class="tag ok">✓ served</span> It gets{' '}
      {kernel ? (
        <>
          <KernelLink kernel={kernel} addressOf={props.addressOf} />, <BtfName btf={kernel.btf} />
        </>
      ) : (
        <bdi>{visible(entry.path)}</bdi>
      )}
      , {bytes(entry.size)}: {step === 'nearest' ? <strong>{FOUND[step]}</strong> : FOUND[step]}.
    </p>
  );
}

function Tried({ tried }: Pick<Selection, 'tried'>) {
  return (
    <table class="tried" aria-label="What was looked for">
      <tbody>
        {tried.map(({ step, key, hits }) => (
          <tr key={`${step} ${key}`}>
            <th scope="row">{step}</th>
            <td class="mono">
              <bdi>{visible(key)}</bdi>
            </td>
            <td>{hits === 0 ? 'none' : counted(hits, 'entry', 'entries')}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Why nothing was found. */
function reasonOf(tried: Selection['tried']): string {
  const unlike = tried.find(({ hits }) => hits > 1);
  return unlike
    ? `${count(unlike.hits)} entries go by the name ${visible(unlike.key)}, and they differ`
    : `none of the ${counted(tried.length, 'name')} that were looked for is in it`;
}

/** What the pack has of that distribution. */
function Others({ asked, kernels, withQuery }: MachinesProps & { asked: AskedMachine }) {
  const id = asked.id.toLowerCase();
  const ofId = kernels.filter(({ identity }) => identity?.id === id);
  const ofVersion = ofId.filter(({ identity }) => identity?.version === asked.version.toLowerCase());
  const others = ofVersion.length > 0 ? ofVersion : ofId;
  if (others.length === 0) return `It has no kernel of ${visible(id)}.`;
  const which = others === ofId ? `${id}/` : `${id}/${asked.version.toLowerCase()}/`;
  return (
    <>
      It has{' '}
      <a href={withQuery({ q: which })}>
        {counted(others.length, 'other kernel')} of {visible(which.slice(0, -1))}
      </a>
      .
    </>
  );
}

function KernelLink({ kernel, addressOf }: { kernel: PackKernel; addressOf: MachinesProps['addressOf'] }) {
  return (
    <a class="mono" href={addressOf(kernel)}>
      <bdi>{visible(kernel.label)}</bdi>
    </a>
  );
}

/** What was asked last; it stays when another view is shown. */
const list = signal({ text: '', nearest: false });

function ManyMachines(props: MachinesProps) {
  const { pack } = props;
  const { text, nearest } = list.value;
  const { value, failure, pending } = useAnswer(
    text.trim() === '' ? undefined : () => machines.fleet(numbered(pack), text, nearest),
    [pack.number, list.value],
  );
  return (
    <details class="many" open={text !== ''}>
      <summary>Many machines</summary>
      <form
        aria-label="Many machines"
        onSubmit={(event) => {
          event.preventDefault();
          const told = new FormData(event.currentTarget as HTMLFormElement);
          list.value = { text: String(told.get('list') ?? ''), nearest: told.has('nearest') };
        }}
      >
        <label>
          One line for each: <code>ID VERSION_ID machine release</code>, <code>-</code> for no VERSION_ID
          <textarea
            name="list"
            rows={5}
            defaultValue={text}
            placeholder={'ubuntu 20.04 x86_64 5.4.0-26-generic\ncentos 8 x86_64 4.18.0-147.el8.x86_64'}
            autocapitalize="off"
            spellcheck={false}
          />
        </label>
        <span class="row">
          <button type="submit">Who is served?</button>
          <label>
            <input type="checkbox" name="nearest" defaultChecked={nearest} /> the nearest release, if there is
            no other
          </label>
        </span>
      </form>
      <div role="status" aria-busy={pending}>
        {value && `${count(value.served)} of ${counted(value.machines.length, 'machine')} served`}
      </div>
      {value && <Answers {...props} fleet={value} nearest={nearest} />}
      {failure && <Problem failure={failure} />}
    </details>
  );
}

/** Those that get none come first. */
function Answers({
  fleet,
  nearest,
  kernelAt,
  addressOf,
  withQuery,
}: MachinesProps & { fleet: Fleet; nearest: boolean }) {
  const { machines } = fleet;
  const served = (machine: Fleet['machines'][number]) => machine.entry !== null;
  const sorted = [...machines.filter((it) => !served(it)), ...machines.filter(served)];
  return (
    <Some key={machines.length} of={sorted}>
      {(shown) => (
        <Wide label="Machines of the list">
          <table>
            <thead>
              <tr>
                <th scope="col">Machine</th>
                <th scope="col">Gets</th>
              </tr>
            </thead>
            <tbody>
              {shown.map(({ line, machine, entry, step }) => {
                const kernel = entry === null ? undefined : kernelAt(entry);
                const query = { ...askedOfLine(machine), nearest: nearest ? '1' : '' };
                return (
                  <tr key={line}>
                    <td>
                      <a class="mono" href={withQuery(query)}>
                        <bdi>{visible(machine)}</bdi>
                      </a>
                    </td>
                    <td>
                      {entry === null || step === null ? (
                        <span class="tag error">✗ none</span>
                      ) : (
                        <>
                          <span class="tag ok">✓ {step}</span>{' '}
                          {kernel ? (
                            <KernelLink kernel={kernel} addressOf={addressOf} />
                          ) : (
                            <bdi>{visible(entry)}</bdi>
                          )}
                        </>
                      )}
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </Wide>
      )}
    </Some>
  );
}
