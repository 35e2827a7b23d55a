// The answers as `btf-pack inspect --against` prints them.
import type { RelocationsOverKernels } from '@bpfc/core/slim';
import type { Kernel, Program } from '../../workspace/sources.js';
import type { KernelAnswer, Outcome } from './fold.js';
import { lineOf } from './words.js';

/** The value of `against` in the command's JSON, kernels by their labels. Those without an answer are left out. */
export function relocationsOf(
  program: Program,
  kernels: readonly Kernel[],
  answers: ReadonlyMap<string, KernelAnswer>,
): RelocationsOverKernels {
  const answered = kernels.flatMap(({ label, content }) => {
    const answer = answers.get(content);
    return answer ? [{ name: label, answer }] : [];
  });
  return {
    kernels: answered.map(({ name, answer: { read, code, message } }) => ({ name, read, code, message })),
    relocations: program.info.relocations.map((relocation, position) => {
      const outcomes = new Map<Outcome, number[]>();
      for (const [kernel, { answer }] of answered.entries()) {
        const outcome = answer.outcomes[position];
        if (!outcome) continue;
        const its = outcomes.get(outcome);
        if (its) its.push(kernel);
        else outcomes.set(outcome, [kernel]);
      }
      const { program: name, section, offset, kind, expression, source } = relocation;
      return {
        ...{ program: name, section, offset, kind, access: expression, source },
        outcomes: [...outcomes].map(([outcome, kernels]) => ({ ...outcome, kernels })),
      };
    }),
  };
}

/** For a mail or an issue: each relocation, and below it on how many kernels what becomes of it. */
export function asText(program: Program, { kernels, relocations }: RelocationsOverKernels): string {
  const refused = kernels.filter(({ code }) => code !== null);
  const lines = [
    `relocates without refusal on ${kernels.length - refused.length} of ${kernels.length} kernels`,
    ...refused.map(({ name, code, message }) => `  ${code}  ${name}: ${message}`),
  ];
  for (const [position, { access, kind, program: name, outcomes }] of relocations.entries()) {
    const relocation = program.info.relocations[position];
    const line = relocation && lineOf(relocation);
    lines.push('', [kind, access, name, line].filter(Boolean).join('  '));
    for (const { verdict, old, new: current, message, instead, kernels: its } of outcomes) {
      const value = verdict === 'changed' ? `${old} -> ${current}` : (message ?? instead?.text);
      const [first, last] = [kernels[its[0] ?? 0]?.name, kernels[its.at(-1) ?? 0]?.name];
      const where = its.length === 1 ? first : `${its.length} kernels, ${first} … ${last}`;
      lines.push(`  ${[verdict, value, where].filter(Boolean).join('  ')}`);
    }
  }
  return `${lines.join('\n')}\n`;
}
