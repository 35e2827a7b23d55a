//! What a program needs of the running kernel's own BTF: a BTF given to the loader
//! (`btf_custom_path`) takes part in CO-RE relocation alone, so no pack serves it.
//!
//! libbpf wants that BTF for typed kernel symbols and struct_ops maps whatever is loaded, and for
//! each program that it loads of some types (`obj_needs_vmlinux_btf`). The kernel wants it where a
//! program calls a helper that takes or returns a typed pointer. A program counts with the
//! subprograms it calls. Whether it gets there at run time is not looked at: a helper behind a
//! guard counts.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use bpfc_btf::{Btf, Kind, TypeId};

use crate::elf::{Elf, INSTRUCTION};
use crate::object::MAX_NAME;
use crate::{BpfObject, Error, Program, ReloKind};

/// Calls followed and requirements seen, over all programs, and requirements listed. Programs that
/// share subprograms multiply both; the largest real objects stay below a tenth of each.
const MAX_STEPS: usize = 1 << 22;
const MAX_REQUIREMENTS: usize = 1 << 15;

/// Maps of one `.struct_ops` section; real objects have a few.
const MAX_STRUCT_OPS: usize = 1024;

macro_rules! kinds {
    ($($kind:ident $name:literal, $doc:literal;)*) => {
        /// What is needed of the kernel's own BTF.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum RequirementKind {
            $(#[doc = $doc] $kind,)*
        }

        impl RequirementKind {
            /// Every kind.
            pub const ALL: &'static [RequirementKind] = &[$(RequirementKind::$kind),*];

            /// Stable lower-case name.
            pub fn name(self) -> &'static str {
                match self {
                    $(RequirementKind::$kind => $name,)*
                }
            }
        }
    };
}

kinds! {
    Fentry "fentry", "A program at the entry of a kernel function.";
    Fexit "fexit", "A program at the return of a kernel function.";
    FmodRet "fmod_ret", "A program that replaces a kernel function's result.";
    Fsession "fsession", "A program at entry and return of a kernel function.";
    TpBtf "tp_btf", "A program at a tracepoint, with typed arguments.";
    Lsm "lsm", "A program at a hook of the security modules.";
    Iterator "iterator", "A program that iterates over kernel objects.";
    StructOps "struct_ops", "A struct of functions that the kernel calls, or one of these functions.";
    Ksym "ksym", "A typed variable of the kernel.";
    Kfunc "kfunc", "A function of the kernel.";
    Helper "helper", "A helper with a typed pointer as argument or result, or that reads the BTF.";
    TypeIdTarget "type_id_target", "The id of a kernel type: with a pack, an id in the pack's BTF.";
}

/// A need that no pack serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// Position of the program in [`BpfObject::programs`]; none for what the object needs as a
    /// whole: a struct_ops map, a symbol that no program uses.
    pub program: Option<usize>,
    /// What is needed.
    pub kind: RequirementKind,
    /// Name of the function, tracepoint, hook, map, symbol, helper or type; none where only the
    /// loader says what a program attaches to.
    pub what: Option<Arc<str>>,
    /// Whether it counts by default: its program is loaded without being asked for, or libbpf
    /// wants the kernel's BTF whatever is loaded (typed symbols, struct_ops maps).
    pub autoload: bool,
}

/// Sections whose programs libbpf loads with a type id of the kernel's BTF (libbpf:
/// `section_defs`, `prog_needs_vmlinux_btf`). `freplace` is none: it takes the BTF of a program.
const SECTIONS: [(&str, RequirementKind); 16] = [
    ("tp_btf", RequirementKind::TpBtf),
    ("fentry", RequirementKind::Fentry),
    ("fmod_ret", RequirementKind::FmodRet),
    ("fexit", RequirementKind::Fexit),
    ("fentry.s", RequirementKind::Fentry),
    ("fmod_ret.s", RequirementKind::FmodRet),
    ("fexit.s", RequirementKind::Fexit),
    ("fsession", RequirementKind::Fsession),
    ("fsession.s", RequirementKind::Fsession),
    ("lsm", RequirementKind::Lsm),
    ("lsm.s", RequirementKind::Lsm),
    ("lsm_cgroup", RequirementKind::Lsm),
    ("iter", RequirementKind::Iterator),
    ("iter.s", RequirementKind::Iterator),
    ("struct_ops", RequirementKind::StructOps),
    ("struct_ops.s", RequirementKind::StructOps),
];

/// Sections of struct_ops maps. libbpf wants the kernel's BTF for those behind `?` too
/// (`map_needs_vmlinux_btf` does not ask whether the map is created).
const STRUCT_OPS_MAPS: [&[u8]; 4] =
    [b".struct_ops", b".struct_ops.link", b"?.struct_ops", b"?.struct_ops.link"];

/// Helpers that a kernel without BTF refuses or fails, by number (include/uapi/linux/bpf.h).
///
/// From their `struct bpf_func_proto` (kernel/bpf/, kernel/trace/bpf_trace.c, net/core/filter.c,
/// net/ipv4/bpf_tcp_ca.c): an argument ARG_PTR_TO_BTF_ID or ARG_PTR_TO_PERCPU_BTF_ID, for which no
/// program can have a pointer without BTF, or a result RET_PTR_TO_BTF_ID, for which
/// `check_helper_call` wants an id that is not 0. `snprintf_btf` and `btf_find_by_name_kind` load,
/// and fail when called. Not here: helpers on sockets (ARG_PTR_TO_BTF_ID_SOCK_COMMON, such as
/// `sk_storage_get`), since programs for packets and sockets have untyped pointers to these and
/// others count by themselves.
const HELPERS: [(u32, &str); 34] = [
    (111, "skb_output"),
    (116, "tcp_send_ack"),
    (121, "xdp_output"),
    (126, "seq_printf"),
    (127, "seq_write"),
    (136, "skc_to_tcp6_sock"),
    (137, "skc_to_tcp_sock"),
    (138, "skc_to_tcp_timewait_sock"),
    (139, "skc_to_tcp_request_sock"),
    (140, "skc_to_udp6_sock"),
    (141, "get_task_stack"),
    (145, "inode_storage_get"),
    (146, "inode_storage_delete"),
    (147, "d_path"),
    (149, "snprintf_btf"),
    (150, "seq_printf_btf"),
    (153, "per_cpu_ptr"),
    (154, "this_cpu_ptr"),
    (156, "task_storage_get"),
    (157, "task_storage_delete"),
    (158, "get_current_task_btf"),
    (159, "bprm_opts_set"),
    (161, "ima_inode_hash"),
    (162, "sock_from_file"),
    (167, "btf_find_by_name_kind"),
    (175, "task_pt_regs"),
    (178, "skc_to_unix_sock"),
    (180, "find_vma"),
    (191, "copy_from_user_task"),
    (193, "ima_file_hash"),
    (194, "kptr_xchg"),
    (196, "skc_to_mptcp_sock"),
    (210, "cgrp_storage_get"),
    (211, "cgrp_storage_delete"),
];

/// `BPF_JMP | BPF_CALL`
const CALL: u8 = 0x85;
/// `BPF_LD | BPF_IMM | BPF_DW`: two slots.
const LDIMM64: u8 = 0x18;
/// Source register of a call: a helper, a subprogram.
const HELPER_CALL: u8 = 0;
const PSEUDO_CALL: u8 = 1;

/// A need of a function, without its callees.
#[derive(Debug)]
struct Need {
    kind: RequirementKind,
    what: Option<Arc<str>>,
    /// Whether it counts whatever is loaded.
    always: bool,
}

/// What one function, program or subprogram, needs and calls, as positions.
#[derive(Clone, Debug, Default)]
struct Function {
    needs: BTreeSet<usize>,
    calls: BTreeSet<usize>,
}

/// Lists the requirements: by program, kind and name, those of the object as a whole last.
pub(crate) fn find(elf: &Elf, object: &BpfObject) -> Result<Vec<Requirement>, Error> {
    let mut search = Search {
        elf,
        object,
        needs: Vec::new(),
        externs: HashMap::new(),
        helpers: HashMap::new(),
        functions: vec![Function::default(); object.programs().len()],
    };
    search.externs()?;
    search.sections()?;
    search.instructions()?;
    search.type_ids()?;
    search.list()
}

struct Search<'o, 'd> {
    elf: &'o Elf<'d>,
    object: &'o BpfObject,
    needs: Vec<Need>,
    /// Typed kernel symbols: the position of the need by name.
    externs: HashMap<&'d [u8], usize>,
    /// The position of the need by number of the helper.
    helpers: HashMap<u32, usize>,
    /// One for each program of the object.
    functions: Vec<Function>,
}

impl<'d> Search<'_, 'd> {
    fn need(&mut self, kind: RequirementKind, what: Option<&str>, always: bool) -> Result<usize, Error> {
        if self.needs.len() == MAX_REQUIREMENTS {
            return Err(Error::Program { name: what.unwrap_or(kind.name()).into(), at: 0 });
        }
        self.needs.push(Need { kind, what: what.map(Arc::from), always });
        Ok(self.needs.len() - 1)
    }

    fn add(&mut self, program: usize, need: usize) {
        if let Some(function) = self.functions.get_mut(program) {
            function.needs.insert(need);
        }
    }

    /// Undefined symbols that are in `.ksyms` by the object's BTF and have a type (libbpf:
    /// `bpf_object__collect_externs`). Those without need /proc/kallsyms only.
    fn externs(&mut self) -> Result<(), Error> {
        let btf = self.object.btf();
        // By name the first variable or function; by that, the first section that holds it.
        let mut ids: HashMap<&'d [u8], Option<TypeId>> =
            self.elf.externs().map(|name| (name, None)).collect();
        if ids.is_empty() {
            return Ok(());
        }
        for (id, _) in btf.kinds().filter(|(_, kind)| matches!(kind, Kind::Var | Kind::Func)) {
            if let Some(found) = ids.get_mut(name(btf, id)) {
                found.get_or_insert(id);
            }
        }
        let names: HashMap<TypeId, &'d [u8]> =
            ids.into_iter().filter_map(|(name, id)| Some((id?, name))).collect();
        let mut placed = BTreeSet::new();
        for (section, _) in btf.kinds().filter(|&(_, kind)| kind == Kind::Datasec) {
            let ksyms = name(btf, section) == b".ksyms";
            for variable in btf.ty(section).variables() {
                let Some(symbol) = names.get(&variable.ty).filter(|_| placed.insert(variable.ty)) else {
                    continue;
                };
                if let Some(kind) = typed_symbol(btf, variable.ty).filter(|_| ksyms) {
                    let need = self.need(kind, Some(&String::from_utf8_lossy(symbol)), true)?;
                    self.externs.insert(symbol, need);
                }
            }
        }
        Ok(())
    }

    fn sections(&mut self) -> Result<(), Error> {
        for (position, program) in self.object.programs().iter().enumerate() {
            if let Some((kind, what)) = attachment(program) {
                let need = self.need(kind, what, false)?;
                self.add(position, need);
            }
        }
        Ok(())
    }

    fn instructions(&mut self) -> Result<(), Error> {
        let relocations = self.elf.relocations()?;
        let text = self.elf.text();
        for (position, program) in self.object.programs().iter().enumerate() {
            let mut at = program.offset;
            let mut slots = program.instructions.chunks_exact(INSTRUCTION);
            while let Some(&[code, registers, _, _, ref immediate @ ..]) = slots.next() {
                let offset = at;
                at += INSTRUCTION as u64;
                if code == LDIMM64 {
                    slots.next();
                    at += INSTRUCTION as u64;
                } else if code != CALL {
                    continue;
                }
                let immediate = immediate.first_chunk().map_or(0, |bytes| self.object.endian().u32(*bytes));
                let symbol = relocations.get(&(program.section_index, offset));
                let symbol = symbol.and_then(|&symbol| self.elf.symbol(symbol));
                if let Some(symbol) = symbol.filter(|symbol| symbol.is_extern) {
                    if let Some(&need) = self.externs.get(symbol.name) {
                        self.add(position, need);
                    }
                    continue;
                }
                let source = source_register(self.object, registers);
                if code == CALL && source == HELPER_CALL && symbol.is_none() {
                    self.helper(position, immediate)?;
                    continue;
                }
                // The callee is looked up in .text, wherever the call is (`bpf_object__reloc_code`).
                let target = symbol.filter(|symbol| Some(symbol.section) == text).map(|symbol| symbol.value);
                let callee = match (code, target) {
                    (CALL, _) if source != PSEUDO_CALL => None,
                    (CALL, target) if target.is_some() || symbol.is_none() => {
                        after(target.unwrap_or(offset), immediate)
                    }
                    (LDIMM64, Some(value)) => value.checked_add_signed(i64::from(immediate as i32)),
                    _ => None,
                };
                let callee = callee.zip(text).and_then(|(at, text)| self.object.program_at(text, at));
                if let (Some(callee), Some(function)) = (callee, self.functions.get_mut(position)) {
                    function.calls.insert(callee);
                }
            }
        }
        Ok(())
    }

    fn helper(&mut self, program: usize, number: u32) -> Result<(), Error> {
        let Some((_, name)) = HELPERS.iter().find(|&&(known, _)| known == number) else { return Ok(()) };
        let need = match self.helpers.get(&number) {
            Some(&need) => need,
            None => self.need(RequirementKind::Helper, Some(name), false)?,
        };
        self.helpers.insert(number, need);
        self.add(program, need);
        Ok(())
    }

    fn type_ids(&mut self) -> Result<(), Error> {
        let mut known: HashMap<TypeId, usize> = HashMap::new();
        for relocation in self.object.relocations() {
            let spec = self.object.specs().get(relocation.spec);
            let spec = spec.filter(|spec| spec.kind() == Some(ReloKind::TypeIdTarget));
            let (Some(spec), Some(program)) = (spec, relocation.program) else { continue };
            let need = match known.get(&spec.root()) {
                Some(&need) => need,
                None => {
                    let ty = self.object.btf().c_name(spec.root());
                    self.need(RequirementKind::TypeIdTarget, Some(&ty), false)?
                }
            };
            known.insert(spec.root(), need);
            self.add(program, need);
        }
        Ok(())
    }

    /// Every program with what its functions need, then the rest.
    fn list(mut self) -> Result<Vec<Requirement>, Error> {
        let mut listed = Vec::new();
        let mut used = BTreeSet::new();
        let mut steps = 0;
        for (position, program) in self.object.programs().iter().enumerate() {
            if program.subprogram {
                continue;
            }
            let limit = || Error::Program { name: program.name.clone(), at: program.offset };
            let needs = self.reached(position, &mut steps).ok_or_else(limit)?;
            let mut needs: Vec<(usize, &Need)> =
                needs.into_iter().filter_map(|need| Some((need, self.needs.get(need)?))).collect();
            needs.sort_by(|(_, a), (_, b)| (a.kind, &a.what).cmp(&(b.kind, &b.what)));
            for (index, Need { kind, what, always }) in needs {
                used.insert(index);
                let autoload = program.autoload || *always;
                listed.push(Requirement {
                    program: Some(position),
                    kind: *kind,
                    what: what.clone(),
                    autoload,
                });
                if listed.len() > MAX_REQUIREMENTS {
                    return Err(limit());
                }
            }
        }
        self.struct_ops_maps()?;
        let rest = self.needs.iter().enumerate().filter(|(index, need)| need.always && !used.contains(index));
        let mut rest: Vec<Requirement> = rest
            .map(|(_, Need { kind, what, .. })| Requirement {
                program: None,
                kind: *kind,
                what: what.clone(),
                autoload: true,
            })
            .collect();
        rest.sort_by(|a, b| (a.kind, &a.what).cmp(&(b.kind, &b.what)));
        listed.extend(rest);
        Ok(listed)
    }

    /// Needs of a program and of all it calls; none when that takes too many steps.
    fn reached(&self, program: usize, steps: &mut usize) -> Option<BTreeSet<usize>> {
        let mut needs = BTreeSet::new();
        let mut seen = BTreeSet::from([program]);
        let mut open = vec![program];
        while let Some(function) = open.pop().and_then(|position| self.functions.get(position)) {
            *steps += function.needs.len() + function.calls.len();
            if *steps > MAX_STEPS {
                return None;
            }
            needs.extend(&function.needs);
            open.extend(function.calls.iter().filter(|&&callee| seen.insert(callee)));
        }
        Some(needs)
    }

    /// libbpf: `init_struct_ops_maps`.
    fn struct_ops_maps(&mut self) -> Result<(), Error> {
        let btf = self.object.btf();
        for section in STRUCT_OPS_MAPS {
            let maps = self.elf.sections.iter().any(|it| it.name == section && it.is_data());
            let defined =
                || btf.kinds().find(|&(id, kind)| kind == Kind::Datasec && name(btf, id) == section);
            let Some((section, _)) = maps.then(defined).flatten() else { continue };
            // A section of a hostile object can name one variable any number of times.
            let variables: BTreeSet<TypeId> =
                btf.ty(section).variables().take(MAX_STRUCT_OPS).map(|variable| variable.ty).collect();
            for variable in variables {
                let map = String::from_utf8_lossy(name(btf, variable)).into_owned();
                self.need(RequirementKind::StructOps, Some(&map), true)?;
            }
        }
        Ok(())
    }
}

/// Kind and target of a program that libbpf attaches by an id of the kernel's BTF.
fn attachment(program: &Program) -> Option<(RequirementKind, Option<&str>)> {
    if program.subprogram {
        return None;
    }
    let section = program.section.strip_prefix('?').unwrap_or(&program.section);
    let (ty, target) = section.split_once('/').map_or((section, None), |(ty, target)| (ty, Some(target)));
    let (_, kind) = SECTIONS.iter().find(|&&(known, _)| known == ty)?;
    Some((*kind, target.filter(|target| !target.is_empty())))
}

/// What an extern of `.ksyms` is; none where it is untyped.
fn typed_symbol(btf: &Btf, id: TypeId) -> Option<RequirementKind> {
    /// `BTF_VAR_GLOBAL_EXTERN`, `BTF_FUNC_EXTERN`
    const EXTERN: u32 = 2;
    let ty = btf.ty(id);
    let (target, _) = btf.skip_modifiers(ty.target()).ok().filter(|_| ty.linkage() == EXTERN)?;
    let kind = if ty.kind() == Kind::Func { RequirementKind::Kfunc } else { RequirementKind::Ksym };
    (target != TypeId::VOID).then_some(kind)
}

/// The start of a name, which may be as long as the file.
fn name<'b>(btf: &'b Btf, id: TypeId) -> &'b [u8] {
    btf.string_start(btf.ty(id).name_offset(), MAX_NAME)
}

/// Where a call leads, in bytes: its immediate counts instructions from the one after it.
fn after(offset: u64, immediate: u32) -> Option<u64> {
    let distance = (i64::from(immediate as i32) + 1) * INSTRUCTION as i64;
    offset.checked_add_signed(distance)
}

/// The two registers share a byte whose halves follow the byte order.
fn source_register(object: &BpfObject, registers: u8) -> u8 {
    match object.endian() {
        bpfc_btf::Endian::Little => registers >> 4,
        bpfc_btf::Endian::Big => registers & 0xf,
    }
}
