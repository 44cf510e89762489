//! Take-downs and restores, again and again, with the program killed at random moments: no content is lost, and nothing is public that the record
//! says is not. `GATEHOUSE_TEST_LOOPS=1000` runs a thousand; without it a few.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::support::{Home, Random, contents_below, name_of_bytes, pause, sha256};

/// Cases of the test.
const CASES: usize = 6;
/// Steps where nobody asks for more.
const USUAL: u64 = 24;

/// What must hold after every kill.
fn assert_nothing_lost(home: &Home, contents: &HashMap<String, String>, moment: &str) {
    let (site, holding) = (contents_below(&home.site()), contents_below(&home.dir().join("holding")));
    let mut sealed: HashMap<String, u64> = HashMap::new();
    for file in home.sealed_files() {
        *sealed.entry(sha256(&home.unsealed(&file))).or_insert(0) += 1;
    }
    for content in contents.keys() {
        let places = [&site, &holding, &sealed].map(|place| place.get(content).copied().unwrap_or(0));
        assert!(
            places.iter().sum::<u64>() >= 1,
            "{moment}: content {content} is in the site, in the holding directory or in the vault: {places:?}"
        );
        assert!(places[0] <= 1 && places[2] <= 1, "{moment}: and at most once in each: {places:?}");
    }
    let connection = home.database();
    let sql = "SELECT path FROM upload u WHERE current = 1 AND place IN ('holding', 'vault')
               AND NOT EXISTS (SELECT 1 FROM action a WHERE a.upload = u.id AND a.kind = 'restore' AND a.state = 'intent')";
    let mut statement = connection.prepare(sql).expect("the tables are there");
    let paths = statement.query_map([], |row| row.get::<_, Vec<u8>>(0)).expect("the rows are read");
    for path in paths.map_while(Result::ok) {
        let path = home.site().join(name_of_bytes(&path));
        assert!(!path.exists(), "{moment}: {} is public, and the record says it is not", path.display());
    }
}

#[test]
fn take_downs_and_restores_killed_at_random_moments_lose_nothing() {
    #[expect(clippy::disallowed_methods, reason = "how long to run is asked from outside")]
    let steps = std::env::var("GATEHOUSE_TEST_LOOPS").ok().and_then(|text| text.parse().ok()).unwrap_or(USUAL);
    let home = Home::with_site();
    let bytes: Vec<Vec<u8>> = (0..CASES as u64).map(|seed| Random(seed + 40).bytes(1 + 60_000 * seed as usize)).collect();
    home.list_of("mine", &bytes.iter().map(Vec::as_slice).collect::<Vec<_>>());
    for (number, content) in bytes.iter().enumerate() {
        home.upload(&format!("{number}.bin"), content);
    }
    home.sweep();
    let contents: HashMap<String, String> =
        home.all(["inbox"]).iter().map(|case| (case["sha256"].as_str().unwrap_or_default().to_owned(), case["case"].to_string())).collect();
    assert_eq!(contents.len(), CASES);
    let cases: Vec<String> = contents.values().cloned().collect();
    let (mut random, mut longest) = (Random(0x7661_756c), Duration::from_millis(50));
    let (mut down, mut back, mut kills) = (0_u64, 0_u64, 0_u64);
    for step in 0..steps {
        let case = &cases[usize::try_from(random.below(CASES as u64)).expect("small")];
        let is_down = home.query(&format!(
            "SELECT count(*) FROM upload u JOIN content c ON c.id = u.content WHERE c.triage_case = {case} AND u.place IN ('holding', 'vault')"
        )) > 0;
        let arguments = if is_down { vec!["restore", case] } else { vec!["decide", case, "take-down", "--now"] };
        if is_down {
            back += 1;
        } else {
            down += 1;
            // Kept since it was put back.
            home.run(["reopen", case]);
        }
        let started = Instant::now();
        let mut running = home.start(&arguments);
        if random.below(4) == 0 {
            while !running.has_ended() {
                pause(Duration::from_millis(1));
            }
            longest = started.elapsed();
        } else {
            let wait = random.below(u64::try_from(longest.as_micros()).expect("short"));
            pause(Duration::from_micros(wait));
            kills += u64::from(!running.has_ended());
            running.kill();
        }
        assert_nothing_lost(&home, &contents, &format!("step {step}, {arguments:?}"));
    }
    println!("{steps} steps: {down} take-downs, {back} restores, {kills} of them killed in the middle");
    // Whatever is open is finished; then every content is in one place.
    home.run(["act", &cases[0]]);
    home.run(["vault", "seal"]).code(0, "what waits is sealed");
    assert_nothing_lost(&home, &contents, "at the end");
    let (site, held) = (contents_below(&home.site()), home.held());
    for content in contents.keys() {
        let times = site.get(content).copied().unwrap_or(0) + held.get(content).copied().unwrap_or(0);
        assert_eq!(times, 1, "content {content} is in one place");
    }
    assert!(contents_below(&home.dir().join("holding")).is_empty(), "nothing is in the clear");
    assert_eq!(home.ok(["ledger", "verify"])["whole"], true, "the record is whole");
}
