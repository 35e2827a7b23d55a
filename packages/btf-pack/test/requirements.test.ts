// What no pack serves, as `pack` says it.
import { expect, test } from 'vitest';
import { btfPack, fewKernels, object, packJson, scratch } from './support.js';

test('the summary names the programs that need the running kernel’s own BTF', async () => {
  const cwd = await scratch();
  const { status, stdout } = await btfPack(['pack', object('requirements'), ...fewKernels], { cwd });
  expect(status).toBe(0);
  const said = stdout.split('\n\n').filter((block) => block.startsWith("needs the kernel's own BTF"));
  expect(said.join('')).toMatchInlineSnapshot(`
    "needs the kernel's own BTF, which no pack replaces:
      unlink_entry                           fentry (do_unlinkat)
      unlink_exit                            fexit (do_unlinkat)
      switched                               tp_btf (sched_switch)
      opened                                 lsm (file_open)
      executed (not loaded by default)       lsm (bprm_committed_creds)
      each_task                              iterator (task)
      reads_symbol                           ksym (bpf_prog_active)
      calls_kernel                           kfunc (bpf_rcu_read_lock)
      calls_helper                           helper (get_current_task_btf)
      reads_another (not loaded by default)  ksym (vm_total_pages) whatever is loaded
    "
  `);
});

test('ids of kernel types are another matter', async () => {
  const cwd = await scratch();
  const { stdout } = await btfPack(['pack', object('type_ids'), ...fewKernels], { cwd });
  expect(stdout).toContain(
    "asks for ids of kernel types: they are ids in the trimmed BTF, not the running kernel's:\n",
  );
  expect(stdout).not.toContain('no pack replaces');
});

test('JSON has them for each program file, and none for a program that needs nothing', async () => {
  const cwd = await scratch();
  const { programs } = await packJson(
    [object('fentry_kprobe'), object('execsnoop'), ...fewKernels, '-o', 'a.tar'],
    { cwd },
  );
  expect(programs.map(({ requirements }) => requirements)).toEqual([
    [
      { program: 'vfs_read_entry', kind: 'fentry', what: 'vfs_read', autoload: true },
      { program: 'vfs_read_exit', kind: 'fexit', what: 'vfs_read', autoload: true },
    ],
    [],
  ]);
});
