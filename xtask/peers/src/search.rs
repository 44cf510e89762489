//! Other ways to find a value: a BK-tree of PDQ values, and SHA-256 in an SQLite table. One index is held at a time.

use std::time::Instant;

use rusqlite::{Connection, params};

type Value = [u8; 32];

/// Values and queries as the benchmark wrote them, and the index over the values.
#[derive(Default)]
pub struct Search {
    path: String,
    values: Vec<Value>,
    queries: Vec<Value>,
    index: Option<Index>,
}

enum Index {
    Tree(bk_tree::BKTree<Value, Bits>),
    Table(Connection),
}

struct Bits;

impl bk_tree::Metric<Value> for Bits {
    fn distance(&self, a: &Value, b: &Value) -> u32 {
        let words = |value: &Value| -> [u64; 4] { std::array::from_fn(|at| u64::from_le_bytes(value.as_chunks().0[at])) };
        words(a).into_iter().zip(words(b)).map(|(a, b)| (a ^ b).count_ones()).sum()
    }

    fn threshold_distance(&self, a: &Value, b: &Value, limit: u32) -> Option<u32> {
        Some(self.distance(a, b)).filter(|distance| *distance <= limit)
    }
}

impl Search {
    /// What a line asks for, or `None` if it is not for this module.
    pub fn answer(&mut self, words: &[&str]) -> Option<String> {
        let said = match *words {
            ["values", path] => read(path).map(|values| {
                (self.values, self.path) = (values, format!("{path}.sqlite"));
                "ok".to_owned()
            }),
            ["queries", path] => read(path).map(|queries| {
                self.queries = queries;
                "ok".to_owned()
            }),
            ["build", name] => self.build(name),
            ["ask", count] => count.parse().map_err(|_| "not a number".to_owned()).and_then(|count| self.ask(count)),
            _ => return None,
        };
        Some(said.unwrap_or_else(|why| format!("error {}", why.replace('\n', " "))))
    }

    /// Nanoseconds, and the kibibytes that it takes: in memory, of the table on the disk.
    fn build(&mut self, name: &str) -> Result<String, String> {
        self.index = None;
        let before = resident_kib();
        let start = Instant::now();
        let (index, kib) = match name {
            "bk-tree" => {
                let mut tree = bk_tree::BKTree::new(Bits);
                self.values.iter().for_each(|value| tree.add(*value));
                (Index::Tree(tree), resident_kib().saturating_sub(before))
            }
            "sqlite" => {
                let table = table(&self.path, &self.values).map_err(|why| why.to_string())?;
                (Index::Table(table), std::fs::metadata(&self.path).map_or(0, |file| file.len() / 1024))
            }
            _ => return Err("no such index".to_owned()),
        };
        self.index = Some(index);
        Ok(format!("{} {kib}", start.elapsed().as_nanos()))
    }

    /// Median and 99th percentile in nanoseconds, and how many values were found.
    fn ask(&self, count: usize) -> Result<String, String> {
        let queries = &self.queries[..count.min(self.queries.len())];
        let mut found = 0;
        let mut times: Vec<u128> = match self.index.as_ref().ok_or("no index yet")? {
            Index::Tree(tree) => queries.iter().map(|query| timed(|| found += tree.find(query, 31).count())).collect(),
            Index::Table(table) => {
                let mut look = table.prepare("SELECT entry FROM sha256 WHERE key = ?").map_err(|why| why.to_string())?;
                queries.iter().map(|query| timed(|| found += usize::from(look.exists([query]).is_ok_and(|is_there| is_there)))).collect()
            }
        };
        times.sort_unstable();
        Ok(format!("{} {} {found}", times[times.len() / 2], times[times.len() * 99 / 100]))
    }
}

fn timed(once: impl FnOnce()) -> u128 {
    let start = Instant::now();
    once();
    start.elapsed().as_nanos()
}

fn read(path: &str) -> Result<Vec<Value>, String> {
    let bytes = std::fs::read(path).map_err(|why| why.to_string())?;
    Ok(bytes.as_chunks().0.to_vec())
}

/// A table without row numbers, filled in the order of keys, which is the quickest way, and mapped.
fn table(path: &str, values: &[Value]) -> rusqlite::Result<Connection> {
    drop(std::fs::remove_file(path));
    let mut connection = Connection::open(path)?;
    connection.execute_batch(
        "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA mmap_size = 4000000000;
         CREATE TABLE sha256 (key BLOB PRIMARY KEY, entry INTEGER) WITHOUT ROWID;",
    )?;
    let mut rows: Vec<(&Value, i64)> = values.iter().zip(0..).collect();
    rows.sort_unstable();
    let all = connection.transaction()?;
    {
        let mut insert = all.prepare("INSERT OR IGNORE INTO sha256 VALUES (?, ?)")?;
        rows.iter().try_for_each(|(key, entry)| insert.execute(params![key, entry]).map(drop))?;
    }
    all.commit()?;
    Ok(connection)
}

fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}
