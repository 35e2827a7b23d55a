//! Compiles the part that Rust cannot say: weak symbols.

fn main() {
    println!("cargo::rerun-if-changed=src/linked.c");
    cc::Build::new()
        .file("src/linked.c")
        .flag("-std=c11")
        .warnings(true)
        .extra_warnings(true)
        .compile("linked");
}
