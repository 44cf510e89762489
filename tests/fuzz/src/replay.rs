//! Every committed seed and every finding of one target once more, without libFuzzer. Belongs to the tests that include it.

use std::fs;
use std::io;
use std::path::Path;

/// Runs `target` on every file of `corpus/NAME` and of `regressions/NAME`, and says how many there were. A panic names the file on stderr.
pub fn replay(name: &str, target: fn(&[u8])) -> io::Result<usize> {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fuzz");
    let mut count = 0;
    for folder in ["corpus", "regressions"] {
        let files = match fs::read_dir(own.join(folder).join(name)) {
            // A target without findings has no folder for them.
            Err(why) if why.kind() == io::ErrorKind::NotFound => continue,
            files => files?,
        };
        for file in files {
            let path = file?.path();
            let bytes = fs::read(&path)?;
            let naming = Naming(&path);
            target(&bytes);
            drop(naming);
            count += 1;
        }
    }
    Ok(count)
}

/// Names the file if the target panics.
struct Naming<'path>(&'path Path);

impl Drop for Naming<'_> {
    #[expect(clippy::print_stderr, reason = "the panic itself does not say on which file")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the panic above came from {}", self.0.display());
        }
    }
}
