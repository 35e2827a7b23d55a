//! `Btf`: a parsed BTF.

use std::sync::Arc;

use bpfc_btf::TypeId;
use bpfc_pack::{KernelSource, describe};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::Result;

/// A parsed BTF: of a kernel, a module or an object.
#[wasm_bindgen]
pub struct Btf(Arc<bpfc_btf::Btf<'static>>);

#[wasm_bindgen]
impl Btf {
    /// Reads raw BTF, an ELF file with `.BTF`, or either in a tar, packed with xz or gzip.
    pub fn parse(bytes: &[u8]) -> Result<Btf> {
        let bytes = KernelSource::open(bytes)?.into_bytes()?;
        Ok(Btf(Arc::new(bpfc_btf::Btf::parse(bytes)?)))
    }

    /// Reads split BTF, such as a module's, over its base.
    #[wasm_bindgen(js_name = parseSplit)]
    pub fn parse_split(bytes: &[u8], base: &Btf) -> Result<Btf> {
        let bytes = KernelSource::open(bytes)?.into_bytes()?;
        Ok(Btf(Arc::new(bpfc_btf::Btf::parse_split(bytes, base.0.clone())?)))
    }

    /// JSON; see `bpfc_pack::describe::btf_info`.
    pub fn info(&self) -> String {
        describe::btf_info(&self.0).to_string()
    }

    /// JSON of one type; nothing when there is no such id.
    #[wasm_bindgen(js_name = type)]
    pub fn ty(&self, id: u32) -> Option<String> {
        describe::btf_type(&self.0, TypeId(id)).map(|ty| ty.to_string())
    }

    /// Ids of the types of exactly this name, ascending.
    pub fn find(&self, name: &str) -> Vec<u32> {
        self.0.find(name.as_bytes()).map(|id| id.0).collect()
    }

    /// Ids of own types, likeliest first; see `bpfc_btf::Btf::search`.
    pub fn search(&self, text: &str) -> Vec<u32> {
        self.0.search(text).into_iter().map(|id| id.0).collect()
    }

    /// JSON; see `bpfc_pack::describe::type_summaries`.
    pub fn summaries(&self, ids: Vec<u32>) -> Result<String> {
        let ids: Vec<TypeId> = ids.into_iter().map(TypeId).collect();
        Ok(describe::type_summaries(&self.0, &ids)?.to_string())
    }

    /// JSON; see `bpfc_pack::describe::definition`.
    pub fn definition(&self, id: u32) -> Result<Option<String>> {
        Ok(describe::definition(&self.0, TypeId(id))?.map(|definition| definition.to_string()))
    }

    /// JSON; see `bpfc_pack::describe::layout`.
    pub fn layout(&self, id: u32) -> Result<Option<String>> {
        Ok(describe::layout(&self.0, TypeId(id))?.map(|layout| layout.to_string()))
    }

    /// The raw BTF.
    pub fn bytes(&self) -> Vec<u8> {
        self.0.bytes().to_vec()
    }
}

impl Btf {
    pub(crate) fn parsed(&self) -> &bpfc_btf::Btf<'static> {
        &self.0
    }
}
