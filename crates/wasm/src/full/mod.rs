//! What pages do not load that look into files: the making of packs, the choice of an entry on a machine, whole dumps, the
//! commands, what is told as text. In a slim module `@bpfc/core` throws `CORE_SLIM` in place of each.

mod command;
mod dump;
mod embed;
mod json;
mod layout;
mod make;
mod select;
mod text;
