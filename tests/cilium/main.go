// What cilium/ebpf makes of a BPF object on a kernel, without that kernel and without privileges: a second loader with
// rules of its own, for which a trimmed BTF has to mean the same as the full one too.
//
// It reads lines `OBJECT<tab>BTF` and answers each with one line of JSON, the programs of the object by name:
//
//	{"programs":[{"name":"..","error":"..","relocated":[{"function":"..","offset":8,"kind":"..","code":"<hex>"}]}]}
//
// `relocated` holds the instructions that CO-RE relocations name, as they are after relocation, with their offset in
// bytes in their function. A program is relocated with the functions it calls, all at once, as ebpf.NewProgram does it
// (linker.go, fixupAndRelocate); where that fails there is `error` and nothing else. An object that cannot be read is
// {"error":".."}.
package main

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"sort"
	"strings"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/btf"
)

type answer struct {
	Error    string    `json:"error,omitempty"`
	Programs []program `json:"programs,omitempty"`
}

type program struct {
	Name      string        `json:"name"`
	Error     string        `json:"error,omitempty"`
	Relocated []instruction `json:"relocated"`
}

type instruction struct {
	Function string `json:"function"`
	Offset   uint64 `json:"offset"`
	// What was asked, in cilium's words.
	Kind string `json:"kind"`
	Code string `json:"code"`
}

func main() {
	out := json.NewEncoder(os.Stdout)
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		object, kernel, found := strings.Cut(lines.Text(), "\t")
		if !found {
			fmt.Fprintln(os.Stderr, "expected OBJECT<tab>BTF")
			os.Exit(2)
		}
		result, err := relocate(object, kernel)
		if err != nil {
			result = answer{Error: err.Error()}
		}
		if err := out.Encode(result); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	if err := lines.Err(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func relocate(object, kernel string) (answer, error) {
	collection, err := ebpf.LoadCollectionSpec(object)
	if err != nil {
		return answer{}, err
	}
	types, err := btf.LoadSpec(kernel)
	if err != nil {
		return answer{}, err
	}
	var result answer
	for name, spec := range collection.Programs {
		relocated, err := relocateProgram(spec, types)
		if err != nil {
			result.Programs = append(result.Programs, program{Name: name, Error: err.Error()})
		} else {
			result.Programs = append(result.Programs, program{Name: name, Relocated: relocated})
		}
	}
	sort.Slice(result.Programs, func(a, b int) bool { return result.Programs[a].Name < result.Programs[b].Name })
	return result, nil
}

// A relocation and the instruction that it is of.
type site struct {
	at          *asm.Instruction
	instruction instruction
	relocation  *btf.CORERelocation
}

func relocateProgram(spec *ebpf.ProgramSpec, types *btf.Spec) ([]instruction, error) {
	sites := findSites(spec.Instructions)
	relocations := make([]*btf.CORERelocation, len(sites))
	for i := range sites {
		relocations[i] = sites[i].relocation
	}
	// Ids of the object's own types: any numbering will do, since none is loaded.
	ids := map[btf.Type]btf.TypeID{}
	localID := func(ty btf.Type) (btf.TypeID, error) {
		if _, known := ids[ty]; !known {
			ids[ty] = btf.TypeID(len(ids) + 1)
		}
		return ids[ty], nil
	}
	fixups, err := btf.CORERelocate(relocations, []*btf.Spec{types}, spec.ByteOrder, localID)
	if err != nil {
		return nil, err
	}
	relocated := make([]instruction, len(sites))
	for i, site := range sites {
		if err := fixups[i].Apply(site.at); err != nil {
			return nil, err
		}
		var code bytes.Buffer
		if _, err := site.at.Marshal(&code, spec.ByteOrder); err != nil {
			return nil, err
		}
		relocated[i] = site.instruction
		relocated[i].Kind, _, _ = strings.Cut(fixups[i].String(), "=")
		relocated[i].Code = hex.EncodeToString(code.Bytes())
	}
	return relocated, nil
}

func findSites(instructions asm.Instructions) []site {
	var sites []site
	var function string
	var offset uint64
	for i := range instructions {
		at := &instructions[i]
		if symbol := at.Symbol(); symbol != "" {
			function, offset = symbol, 0
		}
		if relocation := btf.CORERelocationMetadata(at); relocation != nil {
			sites = append(sites, site{at, instruction{Function: function, Offset: offset}, relocation})
		}
		offset += uint64(at.Size())
	}
	return sites
}
