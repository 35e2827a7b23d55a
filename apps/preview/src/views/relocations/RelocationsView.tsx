// A program's relocations over kernels.
import { Chooser } from '../../ui/Chooser.js';
import { Nothing } from '../../ui/Nothing.js';
import { counted } from '../../ui/numbers.js';
import { visible } from '../../ui/visible.js';
import { route } from '../../workspace/route.js';
import { type Program, programs } from '../../workspace/sources.js';
import { Answered } from './Answered.js';
import { useRelocations } from './answers.js';
import { KernelChoice } from './KernelChoice.js';
import { kernelSetsOf } from './kernel-sets.js';
import { goFrom, type Place, placeOfRoute } from './place.js';
import './relocations.css';

export function RelocationsView() {
  const place = placeOfRoute(route.value);
  const all = programs.value;
  const program = place.program === undefined ? all[0] : all.find(({ key }) => key === place.program);
  if (all.length === 0)
    return (
      <Nothing title="Relocations">
        Open an eBPF object (<code>.bpf.o</code>) and kernels' BTFs, or a pack: the page tells what becomes of
        the program's relocations on each kernel.
      </Nothing>
    );
  return (
    <div class="relocations">
      <div class="row heading">
        <h1>Relocations</h1>
        {(all.length > 1 || !program) && (
          <Chooser
            label="of"
            choices={all}
            chosen={program?.key}
            {...(program ? {} : { none: 'no such program is open' })}
            onChoose={(key) =>
              goFrom(place, { program: key, kernel: undefined, at: undefined, over: undefined })
            }
          />
        )}
        {program && all.length === 1 && <span class="program-name">of {visible(program.label)}</span>}
      </div>
      {program ? (
        <Against key={program.key} program={program} place={{ ...place, program: program.key }} />
      ) : (
        <p>
          The address names <code>{visible(place.program ?? '')}</code>, which is not open.
        </p>
      )}
    </div>
  );
}

function Against({ program, place }: { program: Program; place: Place }) {
  const sets = kernelSetsOf(program);
  const chosen = sets.filter(({ key, own }) => place.over?.includes(key) ?? own);
  const kernels = chosen.flatMap((set) => set.kernels);
  const answers = useRelocations(program, kernels);
  const { relocations } = program.info;
  return (
    <>
      <KernelChoice sets={sets} chosen={chosen} onChoose={(over) => goFrom(place, { over })} />
      {relocations.length === 0 ? (
        <p>The program has no CO-RE relocations: it asks nothing of a kernel's types.</p>
      ) : kernels.length === 0 ? (
        <p>
          {counted(relocations.length, 'relocation')}. Open kernels' BTFs
          {sets.length > 0 && ', or choose some above,'} to see what becomes of them there.
        </p>
      ) : (
        <Answered program={program} kernels={kernels} answers={answers} place={place} />
      )}
    </>
  );
}
