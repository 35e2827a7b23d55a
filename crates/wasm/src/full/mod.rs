//! What pages do not load: the commands, what is told as text, whole dumps, the choice of an entry on a machine, packs inside
//! programs. In a slim module `@bpfc/core` throws `CORE_SLIM` in place of each.

mod command;
mod dump;
mod embed;
mod json;
mod select;
mod text;
