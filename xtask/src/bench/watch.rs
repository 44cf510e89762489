//! `cargo xtask bench watch`: from a closed file to its case, a burst, a walk, and what watching costs when nothing happens. By the release program, from
//! outside; a table, not a test.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use super::drive::{Watch, at, command, cost, cpu_of, program, run};
use crate::step::{self, Place, Stop};

/// Name of the group.
pub(crate) const GROUP: &str = "watch";
/// Files of the large site, and the folders that they lie in.
const FILES: u32 = 100_000;
const FOLDERS: u32 = 500;
/// Listed files that come one by one.
const SINGLE: u32 = 300;
/// Files that come at once.
const BURST: u32 = 10_000;
/// For how long nothing happens.
const IDLE: Duration = Duration::from_secs(60);
/// Longest that one event is waited for.
const PATIENCE: Duration = Duration::from_secs(120);

/// Measures and prints.
///
/// # Errors
/// [`Stop`] for what could not be built or did not happen.
pub(crate) fn bench(place: &Place) -> Result<(), Stop> {
    let program = program(place)?;
    let folder = place.target.join("xtask").join("bench-watch");
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(|why| failed(&why))?;
    }
    let (home, site) = (folder.join("home"), folder.join("site"));
    step::heading("A site with 100,000 files");
    for number in 0..FILES {
        let within = site.join(format!("{:03}", number % FOLDERS));
        if number < FOLDERS {
            fs::create_dir_all(&within).map_err(|why| failed(&why))?;
        }
        fs::write(within.join(format!("{number}.txt")), format!("Text number {number}.\n")).map_err(|why| failed(&why))?;
    }
    let list = folder.join("listed.txt");
    fs::write(&list, (0..SINGLE).map(|number| format!("{}\n", md5_of_listed(number))).collect::<String>()).map_err(|why| failed(&why))?;
    run(command(&program, &home).args(["list", "add"]).arg(&list).args(["--name", "listed", "--harm", "local", "--kind", "md5", "--yes"]))?;
    run(command(&program, &home).args(["site", "add"]).arg(&site).args(["--name", "site"]))?;
    step::heading("Watch");
    println!("| What | Measured | Goal |\n|---|---|---|");
    let first = cost(command(&program, &home).arg("sweep"))?;
    println!(
        "| first sweep with all checks, 100,000 small files | {:.1} s, {:.0} files a second | |",
        first.wall,
        f64::from(FILES) / first.wall
    );
    let mut walks: Vec<f64> = Vec::new();
    for _ in 0..5 {
        walks.push(cost(command(&program, &home).arg("sweep"))?.wall);
    }
    println!("| a sweep that finds nothing new, with the start of the program | {:.2} s | |", at(0.5, &mut walks));
    let mut floors: Vec<f64> = (0..5).map(|_| walk(&site)).collect();
    println!("| names and `stat` of the same files alone, in this program | {:.2} s | |", at(0.5, &mut floors));

    let watch = Watch::start(&program, &home)?;
    single(&watch, &site)?;
    burst(&watch, &site)?;
    // What the burst began is over before idleness is measured.
    std::thread::sleep(Duration::from_secs(20));
    let before = cpu_of(watch.id(), true);
    std::thread::sleep(IDLE);
    let used = (cpu_of(watch.id(), true) - before) / IDLE.as_secs_f64() * 100.0;
    println!("| watching {} files without a change | {used:.2} % of a core | ≤ 1 % |", FILES + SINGLE + BURST);
    Ok(())
}

fn failed(why: &dyn std::fmt::Display) -> Stop {
    Stop::Failed(format!("The site of the benchmark: {why}"))
}

/// One listed file after the other: from its last byte to the case.
fn single(watch: &Watch, site: &Path) -> Result<(), Stop> {
    let mut times = Vec::new();
    for number in 0..SINGLE {
        let name = format!("listed-{number}");
        let began = Instant::now();
        fs::write(site.join(&name), listed(number)).map_err(|why| failed(&why))?;
        let seen = watch.wait(PATIENCE, |event| event["event"] == "case" && event["path"] == name.as_str())?;
        times.push((seen - began).as_secs_f64() * 1e3);
    }
    let (median, slow) = (at(0.5, &mut times), at(0.99, &mut times));
    println!(
        "| file closed → case told, {SINGLE} listed files one by one | median {median:.0} ms, 99th percentile {slow:.0} ms | ≤ 100 ms, ≤ 1 s |"
    );
    Ok(())
}

/// Ten thousand files at once: until the last one has ended its check.
fn burst(watch: &Watch, site: &Path) -> Result<(), Stop> {
    let began = Instant::now();
    for number in 0..BURST {
        fs::write(site.join(format!("burst-{number}")), format!("Burst {number}.\n")).map_err(|why| failed(&why))?;
    }
    let written = began.elapsed().as_secs_f64();
    for _ in 0..BURST {
        watch
            .wait(PATIENCE, |event| event["event"] == "checked" && event["path"].as_str().is_some_and(|path| path.starts_with("burst-")))?;
    }
    let whole = began.elapsed().as_secs_f64();
    println!("| {BURST} files at once, written in {written:.1} s: until the last one was checked | {whole:.1} s | seen ≤ 10 s |");
    Ok(())
}

/// What a listed file holds.
fn listed(number: u32) -> String {
    format!("{number:08}")
}

/// MD5 of it: RFC 1321, for one block. The chores link no crate for one digest.
fn md5_of_listed(number: u32) -> String {
    let text = listed(number);
    let mut block = [0_u8; 64];
    block[..8].copy_from_slice(text.as_bytes());
    block[8] = 0x80;
    block[56] = 64;
    let words: Vec<u32> = block.chunks_exact(4).map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]])).collect();
    const SHIFTS: [[u32; 4]; 4] = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];
    let start = [0x6745_2301_u32, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476];
    let [mut a, mut b, mut c, mut d] = start;
    for step in 0..64_usize {
        let (mixed, word) = match step / 16 {
            0 => (b & c | !b & d, step),
            1 => (d & b | !d & c, (5 * step + 1) % 16),
            2 => (b ^ c ^ d, (3 * step + 5) % 16),
            _ => (c ^ (b | !d), 7 * step % 16),
        };
        let constant = ((step as f64 + 1.0).sin().abs() * 4_294_967_296.0) as u32;
        let turned = a.wrapping_add(mixed).wrapping_add(constant).wrapping_add(words[word]).rotate_left(SHIFTS[step / 16][step % 4]);
        (a, d, c, b) = (d, c, b, b.wrapping_add(turned));
    }
    let sums = [a, b, c, d].into_iter().zip(start).flat_map(|(end, start)| end.wrapping_add(start).to_le_bytes());
    sums.map(|byte| format!("{byte:02x}")).collect()
}

/// Seconds that a plain walk with `stat` takes.
fn walk(site: &Path) -> f64 {
    let began = Instant::now();
    let mut waiting = vec![site.to_owned()];
    while let Some(dir) = waiting.pop() {
        for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
            match entry.metadata() {
                Ok(facts) if facts.is_dir() => waiting.push(entry.path()),
                Ok(_) | Err(_) => {}
            }
        }
    }
    began.elapsed().as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_that_of_any_other_program() {
        assert_eq!(md5_of_listed(0), "dd4b21e9ef71e1291183a46b913ae6f2", "printf 00000000 | md5sum");
        assert_eq!(md5_of_listed(12_345_678), "25d55ad283aa400af464c76d713c07ad", "printf 12345678 | md5sum");
    }
}
