//! The kept types as a graph of their own, apart from the kernel's ids.

use std::collections::HashMap;

use bpfc_btf::{Kind, TypeId};

use super::keep::Keep;

/// A kept type: what it is, without ids, and what it refers to.
#[derive(Debug)]
pub(crate) struct Node<'t> {
    /// The kernel's id.
    pub(crate) origin: TypeId,
    pub(crate) content: Content<'t>,
    /// Positions of the types it refers to, in the order of the record's references; none for void.
    pub(crate) references: Vec<Option<usize>>,
}

/// All of a record but its references; its order is the first key of the canonical order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Content<'t> {
    pub(crate) kind: Kind,
    pub(crate) name: &'t [u8],
    pub(crate) kflag: bool,
    /// Size in bytes, for kinds that have one.
    pub(crate) size: u32,
    /// Integer word, array length, linkage, component.
    pub(crate) detail: u32,
    /// Members (offset and width in bits) or enumerators (value) by name; parameters without names.
    pub(crate) parts: Vec<(&'t [u8], u64)>,
}

/// The graph of what `keep` marks, from its roots.
pub(crate) struct Graph<'t> {
    pub(crate) nodes: Vec<Node<'t>>,
    positions: HashMap<Key, usize>,
}

/// A pointer whose pointee is kept and one that became `void *` are two nodes of one type, and so
/// are arrays and prototypes of such; for all other types depth makes no difference. Where
/// everything is kept whole, all are deep.
type Key = (TypeId, bool);

impl<'t> Graph<'t> {
    pub(crate) fn build(keep: &Keep<'t>) -> Graph<'t> {
        let mut graph = Graph { nodes: Vec::new(), positions: HashMap::new() };
        for (&root, &deep) in &keep.roots {
            graph.root(keep, root, deep);
        }
        // Nodes are appended as references are met; each is visited once.
        let mut next = 0;
        while let Some(node) = graph.nodes.get(next) {
            let (origin, deep) = (node.origin, graph.depth_of(next));
            let references = graph.references(keep, origin, deep);
            if let Some(node) = graph.nodes.get_mut(next) {
                node.references = references;
            }
            next += 1;
        }
        graph
    }

    /// The node of a kernel type that could be a candidate.
    pub(crate) fn position(&self, id: TypeId) -> Option<usize> {
        self.positions.get(&(id, false)).or_else(|| self.positions.get(&(id, true))).copied()
    }

    fn depth_of(&self, position: usize) -> bool {
        self.nodes
            .get(position)
            .is_some_and(|node| self.positions.get(&(node.origin, true)) == Some(&position))
    }

    /// A candidate: a typedef stays one here, unlike everywhere else.
    fn root(&mut self, keep: &Keep<'t>, id: TypeId, deep: bool) {
        let kind = keep.target.ty(id).kind();
        let indirect = kind == Kind::Typedef || kind.is_modifier();
        self.insert(keep, id, if indirect { deep || keep.whole } else { has_depth(keep, id, deep) });
    }

    fn reference(&mut self, keep: &Keep<'t>, id: TypeId, deep: bool) -> Option<usize> {
        let id = if keep.whole { id } else { keep.strip(id) };
        if id.is_void() {
            return None;
        }
        Some(self.insert(keep, id, has_depth(keep, id, deep)))
    }

    fn insert(&mut self, keep: &Keep<'t>, id: TypeId, deep: bool) -> usize {
        if let Some(&position) = self.positions.get(&(id, deep)) {
            return position;
        }
        let position = self.nodes.len();
        self.positions.insert((id, deep), position);
        self.nodes.push(Node { origin: id, content: content(keep, id), references: Vec::new() });
        position
    }

    fn references(&mut self, keep: &Keep<'t>, id: TypeId, deep: bool) -> Vec<Option<usize>> {
        let ty = keep.target.ty(id);
        match ty.kind() {
            Kind::Struct | Kind::Union => {
                let members = keep.members_of(id).filter_map(|(index, deep)| Some((ty.member(index)?, deep)));
                members.map(|(member, deep)| self.reference(keep, member.ty, deep)).collect()
            }
            Kind::Array => {
                let array = ty.array();
                // libbpf never looks at the index type; cilium/ebpf compares it with the types of
                // TYPE_* relocations, which are the deep ones.
                let index = if deep { self.reference(keep, array.index, false) } else { None };
                vec![self.reference(keep, array.element, deep), index]
            }
            Kind::FuncProto => {
                let mut references = vec![self.reference(keep, ty.target(), deep)];
                references.extend(ty.params().map(|param| self.reference(keep, param.ty, deep)));
                references
            }
            Kind::Ptr if !deep => vec![None],
            Kind::Ptr
            | Kind::Typedef
            | Kind::Volatile
            | Kind::Const
            | Kind::Restrict
            | Kind::TypeTag
            | Kind::Func
            | Kind::Var
            | Kind::DeclTag => vec![self.reference(keep, ty.target(), deep)],
            Kind::Void | Kind::Int | Kind::Enum | Kind::Enum64 | Kind::Fwd | Kind::Float | Kind::Datasec => {
                Vec::new()
            }
        }
    }
}

/// Whether the node of a type is the deep one. No compiler names such types, but libbpf takes one
/// with a name for a candidate, and a candidate must not become two.
fn has_depth(keep: &Keep, id: TypeId, deep: bool) -> bool {
    let ty = keep.target.ty(id);
    keep.whole
        || matches!(ty.kind(), Kind::Ptr | Kind::Array | Kind::FuncProto)
            && (deep || !keep.target.name(id).is_empty())
}

fn content<'t>(keep: &Keep<'t>, id: TypeId) -> Content<'t> {
    let target = keep.target;
    let ty = target.ty(id);
    let mut content = Content {
        kind: ty.kind(),
        name: if keep.hidden.contains(&id) { b"" } else { target.string(ty.name_offset()) },
        // On other kinds it means nothing, and a struct's is set below.
        kflag: ty.kflag()
            && matches!(ty.kind(), Kind::Enum | Kind::Enum64 | Kind::Fwd | Kind::DeclTag | Kind::TypeTag),
        size: 0,
        detail: 0,
        parts: Vec::new(),
    };
    match ty.kind() {
        Kind::Struct | Kind::Union => {
            content.size = ty.size_word();
            let members = keep.members_of(id).filter_map(|(index, _)| ty.member(index));
            content.parts = members
                .map(|m| (target.string(m.name), u64::from(m.bit_size) << 32 | u64::from(m.bit_offset)))
                .collect();
            // Only a kept bitfield needs the encoding that the flag announces.
            content.kflag = content.parts.iter().any(|(_, place)| place >> 32 != 0);
        }
        Kind::Enum | Kind::Enum64 => {
            content.size = ty.size_word();
            let values = keep.enumerators_of(id).filter_map(|index| ty.enumerator(index));
            content.parts = values.map(|value| (target.string(value.name), value.bits64())).collect();
        }
        Kind::Int => (content.size, content.detail) = (ty.size_word(), ty.int().0),
        Kind::Float | Kind::Datasec => content.size = ty.size_word(),
        Kind::Array => content.detail = ty.array().length,
        Kind::FuncProto => content.parts = ty.params().map(|_| (&b""[..], 0)).collect(),
        Kind::Var | Kind::Func => content.detail = ty.linkage(),
        Kind::DeclTag => content.detail = ty.component().unwrap_or(u32::MAX),
        Kind::Void
        | Kind::Ptr
        | Kind::Fwd
        | Kind::Typedef
        | Kind::Volatile
        | Kind::Const
        | Kind::Restrict
        | Kind::TypeTag => {}
    }
    content
}
