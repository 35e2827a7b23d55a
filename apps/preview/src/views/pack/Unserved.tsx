// What a pack cannot serve.
import type { InspectedPack, Requirement } from '@bpfc/core/slim';
import { useId } from 'preact/hooks';
import { counted } from '../../ui/numbers.js';
import { Some } from '../../ui/Some.js';
import { visible } from '../../ui/visible.js';
import { BtfName } from './BtfName.js';
import type { PackBtf } from './contents.js';
import { Names } from './Names.js';
import { isAnswered, needsOf } from './needs.js';

export function Unserved({
  told: { program, skipped },
  btfs,
  onChoose,
}: {
  told: InspectedPack;
  btfs: readonly PackBtf[];
  onChoose: (btf: PackBtf) => void;
}) {
  const id = useId();
  const needs = program?.requirements ?? [];
  const own = needs.filter((need) => !isAnswered(need));
  const ids = needs.filter(isAnswered);
  const broken = btfs.filter(({ group }) => group.error !== null);
  const nothing = needs.length === 0 && broken.length === 0 && skipped.length === 0;
  return (
    <section class="unserved" aria-labelledby={id}>
      <h2 id={id}>What this pack cannot serve</h2>
      {!program && <p>What its program needs is not known: it has none.</p>}
      {program && nothing && (
        <p>Nothing that is known: all that the program asks of a kernel's BTF are CO-RE relocations.</p>
      )}
      {own.length > 0 && (
        <>
          <p>
            These need the running kernel's own BTF, which no pack replaces. Where the kernel has none, libbpf
            or the kernel refuses the program, and with it the object:
          </p>
          <NeedsList of={own} />
        </>
      )}
      {ids.length > 0 && (
        <>
          <p>These get ids of the trimmed BTF, which are not those of the running kernel:</p>
          <NeedsList of={ids} />
        </>
      )}
      {broken.length > 0 && (
        <>
          <h3>{counted(broken.length, 'broken BTF')}</h3>
          <Some of={broken}>
            {(shown) => (
              <ul>
                {shown.map((btf) => (
                  <li key={btf.number}>
                    <button type="button" class="plain" onClick={() => onChoose(btf)}>
                      <BtfName btf={btf} />
                    </button>{' '}
                    of {counted(btf.kernels.length, 'kernel')}: <code>{btf.group.error?.code}</code>{' '}
                    {btf.group.error && visible(btf.group.error.message)}
                  </li>
                ))}
              </ul>
            )}
          </Some>
        </>
      )}
      {skipped.length > 0 && (
        <>
          <h3>{counted(skipped.length, 'entry', 'entries')} that no reader takes</h3>
          <p>Links, devices, or paths that lead out of the pack:</p>
          <Names of={skipped.map((name) => ({ name }))} />
        </>
      )}
    </section>
  );
}

function NeedsList({ of }: { of: readonly Requirement[] }) {
  return (
    <Some of={needsOf(of)}>
      {(shown) => (
        <dl class="needs">
          {shown.map(({ program, autoload, words }) => (
            <div key={`${program} ${autoload}`}>
              <dt>
                {program === null ? 'the object' : <bdi class="mono">{visible(program)}</bdi>}
                {!autoload && <span class="muted"> where it is loaded, which it is not by default</span>}
              </dt>
              <dd>
                <Some of={words}>
                  {(some) => (
                    <ul>
                      {some.map((text) => (
                        <li key={text}>{text}</li>
                      ))}
                    </ul>
                  )}
                </Some>
              </dd>
            </div>
          ))}
        </dl>
      )}
    </Some>
  );
}
