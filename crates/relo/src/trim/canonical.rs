//! One order for the kept types that depends on the types alone, and the writing of them.
//!
//! Types are equal when they look the same and refer to equal types in the same places: ordered
//! partition refinement splits them by content, then by the classes of what they refer to, until
//! nothing splits any more. Equal types become one record. Types stand by essential name and kind;
//! candidates of one name keep the kernel's order, since libbpf takes sizes from the first. Where a
//! `long` is kept to tell the pointer size, which is the first one's too, its name stands before all.

use bpfc_btf::{Btf, Builder, Kind, NewMember, TypeId};

use super::graph::{Graph, Node};
use super::keep::Keep;
use crate::{Error, Failure, essential_name};

/// A written BTF, and where each kept type went.
pub(crate) struct Written {
    pub(crate) bytes: Vec<u8>,
    /// New id of each node of the graph.
    pub(crate) ids: Vec<TypeId>,
    /// Number of records.
    pub(crate) types: u32,
}

/// Nodes looked at before the refinement is given up: every round looks at all of them, and a
/// hostile chain of types takes as many rounds as it is long. Real kernels take a handful.
const MAX_VISITS: usize = 1 << 23;

pub(crate) fn write(keep: &Keep, graph: &Graph, target: &Btf) -> Result<Written, Error> {
    let classes = classes(&graph.nodes)?;
    let order = order(keep, &graph.nodes, &classes);
    let mut ids = vec![TypeId::VOID; graph.nodes.len()];
    let mut first = vec![None; graph.nodes.len()];
    for (id, &position) in (1u32..).zip(&order) {
        if let Some(slot) = classes.get(position).and_then(|&class| first.get_mut(class)) {
            slot.get_or_insert(TypeId(id));
        }
    }
    for (slot, &class) in ids.iter_mut().zip(&classes) {
        *slot = first.get(class).copied().flatten().unwrap_or(TypeId::VOID);
    }
    let mut builder = Builder::new(target.endian());
    for node in order.iter().filter_map(|&position| graph.nodes.get(position)) {
        record(&mut builder, node, &ids);
    }
    Ok(Written { bytes: builder.finish()?, ids, types: order.len() as u32 })
}

/// Class of each node; equal types share one, and classes are numbered in canonical order.
fn classes(nodes: &[Node]) -> Result<Vec<usize>, Error> {
    let mut classes = ranks(nodes.iter().map(|node| &node.content).collect());
    let mut count = distinct(&classes);
    for _ in 0..=MAX_VISITS / nodes.len().max(1) {
        let class = |position: usize| classes.get(position).map_or(0, |class| class + 1);
        let keys = nodes.iter().enumerate().map(|(position, node)| {
            let references: Vec<usize> =
                node.references.iter().map(|reference| reference.map_or(0, class)).collect();
            (class(position), references)
        });
        let refined = ranks(keys.collect());
        let refined_count = distinct(&refined);
        // The class itself is the first key, so classes only ever split.
        if refined_count == count {
            return Ok(classes);
        }
        (classes, count) = (refined, refined_count);
    }
    let ty = nodes.first().map_or(0, |node| node.origin.0);
    Err(Error::Malformed { failure: Failure::Steps, ty })
}

/// Position of each key among the different keys in order.
fn ranks<K: Ord>(keys: Vec<K>) -> Vec<usize> {
    let mut order: Vec<usize> = (0..keys.len()).collect();
    order.sort_by(|&a, &b| keys.get(a).cmp(&keys.get(b)));
    let mut ranks = vec![0; keys.len()];
    let mut rank = 0;
    let mut previous: Option<usize> = None;
    for position in order {
        if previous.is_some_and(|previous| keys.get(previous) != keys.get(position)) {
            rank += 1;
        }
        if let Some(slot) = ranks.get_mut(position) {
            *slot = rank;
        }
        previous = Some(position);
    }
    ranks
}

fn distinct(ranks: &[usize]) -> usize {
    ranks.iter().max().map_or(0, |max| max + 1)
}

/// Nodes to write, in order: one of each class, the first in the kernel's order; two where
/// relocations ask for ids.
fn order(keep: &Keep, nodes: &[Node], classes: &[usize]) -> Vec<usize> {
    let mut by_origin: Vec<usize> = (0..nodes.len()).collect();
    by_origin.sort_by_key(|&position| nodes.get(position).map(|node| node.origin));
    let mut written = vec![0; nodes.len()];
    let mut order = Vec::new();
    for position in by_origin {
        let (Some(node), Some(&class)) = (nodes.get(position), classes.get(position)) else { continue };
        let Some(copies) = written.get_mut(class) else { continue };
        let wanted = if keep.distinct.contains(&node.origin) { 2 } else { 1 };
        if *copies < wanted {
            *copies += 1;
            order.push(position);
        }
    }
    let long = keep.long.map(|long| essential_name(keep.target.name(long)));
    // The sort is stable: candidates of one name stay in the kernel's order.
    order.sort_by_cached_key(|&position| {
        let node = nodes.get(position);
        let candidate = node.is_some_and(|node| keep.roots.contains_key(&node.origin));
        let name = node.map_or(&b""[..], |node| node.content.name);
        let kind = node.map_or(Kind::Void, |node| node.content.kind);
        let kind = if kind == Kind::Enum64 { Kind::Enum } else { kind };
        let rank = if candidate { None } else { classes.get(position).copied() };
        let name = essential_name(name);
        let tells = kind == Kind::Int && long == Some(name);
        (!tells, name.to_vec(), kind, rank)
    });
    order
}

fn record(builder: &mut Builder, node: &Node, ids: &[TypeId]) {
    let content = &node.content;
    let id = |reference: &Option<usize>| {
        reference.and_then(|position| ids.get(position)).copied().unwrap_or(TypeId::VOID)
    };
    let mut references = node.references.iter().map(id);
    let mut next = || references.next().unwrap_or(TypeId::VOID);
    match content.kind {
        Kind::Struct | Kind::Union => {
            let members: Vec<NewMember> = content
                .parts
                .iter()
                .map(|&(name, place)| NewMember {
                    name,
                    ty: next(),
                    bit_offset: place as u32,
                    bit_size: (place >> 32) as u32,
                })
                .collect();
            builder.composite(content.kind, content.name, content.size, &members);
        }
        Kind::Enum | Kind::Enum64 => {
            builder.enumeration(content.kind, content.name, content.size, content.kflag, &content.parts);
        }
        Kind::Array => {
            let (element, index) = (next(), next());
            builder.record(Kind::Array, content.name, false, 0, 0, &[element.0, index.0, content.detail]);
        }
        Kind::FuncProto => {
            let returns = next();
            let params: Vec<u32> = content.parts.iter().flat_map(|_| [0, next().0]).collect();
            let count = content.parts.len() as u32;
            builder.record(Kind::FuncProto, content.name, false, count, returns.0, &params);
        }
        Kind::Int => {
            builder.record(Kind::Int, content.name, false, 0, content.size, &[content.detail]);
        }
        Kind::Float | Kind::Datasec => {
            builder.record(content.kind, content.name, false, 0, content.size, &[]);
        }
        Kind::Var | Kind::DeclTag => {
            let ty = next();
            builder.record(content.kind, content.name, content.kflag, 0, ty.0, &[content.detail]);
        }
        Kind::Func => {
            let ty = next();
            builder.record(Kind::Func, content.name, false, content.detail, ty.0, &[]);
        }
        Kind::Void
        | Kind::Ptr
        | Kind::Fwd
        | Kind::Typedef
        | Kind::Volatile
        | Kind::Const
        | Kind::Restrict
        | Kind::TypeTag => {
            let ty = next();
            builder.record(content.kind, content.name, content.kflag, 0, ty.0, &[]);
        }
    }
}
