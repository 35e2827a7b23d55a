// Runs bpfc.wasm inside a Go program, by wazero: no cgo and no other process.
//
//	go run . bpfc.wasm trim vmlinux.btf small.btf tool.bpf.o
//
// The command finds the files below the current folder, by paths relative to it.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
	"github.com/tetratelabs/wazero/sys"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: wasi-go bpfc.wasm ARGUMENT...")
		os.Exit(2)
	}
	exitCode, err := run(context.Background(), os.Args[1], os.Args[2:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(int(exitCode))
}

// run returns the command's exit code; an error says why it did not come to one.
func run(ctx context.Context, module string, args []string) (uint32, error) {
	bytes, err := os.ReadFile(module)
	if err != nil {
		return 0, err
	}
	runtime := wazero.NewRuntime(ctx)
	defer runtime.Close(ctx)
	if _, err := wasi_snapshot_preview1.Instantiate(ctx, runtime); err != nil {
		return 0, err
	}
	config := wazero.NewModuleConfig().
		WithArgs(append([]string{"bpfc"}, args...)...).
		WithStdout(os.Stdout).
		WithStderr(os.Stderr).
		WithSysNanotime().
		WithSysWalltime().
		// The names of temporary files.
		WithRandSource(rand.Reader).
		WithFSConfig(wazero.NewFSConfig().WithDirMount(".", "/"))
	_, err = runtime.InstantiateWithConfig(ctx, bytes, config)
	var exit *sys.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode(), nil
	}
	return 0, err
}
