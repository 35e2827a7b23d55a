//! What is written, and in which order: C wants everything declared before it is used, and structs and unions defined
//! before they are a part of something.
//!
//! A pointer to a struct needs no more than a forward declaration; a member, or the element of an array, needs the
//! definition. Typedefs and enums are always needed whole, but a typedef of a struct needs no more than its declaration,
//! until a member is of it. (libbpf's `btf_dump_order_type` answers the same question by links that are weak or strong.)
//! The search keeps its own stack, since types can be nested as deep as a file is long.

use crate::dump::{pointer_size, scalar};
use crate::{Btf, Code, Error, Kind, Result, Type, TypeId};

/// Something to write at the top level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The definition of a type.
    Define(TypeId),
    /// `struct name;`
    Declare(TypeId),
}

/// All that is to be written.
pub(super) struct Order {
    /// In the order of C.
    pub(super) steps: Vec<Step>,
    /// Every struct and union whose members are written, anonymous ones too, each behind those it is made of.
    pub(super) composites: Vec<TypeId>,
}

/// The order of `types` and what they need; of all own types where there are none given.
///
/// # Errors
/// [`Code::Cycle`], with the type's id, when a type is a part of itself.
pub(super) fn order(btf: &Btf, types: Option<&[TypeId]>) -> Result<Order> {
    let count = btf.type_count() as usize;
    let mut search = Search {
        btf,
        pointer_size: pointer_size(btf),
        states: vec![[State::New; 2]; count],
        work: Vec::new(),
        order: Order { steps: Vec::new(), composites: Vec::new() },
    };
    match types {
        Some(types) => types.iter().try_for_each(|&id| search.chosen(id))?,
        None => search.all()?,
    }
    Ok(search.order)
}

/// How much of a type is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Need {
    /// Its name: it is pointed to, or the type of a parameter.
    Name,
    /// Its size.
    Size,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    New,
    Open,
    Done,
}

enum Work {
    Enter(TypeId, Need),
    Leave(TypeId, Need),
}

struct Search<'b> {
    btf: &'b Btf<'b>,
    pointer_size: u32,
    /// By type and need. A struct that is declared is `Done` as far as its name is needed.
    states: Vec<[State; 2]>,
    work: Vec<Work>,
    order: Order,
}

impl Search<'_> {
    fn all(&mut self) -> Result<()> {
        let referenced = self.referenced_enums();
        for (id, kind) in self.btf.kinds() {
            match kind {
                Kind::Struct | Kind::Union if !self.is_anonymous(id) => self.run(id)?,
                Kind::Typedef | Kind::Fwd => self.run(id)?,
                Kind::Enum | Kind::Enum64 if !self.is_anonymous(id) => self.run(id)?,
                // Constants: an anonymous enum that no member is of (libbpf: `btf_dump_mark_referenced`).
                Kind::Enum | Kind::Enum64 if referenced.binary_search(&id).is_err() => {
                    self.order.steps.push(Step::Define(id));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn chosen(&mut self, id: TypeId) -> Result<()> {
        self.run(id)?;
        let kind = self.btf.ty(id).kind();
        if (kind.is_composite() || kind.is_enum()) && self.is_anonymous(id) {
            self.order.steps.push(Step::Define(id));
        }
        Ok(())
    }

    fn run(&mut self, id: TypeId) -> Result<()> {
        self.work.push(Work::Enter(id, Need::Size));
        while let Some(work) = self.work.pop() {
            match work {
                Work::Enter(id, need) => self.enter(id, need)?,
                Work::Leave(id, need) => self.leave(id, need),
            }
        }
        Ok(())
    }

    fn enter(&mut self, id: TypeId, need: Need) -> Result<()> {
        let ty = self.btf.ty(id);
        let kind = ty.kind();
        let need = match kind {
            // The members are written where it is used.
            Kind::Struct | Kind::Union if self.is_anonymous(id) => Need::Size,
            Kind::Struct | Kind::Union if need == Need::Name => {
                if self.state(id, Need::Name) == State::New && self.state(id, Need::Size) != State::Done {
                    self.order.steps.push(Step::Declare(id));
                }
                self.set(id, Need::Name, State::Done);
                return Ok(());
            }
            Kind::Struct | Kind::Union | Kind::Typedef => need,
            kind if kind.is_modifier() => need,
            _ => Need::Name,
        };
        match self.state(id, need) {
            State::Done => return Ok(()),
            State::Open => return Err(Error::new(Code::Cycle, self.btf.place(id), u64::from(id.0))),
            State::New => {}
        }
        self.set(id, need, State::Open);
        self.work.push(Work::Leave(id, need));
        let first = self.work.len();
        let part = match kind {
            Kind::Struct | Kind::Union | Kind::Array | Kind::Var => Need::Size,
            Kind::Typedef => need,
            kind if kind.is_modifier() => need,
            _ => Need::Name,
        };
        let parts = parts(&ty).filter(|part| !part.is_void());
        self.work.extend(parts.map(|id| Work::Enter(id, part)));
        // The typedef itself, behind the struct that it may be of: one declaration less.
        if kind == Kind::Typedef && need == Need::Size {
            self.work.push(Work::Enter(id, Need::Name));
        }
        // The last is taken first.
        if let Some(entered) = self.work.get_mut(first..) {
            entered.reverse();
        }
        Ok(())
    }

    fn leave(&mut self, id: TypeId, need: Need) {
        self.set(id, need, State::Done);
        let ty = self.btf.ty(id);
        if ty.kind().is_composite() {
            self.order.composites.push(id);
        }
        if self.is_definition(id, &ty, need) {
            // One that points to itself needs no declaration.
            if self.order.steps.last() == Some(&Step::Declare(id)) {
                self.order.steps.pop();
            }
            self.order.steps.push(Step::Define(id));
        }
    }

    /// Whether the type is defined at the top level when this is needed of it.
    fn is_definition(&self, id: TypeId, ty: &Type, need: Need) -> bool {
        match ty.kind() {
            Kind::Struct | Kind::Union | Kind::Enum | Kind::Enum64 | Kind::Fwd => !self.is_anonymous(id),
            Kind::Typedef => need == Need::Name,
            Kind::Int | Kind::Float => !scalar::is_builtin(self.btf, ty, self.pointer_size),
            Kind::Func | Kind::Var => true,
            _ => false,
        }
    }

    fn state(&self, id: TypeId, need: Need) -> State {
        self.states.get(id.0 as usize).map_or(State::Done, |[name, size]| match need {
            Need::Name => *name,
            Need::Size => *size,
        })
    }

    fn set(&mut self, id: TypeId, need: Need, state: State) {
        if let Some([name, size]) = self.states.get_mut(id.0 as usize) {
            *(if need == Need::Name { name } else { size }) = state;
        }
    }

    fn is_anonymous(&self, id: TypeId) -> bool {
        is_anonymous(self.btf, &self.btf.ty(id))
    }

    /// Anonymous enums that some type refers to, ascending.
    fn referenced_enums(&self) -> Vec<TypeId> {
        let mut found: Vec<TypeId> = Vec::new();
        for id in self.btf.ids() {
            let enums = parts(&self.btf.ty(id))
                .filter(|&part| self.btf.kind(part).is_some_and(Kind::is_enum) && self.is_anonymous(part));
            found.extend(enums);
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// Whether the type has no name, or an empty one.
pub(super) fn is_anonymous(btf: &Btf, ty: &Type) -> bool {
    matches!(btf.string_tail(ty.name_offset()).first(), None | Some(0))
}

/// The types that a type refers to, in the order in which C names them. (An array's index has no place in C.)
fn parts<'b>(ty: &Type<'b>) -> impl Iterator<Item = TypeId> + use<'b> {
    let target = if ty.kind() == Kind::Array { ty.array().element } else { ty.target() };
    let members = ty.members().map(|member| member.ty);
    let params = ty.params().map(|param| param.ty);
    let variables = ty.variables().map(|variable| variable.ty);
    std::iter::once(target).chain(members).chain(params).chain(variables)
}
