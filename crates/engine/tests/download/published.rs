//! A list of one home's own, published into the folder of a server, and followed by another home: the whole way over TLS.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use engine::engine::owning::{self, Named, Said};
use engine::engine::publishing::{self, USUAL_DAYS, Wanted};
use engine::engine::{Core, listing};
use engine::lists::download::{Address, HttpsShelf, Secrets};
use engine::lists::import::Choices;
use engine::lists::reading::{Reading, unheard};
use engine::lists::signed::{Given, Halt, Signed, prepare_shelf};
use engine::model::ListId;
use engine::store::lists;
use engine::{Engine, Options, SystemClock};
use hashlist::Harm;
use hashlist::shl::SecretKey;

use crate::server::{Bench, Server, answer};

fn opened(dir: &Path) -> Engine {
    // Plain text needs no worker: there is no picture in it.
    Engine::open(Options { home: dir.to_owned(), worker: PathBuf::from("/nonexistent"), clock: Arc::new(SystemClock::new()) }).unwrap()
}

/// The side that publishes.
struct Publisher {
    dir: tempfile::TempDir,
    engine: Engine,
    key: SecretKey,
}

impl Publisher {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let engine = opened(&dir.path().join("home"));
        owning::make(engine.core().unwrap(), "Ours", Harm::Local).unwrap();
        let made = publishing::make_key(&dir.path().join("our.key"), None).unwrap();
        Self { key: publishing::read_key(&made.secret_file, &|| Ok(None)).unwrap(), dir, engine }
    }

    fn put(&self, text: &str) {
        let (core, file) = (self.engine.core().unwrap(), self.dir.path().join(text));
        std::fs::write(&file, text).unwrap();
        let list = listing::by_name(core, "Ours").unwrap();
        assert!(owning::put(core, &list, &Named::File(file), &Said::default()).unwrap().imported.is_some(), "{text} is new");
    }

    fn publish(&self) {
        let core = self.engine.core().unwrap();
        let list = listing::by_name(core, "Ours").unwrap();
        let wanted = Wanted { days: USUAL_DAYS, ..Wanted::default() };
        publishing::publish(core, &list, &self.folder(), &self.key, &wanted).unwrap();
    }

    fn folder(&self) -> PathBuf {
        self.dir.path().join("web")
    }
}

/// What an update from the address comes to.
fn looked(core: &Core, bench: &Bench, list: Option<ListId>, given: Option<&Given>) -> Result<Signed, Halt> {
    let (index, secrets) = (Address::parse("https://lists.example/list/index.json").unwrap(), Secrets::none());
    let mut shelf = HttpsShelf {
        transport: &bench.transport,
        home: &core.home,
        name: "1",
        index: &index,
        may_be_private: false,
        secrets: &secrets,
        report: &mut |_| {},
    };
    let reading = Reading::new(&core.store, &core.home, core.clock.now_ms(), &unheard);
    prepare_shelf(&reading, &mut shelf, list, given, &Choices::default())
}

#[test]
fn a_published_folder_is_followed_over_tls() {
    let publisher = Publisher::new();
    publisher.put("one");
    publisher.put("two");
    publisher.publish();
    let folder = publisher.folder();
    let server = Server::new(move |request, to| match std::fs::read(folder.join(request.path().trim_start_matches("/list/"))) {
        Ok(bytes) => answer(to, "200 OK", "", &bytes),
        Err(_) => answer(to, "404 Not Found", "", b""),
    });
    let bench = Bench::at(&server);
    let reader = opened(&bench.dir.path().join("reader"));
    let core = reader.core().unwrap();
    let given = Given::read(&publisher.key.public().to_string()).unwrap();
    let Ok(Signed::Newer(prepared)) = looked(core, &bench, None, Some(&given)) else { panic!("the first version is there") };
    let (imported, _) = listing::commit(core, *prepared, true).unwrap();
    assert_eq!((imported.list.name.as_str(), imported.seq), ("Ours", 1));
    let list = imported.list.id;
    assert!(matches!(looked(core, &bench, Some(list), None), Ok(Signed::UpToDate { .. })), "nothing is new");

    publisher.put("three");
    publisher.publish();
    let asked = server.asked().len();
    let Ok(Signed::Newer(prepared)) = looked(core, &bench, Some(list), None) else { panic!("the next version is there") };
    assert_eq!((prepared.difference.added.len(), prepared.difference.withdrawn.len()), (1, 0));
    listing::commit(core, *prepared, false).unwrap();
    let paths: Vec<String> = server.asked()[asked..].iter().map(|request| request.path().to_owned()).collect();
    let expected =
        ["index.json", "index.json.minisig", "ours-1-2.shl.jsonl", "ours-1-2.shl.jsonl.minisig"].map(|name| format!("/list/{name}"));
    assert_eq!(paths, expected, "only the delta is fetched");
    let row = core.store.read(|connection| lists::get(connection, list)).unwrap();
    assert_eq!(row.active_seq, 2, "it answers");
}
