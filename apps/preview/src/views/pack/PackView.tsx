// A pack: the kernels it serves, which of them share a BTF, who gets what of it, its program, and what it cannot serve.
//
//   #/pack/execsnoop.tar/ubuntu%2F20.04%2Fx86_64%2F5.4.0-26-generic?q=generic
//
// The query has the filter, `q`; a BTF that is chosen without a kernel, `btf`, and whether its kernels are shown alone, `only`;
// and the machine that is asked for (machine.ts) and `nearest`.
import { useMemo } from 'preact/hooks';
import { Chooser } from '../../ui/Chooser.js';
import { Nothing } from '../../ui/Nothing.js';
import { visible } from '../../ui/visible.js';
import { packs } from '../../workspace/files.js';
import { go, href, route } from '../../workspace/route.js';
import { kernelsOfPack } from '../../workspace/sources.js';
import { Btfs } from './Btfs.js';
import { contentsOf, type PackBtf, type PackKernel } from './contents.js';
import { Kernels } from './Kernels.js';
import { Machines } from './Machines.js';
import { OtherFiles } from './OtherFiles.js';
import { Program } from './Program.js';
import { Selected } from './Selected.js';
import { Summary } from './Summary.js';
import { Unserved } from './Unserved.js';
import './pack.css';

type OpenPack = (typeof packs.value)[number];

export function PackView() {
  const open = packs.value;
  const [name] = route.value.path;
  const pack = name === undefined ? open[0] : open.find((pack) => pack.name === name);
  if (open.length === 0) {
    return (
      <Nothing title="No pack is open">
        A pack is a <code>.tar</code> or <code>.tar.gz</code> of btf-pack or bpf-compatible: a program, and
        the BTF of each kernel it is to run on.
      </Nothing>
    );
  }
  return (
    <div class="pack-view">
      {(open.length > 1 || !pack) && (
        <Chooser
          label="Pack"
          choices={open.map(({ name }) => ({ key: name, label: visible(name) }))}
          chosen={pack?.name}
          onChoose={(chosen) =>
            go(href('pack', [chosen], { ...route.value.query, btf: undefined, only: undefined }))
          }
          {...(pack ? {} : { none: 'choose one' })}
        />
      )}
      {pack ? <Pack key={pack.number} pack={pack} /> : <h1>{visible(name ?? '')} is not open</h1>}
    </div>
  );
}

function Pack({ pack }: { pack: OpenPack }) {
  const { told, name } = pack;
  const contents = useMemo(() => contentsOf(kernelsOfPack(pack, told.groups), told.groups), [pack]);
  const byAddress = useMemo(() => new Map(contents.kernels.map((it) => [it.address, it])), [contents]);
  const byPath = useMemo(() => new Map(contents.kernels.map((it) => [it.path, it])), [contents]);

  const { path, query } = route.value;
  const [, address] = path;
  const kernel = address === undefined ? undefined : byAddress.get(address);
  const btf = kernel?.btf ?? contents.btfs[Number(query.btf) - 1];

  /** The same place but for what is chosen: a kernel, or a BTF. */
  const choosing = (kernel: PackKernel | undefined, btf?: PackBtf) =>
    href('pack', kernel ? [name, kernel.address] : [name], { ...query, btf: btf && String(btf.number) });
  const withQuery = (changed: Record<string, string>) =>
    href('pack', address === undefined ? [name] : [name, address], { ...query, ...changed });

  const chooseBtf = (btf: PackBtf) => go(choosing(undefined, btf));
  const addressOf = (kernel: PackKernel) => choosing(kernel);
  return (
    <>
      <h1>
        <bdi>{visible(name)}</bdi>
      </h1>
      <Summary pack={pack} contents={contents} />
      {address !== undefined && !kernel && (
        <p class="problem" role="alert">
          The pack has no kernel {visible(address)}.
        </p>
      )}
      <div class="columns">
        <Kernels
          contents={contents}
          text={query.q ?? ''}
          onText={(q) => go(withQuery({ q }), { replace: true })}
          selected={kernel}
          marked={btf}
          alone={query.only !== undefined}
          onAlone={(only) => go(withQuery({ only: only ? '1' : '' }), { replace: true })}
          onSelect={(chosen) => go(choosing(chosen))}
        />
        <div>
          <Btfs btfs={contents.btfs} chosen={btf} onChoose={chooseBtf} />
          <Selected kernel={kernel} btf={btf} addressOf={addressOf} />
        </div>
        <div class="rest">
          <div>
            <Machines
              pack={pack}
              kernels={contents.kernels}
              kernelAt={(path) => byPath.get(path)}
              addressOf={addressOf}
              withQuery={withQuery}
              onAsk={(asked) => go(withQuery(asked))}
            />
            <Unserved told={told} btfs={contents.btfs} onChoose={chooseBtf} />
          </div>
          <div>
            <Program program={told.program} programKey={name} />
            <OtherFiles files={told.files} />
          </div>
        </div>
      </div>
    </>
  );
}
