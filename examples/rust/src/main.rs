//! Prints every process that starts and ends: `bootstrap PACK`.
//!
//! The pack holds the program and, for kernels without BTF, the types that it needs of each.

mod event;

use std::time::Duration;
use std::{env, error, fs, process, result};

use bpfc_loader::{LoaderError, Pack, ensure_core_btf};
use event::Event;
use libbpf_rs::{Link, MapCore, Object, ObjectBuilder, RingBufferBuilder};

type Result<T> = result::Result<T, Box<dyn error::Error>>;

fn main() {
    let Some(pack) = env::args_os().nth(1) else {
        eprintln!("usage: bootstrap PACK");
        process::exit(2);
    };
    if let Err(error) = fs::read(pack).map_err(Into::into).and_then(|pack| run(&pack)) {
        eprintln!("bootstrap: {error:#}");
        process::exit(1);
    }
}

/// Runs the program of a pack until it is interrupted.
fn run(pack: &[u8]) -> Result<()> {
    let object = load(pack)?;
    // Who drops a link detaches its program.
    let _links = attach(&object)?;
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
    println!("{}", event::HEADER);
    loop {
        buffer.poll(Duration::MAX)?;
    }
}

/// Loads the program into the kernel, relocated by the kernel's own types or by those of the pack.
fn load(pack: &[u8]) -> Result<Object> {
    let program = Pack::open(pack.into())?.package().ok_or("there is no program in this pack")??.program()?;
    let btf = ensure_core_btf(pack).map_err(|error| told(&error))?;
    let mut builder = ObjectBuilder::default();
    if let Some(path) = btf.path() {
        builder.btf_custom_path(path)?;
    }
    // libbpf reads the BTF in `load`: `btf`, which owns the file, must live until then.
    Ok(builder.open_memory(&program)?.load()?)
}

/// Attaches every program to what its section names.
fn attach(object: &Object) -> Result<Vec<Link>> {
    Ok(object.progs_mut().map(|program| program.attach()).collect::<libbpf_rs::Result<_>>()?)
}

fn told(error: &LoaderError) -> String {
    format!("{}: {error}", error.code())
}
