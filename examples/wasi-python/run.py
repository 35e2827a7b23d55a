"""Runs bpfc.wasm inside a Python program, by wasmtime: no native module of ours and no other process.

    python3 run.py bpfc.wasm trim vmlinux.btf small.btf tool.bpf.o

The command finds the files below the current folder, by paths relative to it.
"""

import sys

from wasmtime import Engine, ExitTrap, Linker, Module, Store, WasiConfig


def run(path: str, args: list[str]) -> int:
    """The command's exit code. What it says goes to stdout and stderr; a crash of it is a wasmtime.Trap."""
    engine = Engine()
    linker = Linker(engine)
    linker.define_wasi()
    config = WasiConfig()
    config.argv = ["bpfc", *args]
    config.preopen_dir(".", "/")
    config.inherit_stdout()
    config.inherit_stderr()
    store = Store(engine)
    store.set_wasi(config)
    instance = linker.instantiate(store, Module.from_file(engine, path))
    try:
        instance.exports(store)["_start"](store)
    except ExitTrap as exit:
        return exit.code
    return 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: run.py bpfc.wasm ARGUMENT...")
    sys.exit(run(sys.argv[1], sys.argv[2:]))
