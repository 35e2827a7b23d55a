// The program in a pack: what it holds.
import type { ObjectInfo } from '@bpfc/core/slim';
import { type ComponentChildren, Fragment } from 'preact';
import { useId } from 'preact/hooks';
import { bytes, count, counted } from '../../ui/numbers.js';
import { Sha256 } from '../../ui/Sha256.js';
import { Some } from '../../ui/Some.js';
import { visible } from '../../ui/visible.js';
import { Wide } from '../../ui/Wide.js';
import { href } from '../../workspace/route.js';

const KINDS = {
  btf: 'declared by BTF',
  legacy: 'declared in the old way',
  data: 'a data section',
};

/** @param programKey - in links */
export function Program({ program, programKey }: { program: ObjectInfo | null; programKey: string }) {
  const id = useId();
  return (
    <section class="program" aria-labelledby={id}>
      <h2 id={id}>Program</h2>
      {program ? (
        <Details program={program} programKey={programKey} />
      ) : (
        <p>
          The pack has none: no <code>package.json</code>. Packs for libbpf-tools, inspektor-gadget and other
          readers carry BTFs alone.
        </p>
      )}
    </section>
  );
}

function Details({ program, programKey }: { program: ObjectInfo; programKey: string }) {
  const { endian, arch, license, size, sha256, programs, maps, relocations, notes } = program;
  return (
    <>
      <p>
        {endian}-endian,{' '}
        {arch === null ? 'for no machine in particular as far as its registers tell' : `for ${visible(arch)}`}
        , {license === null ? 'without a license' : `license ${visible(license)}`}, {bytes(size)},{' '}
        <a href={href('relocations', [programKey])}>{counted(relocations.length, 'CO-RE relocation')}</a>
      </p>
      <p>
        <Sha256 of={sha256} what="the program" />
      </p>
      {notes.map((note) => (
        <p key={note}>Note: {visible(note)}</p>
      ))}
      <Listing
        title={counted(programs.length, 'program')}
        columns={['Name', 'Section', 'By default', 'Instructions']}
        rows={programs.map(({ name, section, autoload, instructions }) => [
          name,
          section,
          autoload ? 'yes' : 'when asked for',
          instructions,
        ])}
      />
      <Listing
        title={counted(maps.length, 'map')}
        columns={['Name', 'Section', 'Kind']}
        rows={maps.map(({ name, section, kind }) => [name, section, KINDS[kind]])}
      />
    </>
  );
}

/** A table of names and numbers out of a file. */
function Listing({
  title,
  columns,
  rows,
}: {
  title: string;
  columns: readonly string[];
  rows: readonly (readonly (string | number)[])[];
}) {
  if (rows.length === 0) return null;
  return (
    <>
      <h3>{title}</h3>
      <Some of={rows}>
        {(shown) => (
          <Wide label={title}>
            <table>
              <thead>
                <tr>
                  {columns.map((column, at) => (
                    <th
                      key={column}
                      scope="col"
                      class={typeof rows[0]?.[at] === 'number' ? 'number' : undefined}
                    >
                      {column}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {shown.map((row, position) => (
                  <tr key={position}>
                    {row.map((cell, at) => (
                      <td
                        key={columns[at]}
                        class={typeof cell === 'number' ? 'number' : at < 2 ? 'mono' : undefined}
                      >
                        {typeof cell === 'number' ? count(cell) : <bdi>{breakable(visible(cell))}</bdi>}
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </Wide>
        )}
      </Some>
    </>
  );
}

/** Names of sections are long, and break best behind a part of theirs. */
function breakable(name: string): ComponentChildren {
  return name.split(/(?<=[/.])/).map((part, position) => (
    <Fragment key={position}>
      {position > 0 && <wbr />}
      {part}
    </Fragment>
  ));
}
