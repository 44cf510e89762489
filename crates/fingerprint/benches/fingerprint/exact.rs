//! MD5, SHA-1 and SHA-256 in one pass, against each of them alone and against hashdeep.

use crate::peers::Peers;
use crate::rounds::{Rounds, Spread, timed};
use fingerprint::{Hasher, digests};
use sha2::Digest;
use std::path::Path;
use std::time::Instant;

const BYTES: usize = 4 << 20;
const FILE_BYTES: usize = 256 << 20;
const ROUNDS: usize = 61;

/// Prints the table; files are written below `folder`.
pub fn table(peers: &Peers, folder: &Path) {
    let content: Vec<u8> = (0..BYTES as u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let rounds = Rounds::run(
        ROUNDS,
        &mut [
            timed(|| md5::Md5::digest(&content)),
            timed(|| sha1::Sha1::digest(&content)),
            timed(|| sha2::Sha256::digest(&content)),
            timed(|| digests(&content)),
            timed(|| digests(&content)),
        ],
    );
    let speed = |at: usize| (BYTES >> 20) as f64 * 1e3 / rounds.ms(at).median;
    println!("\nBytes: {} MiB in memory, {ROUNDS} rounds; state of the one pass: {} bytes", BYTES >> 20, size_of::<Hasher>());
    println!("  MiB/s: MD5 {:.0}, SHA-1 {:.0}, SHA-256 {:.0}, all three {:.0}", speed(0), speed(1), speed(2), speed(3));
    println!("  one pass, time relative to the sum of the three alone   {}", rounds.share(3, &[0, 1, 2]));
    println!("  noise: the same one pass again                          {}", rounds.ratio(4, 3));
    match hashdeep(peers, folder) {
        Ok(ratio) => println!("  hashdeep, {} MiB file, time relative to ours             {ratio}", FILE_BYTES >> 20),
        Err(why) => println!("  hashdeep: skipped, {why}"),
    }
}

/// hashdeep with the same three digests, relative to one pass over the same file in pieces of 1 MiB.
fn hashdeep(peers: &Peers, folder: &Path) -> Result<Spread, String> {
    let mut command = peers.command("hashdeep")?;
    let path = folder.join("large");
    std::fs::write(&path, vec![0x5A; FILE_BYTES]).map_err(|why| why.to_string())?;
    command.args(["-c", "md5,sha1,sha256"]).arg(&path);
    let output = command.output().map_err(|why| why.to_string())?;
    if !output.status.success() {
        return Err(format!("it ended with {}", output.status));
    }
    let ours = || {
        let mut file = std::fs::File::open(&path).unwrap();
        let (mut hasher, mut piece) = (Hasher::new(), vec![0; 1 << 20]);
        loop {
            let filled = std::io::Read::read(&mut file, &mut piece).unwrap();
            if filled == 0 {
                return hasher.finish();
            }
            hasher.update(&piece[..filled]);
        }
    };
    let theirs = Box::new(|| {
        let start = Instant::now();
        command.output().unwrap();
        start.elapsed().as_secs_f64() * 1e3
    });
    Ok(Rounds::run(5, &mut [timed(ours), theirs]).ratio(1, 0))
}
