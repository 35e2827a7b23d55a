// What no pack serves, in words.
import type { Requirement, RequirementKind } from '@bpfc/core/slim';
import { visible } from '../../ui/visible.js';

/** Begins with the program, as a subject. */
const WORDS: Record<RequirementKind, (what: string) => string> = {
  fentry: (what) => `runs at the entry of the kernel's function ${what} (fentry)`,
  fexit: (what) => `runs at the exit of the kernel's function ${what} (fexit)`,
  fmod_ret: (what) => `changes what the kernel's function ${what} returns (fmod_ret)`,
  fsession: (what) => `runs at the entry and the exit of the kernel's function ${what} (fsession)`,
  tp_btf: (what) => `runs at the tracepoint ${what} with typed arguments (tp_btf)`,
  lsm: (what) => `runs at the security hook ${what} (lsm)`,
  iterator: (what) => `iterates over the kernel's ${what} (iter)`,
  struct_ops: (what) => `is, or has, functions that the kernel calls: ${what} (struct_ops)`,
  ksym: (what) => `reads the kernel's variable ${what} by its type (ksym)`,
  kfunc: (what) => `calls the kernel's function ${what} (kfunc)`,
  helper: (what) => `calls the helper ${what}, whose types are in the kernel's own BTF`,
  type_id_target: (what) => `asks for the id of ${what}`,
};

export interface Needs {
  /** Null for the object as a whole. */
  program: string | null;
  /** Whether it counts by default. */
  autoload: boolean;
  /** Each once. */
  words: string[];
}

/** Asks for ids are answered, with those of the trimmed BTF; all else needs the running kernel's own. */
export function isAnswered({ kind }: Requirement): boolean {
  return kind === 'type_id_target';
}

/** By program, those that count by default apart from those that count when a program is asked for. */
export function needsOf(requirements: readonly Requirement[]): Needs[] {
  const needs = new Map<string, Needs>();
  for (const { program, autoload, kind, what } of requirements) {
    const key = JSON.stringify([program, autoload]);
    const known = needs.get(key) ?? { program, autoload, words: [] };
    needs.set(key, known);
    known.words.push(WORDS[kind](what === null ? 'that the loader names' : visible(what)));
  }
  return [...needs.values()].map((it) => ({ ...it, words: [...new Set(it.words)] }));
}
