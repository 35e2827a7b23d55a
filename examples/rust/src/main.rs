//! Prints every process that starts and ends: `bootstrap [--verbose] PACK`.
//!
//! The pack holds the program and, for kernels without BTF, the types that it needs of each.

mod event;

use std::time::Duration;
use std::{env, error, fs, process, result};

use bpfc_loader::{CoreBtf, Pack, ensure_core_btf};
use event::Event;
use libbpf_rs::{Link, MapCore, Object, ObjectBuilder, RingBufferBuilder};

type Result<T> = result::Result<T, Box<dyn error::Error>>;

fn main() {
    let mut arguments: Vec<String> = env::args().skip(1).collect();
    let verbose = arguments.iter().any(|argument| argument == "--verbose");
    arguments.retain(|argument| argument != "--verbose");
    let [pack] = &arguments[..] else {
        eprintln!("usage: bootstrap [--verbose] PACK");
        process::exit(2);
    };
    if let Err(error) = run(pack, verbose) {
        eprintln!("bootstrap: {error:#}");
        process::exit(1);
    }
}

/// Runs the program of a pack until Ctrl-C.
fn run(pack: &str, verbose: bool) -> Result<()> {
    let pack = fs::read(pack).map_err(|error| format!("{pack}: {error}"))?;
    let program = Pack::open((&pack[..]).into())?.package().ok_or("there is no program in this pack")??;
    let btf = ensure_core_btf(&pack)
        .map_err(|error| format!("no BTF for this kernel: {}: {error}", error.code()))?;
    if verbose {
        eprintln!("BTF: {}", serde_json::to_string(btf.explanation())?);
    }
    let object = load(&program.program()?, &btf)?;
    // Who drops a link detaches its program.
    let _links = attach(&object)?;
    print_events(&object)
}

/// Loads the program into the kernel, relocated by the kernel's own types or by those of the pack.
fn load(program: &[u8], btf: &CoreBtf) -> Result<Object> {
    let mut builder = ObjectBuilder::default();
    if let Some(path) = btf.path() {
        builder.btf_custom_path(path)?;
    }
    Ok(builder.open_memory(program)?.load()?)
}

/// Attaches every program to what its section names.
fn attach(object: &Object) -> Result<Vec<Link>> {
    Ok(object.progs_mut().map(|program| program.attach()).collect::<libbpf_rs::Result<_>>()?)
}

fn print_events(object: &Object) -> Result<()> {
    let events = object.maps().find(|map| map.name() == "events").ok_or("the program has no map 'events'")?;
    let mut buffer = RingBufferBuilder::new();
    buffer.add(&events, |bytes| {
        match Event::parse(bytes) {
            Some(event) => println!("{event}"),
            None => eprintln!("bootstrap: an event of {} bytes, which is too few", bytes.len()),
        }
        0
    })?;
    let buffer = buffer.build()?;
    ctrlc::set_handler(|| process::exit(0))?;
    println!("{}", event::HEADER);
    loop {
        buffer.poll(Duration::MAX)?;
    }
}
