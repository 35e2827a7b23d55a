//! What a file is, and what is in it.

use serde_json::Value;

use super::number::{count, size};
use super::table::{Align, Colors, Table};
use super::{group_by, safe};

use Align::{Left, Right};

/// What [`crate::describe::inspect`] tells of the file of this name.
pub fn render_inspection(name: &str, told: &Value, colors: Colors) -> String {
    let what = match text(told, "is") {
        "pack" => "pack",
        "btf" => "BTF",
        _ => "BPF object",
    };
    let container = match text(told, "container") {
        "raw" | "elf" => String::new(),
        container => format!(" in {container}"),
    };
    let mut blocks = vec![format!("{}: {what}{container}, {}", colors.bold(name), bytes(told))];
    match text(told, "is") {
        "pack" => blocks.extend(pack(told, colors)),
        "btf" => blocks.extend(btf(told, colors)),
        _ => blocks.extend(object(field(told, "object"), colors)),
    }
    blocks.retain(|block| !block.is_empty());
    safe(format!("{}\n", blocks.join("\n\n")))
}

fn pack(told: &Value, colors: Colors) -> Vec<String> {
    let program = field(told, "program");
    let mut blocks =
        if program.is_null() { vec!["no program inside".into()] } else { object(program, colors) };
    let groups = list(told, "groups");
    let kernels = number(told, "kernels");
    blocks.push(colors.bold(&format!(
        "{}, {}",
        count(kernels, "kernel"),
        count(groups.len(), "different BTF")
    )));
    blocks.extend(groups.iter().map(|it| group(it, colors)));
    let others = list(told, "files").iter().map(|file| format!("  {}, {}", text(file, "path"), bytes(file)));
    let skipped = list(told, "skipped").iter().filter_map(Value::as_str);
    let skipped = skipped.map(|name| {
        colors.yellow(&format!("  {name}: its name cannot stand in a pack, or it is no regular file"))
    });
    let others: Vec<String> = others.chain(skipped).collect();
    if !others.is_empty() {
        blocks.push(format!("{}\n{}", colors.bold("other files"), others.join("\n")));
    }
    blocks
}

/// The kernels that share one BTF.
fn group(told: &Value, colors: Colors) -> String {
    let types = match field(told, "types").as_u64() {
        Some(types) => count(types as usize, "type"),
        None => colors.yellow(&problem(field(told, "error"))),
    };
    let paths = list(told, "paths");
    let mut lines = vec![format!("{}, {types}: {}", bytes(told), count(paths.len(), "kernel"))];
    let kernels = list(told, "kernels");
    let of = |kernel: &&Value| {
        format!("{}/{}/{}", text(kernel, "id"), text(kernel, "version"), text(kernel, "arch"))
    };
    for (distribution, kernels) in group_by(kernels, of) {
        let releases: Vec<&str> = kernels.iter().map(|kernel| text(kernel, "release")).collect();
        lines.push(format!("  {} {}", colors.dim(&distribution), releases.join(" ")));
    }
    if kernels.is_empty() {
        lines.extend(paths.iter().filter_map(Value::as_str).map(|path| format!("  {path}")));
    }
    lines.join("\n")
}

fn btf(told: &Value, colors: Colors) -> Vec<String> {
    let info = field(told, "btf");
    let pointers = match field(info, "pointerSize").as_u64() {
        Some(bytes) => format!("pointers of {bytes} bytes"),
        None => "pointers of unknown size".into(),
    };
    let types = count(number(info, "types"), "type");
    let mut table = Table::new([Left, Right]);
    for (kind, types) in field(told, "kinds").as_object().into_iter().flatten() {
        let styles: [&dyn Fn(&str) -> String; 2] = [&|text| colors.dim(text), &str::to_owned];
        table.styled([format!("  {kind}"), types.to_string()], styles);
    }
    vec![format!("{}-endian, {pointers}, {types}", text(info, "endian")), table.render()]
}

fn object(told: &Value, colors: Colors) -> Vec<String> {
    let license =
        field(told, "license").as_str().map_or("no license".into(), |license| format!("license {license}"));
    let arch = field(told, "arch").as_str().map_or(String::new(), |arch| format!(", for {arch}"));
    let mut blocks =
        vec![format!("program: {}-endian{arch}, {license}, {}", text(told, "endian"), bytes(told))];
    let mut programs = Table::new([Left, Left, Right, Left]);
    for it in list(told, "programs") {
        let instructions = count(number(it, "instructions"), "instruction");
        let optional = field(it, "autoload") == &Value::Bool(false);
        let note = if optional { "not loaded by default" } else { "" };
        programs.row([
            format!("  {}", text(it, "name")),
            text(it, "section").into(),
            instructions,
            note.into(),
        ]);
    }
    blocks.push(titled("programs", &programs.render(), colors));
    let mut maps = Table::new([Left, Left]);
    for it in list(told, "maps") {
        maps.row([format!("  {}", text(it, "name")), text(it, "kind").into()]);
    }
    blocks.push(titled("maps", &maps.render(), colors));
    blocks.push(relocations(list(told, "relocations"), colors));
    let needs = list(told, "requirements").iter().map(|it| {
        let program = field(it, "program").as_str().unwrap_or("the object");
        let what = field(it, "what").as_str().map_or(String::new(), |what| format!(" ({what})"));
        format!("  {program}: {}{what}", text(it, "kind"))
    });
    let needs: Vec<String> = needs.collect();
    blocks.push(titled("needs what no pack serves", &needs.join("\n"), colors));
    blocks.extend(list(told, "notes").iter().filter_map(Value::as_str).map(|note| format!("note: {note}")));
    blocks
}

/// What is asked, each question of a line once.
fn relocations(all: &[Value], colors: Colors) -> String {
    let mut table = Table::new([Left, Left, Left, Left]);
    let question = |it: &&Value| {
        ["kind", "expression", "program"].map(|name| text(it, name)).join("\0")
            + "\0"
            + &line_of(field(it, "source"))
    };
    for (_, same) in group_by(all, question) {
        let Some(first) = same.first() else { continue };
        let times = if same.len() > 1 { format!(" ({} times)", same.len()) } else { String::new() };
        let styles: [&dyn Fn(&str) -> String; 4] =
            [&|text| colors.dim(text), &str::to_owned, &str::to_owned, &|text| colors.dim(text)];
        let place = format!("{}{times}", line_of(field(first, "source")));
        let kind = format!("  {}", text(first, "kind"));
        table.styled([kind, text(first, "expression").into(), text(first, "program").into(), place], styles);
    }
    titled(&count(all.len(), "CO-RE relocation"), &table.render(), colors)
}

/// `execsnoop.bpf.c:57`
pub(super) fn line_of(source: &Value) -> String {
    let file = text(source, "file").rsplit('/').next().unwrap_or_default();
    if source.is_null() { String::new() } else { format!("{file}:{}", number(source, "line")) }
}

fn titled(title: &str, text: &str, colors: Colors) -> String {
    if text.is_empty() { String::new() } else { format!("{}\n{text}", colors.bold(title)) }
}

/// `CODE: message`
pub(super) fn problem(error: &Value) -> String {
    format!("{}: {}", text(error, "code"), text(error, "message"))
}

fn bytes(told: &Value) -> String {
    size(field(told, "size").as_u64().unwrap_or_default())
}

pub(super) fn field<'v>(value: &'v Value, name: &str) -> &'v Value {
    value.get(name).unwrap_or(&Value::Null)
}

pub(super) fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    field(value, name).as_str().unwrap_or_default()
}

pub(super) fn number(value: &Value, name: &str) -> usize {
    field(value, name).as_u64().unwrap_or_default() as usize
}

pub(super) fn list<'v>(value: &'v Value, name: &str) -> &'v [Value] {
    field(value, name).as_array().map_or(&[], Vec::as_slice)
}
