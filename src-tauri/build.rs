//! Declares every command to Tauri and checks that the page is built.

include!("src/contract.rs");

macro_rules! names {
    ($($module:ident { $(fn $name:ident($($arg:ty)?) -> $answer:ty;)* })*) => { &[$($(stringify!($name),)*)*] };
}

/// Without this list *all* commands would be open to every window.
const COMMANDS: &[&str] = contract!(names);

#[expect(clippy::print_stderr, reason = "a build script speaks to the person who builds")]
fn main() {
    println!("cargo:rerun-if-changed=../ui/dist");
    println!("cargo:rerun-if-changed=src/contract.rs");
    if !std::path::Path::new("../ui/dist/index.html").is_file() {
        eprintln!("The page is missing (ui/dist). Build the page first: cargo xtask run, or npm run build in ui/");
        std::process::exit(1);
    }
    let attributes = tauri_build::Attributes::new().app_manifest(tauri_build::AppManifest::new().commands(COMMANDS));
    if let Err(error) = tauri_build::try_build(attributes) {
        eprintln!("{error:#}");
        std::process::exit(1);
    }
}
