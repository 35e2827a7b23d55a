//! What a kernel has instead of what a relocation asks for.

use bpfc_btf::{Btf, TypeId};
use bpfc_relo::{Found, Instead};

use crate::{Json, json};

/// `{ reason, type, name, alike: [{ name, type, bitOffset }], text }`.
///
/// `reason` is `no_type`, `no_member`, `other_member`, `no_enumerator` or `other_type`. `type` is the kernel's type that is
/// looked at, null where there is none; `name` the member or enumerator, else null. `alike` are members, enumerators
/// (without `type` and `bitOffset`) or types (without `bitOffset`) that may be meant. `text` says all of it in a sentence.
pub fn instead(kernel: &Btf, instead: &Instead) -> Json {
    let c_name = |&id: &TypeId| kernel.c_name(id);
    let member = |it: &Found| json!({ "name": &it.name, "type": c_name(&it.ty), "bitOffset": it.bit_offset });
    let told = |it: &Found| format!("{} {}", c_name(&it.ty), it.name);
    let (reason, ty, name, alike, text) = match instead {
        Instead::NoType { others } => {
            let names: Vec<String> = others.iter().map(c_name).collect();
            let alike = names.iter().map(|name| json!({ "name": name })).collect();
            ("no_type", None, None, alike, with_alike("the kernel has no such type".into(), &names))
        }
        Instead::NoMember { ty, name, alike } => {
            let text = format!("{} has no {name}", c_name(ty));
            let text = with_alike(text, &alike.iter().map(told).collect::<Vec<_>>());
            ("no_member", Some(ty), Some(name), alike.iter().map(member).collect(), text)
        }
        Instead::OtherMember { ty, member: found } => {
            let text = format!("{} has {}", c_name(ty), told(found));
            ("other_member", Some(ty), Some(&found.name), vec![member(found)], text)
        }
        Instead::NoEnumerator { ty, name, alike } => {
            let text = with_alike(format!("{} has no {name}", c_name(ty)), alike);
            let alike = alike.iter().map(|name| json!({ "name": name })).collect();
            ("no_enumerator", Some(ty), Some(name), alike, text)
        }
        Instead::OtherType { ty } => {
            ("other_type", Some(ty), None, Vec::new(), format!("the kernel's {} is another", c_name(ty)))
        }
        _ => return Json::Null,
    };
    json!({ "reason": reason, "type": ty.map(c_name), "name": name, "alike": alike, "text": text })
}

fn with_alike(text: String, alike: &[String]) -> String {
    if alike.is_empty() { text } else { format!("{text}, but {}", alike.join(", ")) }
}
