//! The window of Gatehouse. Everything that it shows and does is the engine's; see `ARCHITECTURE.md`.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

#[macro_use]
mod contract;
mod app;
mod commands;
mod push;
mod rights;
mod shell;
mod start;
mod tray;
mod wire;

fn main() -> std::process::ExitCode {
    start::start().map_or_else(start::refuse, app::run)
}
