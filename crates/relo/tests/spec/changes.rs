//! Changes to a kernel's types: other order, other references, more types.

use std::collections::BTreeMap;

use crate::model::{Model, Word};

impl Model {
    /// The same types in another order: `order` lists the positions of today.
    pub fn reordered(&self, order: &[usize]) -> Model {
        let new: BTreeMap<u32, u32> =
            (1u32..).zip(order).map(|(id, &position)| (position as u32 + 1, id)).collect();
        let mut model =
            Model { records: order.iter().map(|&position| self.records[position].clone()).collect() };
        model.redirect(|id| new.get(&id).copied().unwrap_or(0));
        model
    }

    /// Replaces every reference.
    pub fn redirect(&mut self, mut new: impl FnMut(u32) -> u32) {
        let words = self.records.iter_mut().flat_map(|record| &mut record.words);
        for word in words {
            if let Word::Type(id) = word {
                *id = new(*id);
            }
        }
    }

    /// Adds the types of another model behind these.
    pub fn append(&mut self, mut other: Model) {
        let shift = self.records.len() as u32;
        other.redirect(|id| if id == 0 { 0 } else { id + shift });
        self.records.extend(other.records);
    }
}
