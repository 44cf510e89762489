//! The window of Gatehouse. Everything that it shows and does is the engine's; see `ARCHITECTURE.md`.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

#[macro_use]
mod contract;
mod actions;
mod app;
mod autostart;
mod commands;
mod desktop;
mod glance;
mod leaving;
mod notification;
mod push;
mod rights;
mod shell;
mod start;
mod tray;
mod wire;
mod words;

fn main() -> std::process::ExitCode {
    if start::asks_for_help() {
        return start::help();
    }
    start::start().map_or_else(start::refuse, app::run)
}
