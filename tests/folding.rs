//! One case for a picture and what belongs to it: generated sizes, near copies, and what only looks so.

use std::path::Path;

use image::ImageFormat;
use image::imageops::FilterType;

use crate::support::{Home, encoded, jpeg, number, picture, png, text};

const NAME: &str = "0ab4c1d2e3f405162738495a6b7c8d9e";

fn write(root: &Path, path: &str, bytes: impl AsRef<[u8]>) {
    let file = root.join(path);
    std::fs::create_dir_all(file.parent().expect("it has one")).expect("made");
    std::fs::write(file, bytes).expect("written");
}

/// A picture as the site would make it smaller.
fn thumbnail(seed: u64) -> Vec<u8> {
    jpeg(&image::imageops::resize(&picture(seed), 120, 90, FilterType::Triangle), 80)
}

fn forum(home: &Home, preset: &str) {
    home.ok(["site", "add", &text(&home.site()), "--name", "forum", "--preset", preset]);
}

#[test]
fn a_thumbnail_belongs_to_its_original_and_one_decision_covers_both() {
    for original_first in [true, false] {
        let home = Home::new();
        forum(&home, "phpbb");
        home.list_of("mine", &[&png(1)]);
        let mut files = [(format!("files/2_{NAME}"), png(1)), (format!("files/thumb_2_{NAME}"), thumbnail(1))];
        if !original_first {
            files.reverse();
        }
        for (path, bytes) in files {
            write(&home.site(), &path, bytes);
            home.sweep();
        }
        let case = home.case(home.only_case());
        assert_eq!(case["files"], 2, "{original_first}: {case}");
        let joined: Vec<_> = case["uploads"].as_array().expect("uploads").iter().filter_map(|one| one["joined"].as_str()).collect();
        assert_eq!(joined, ["generated"], "{case}");
        let id = case["case"].to_string();
        home.ok(["decide", &id, "take-down", "--now"]);
        assert!(!home.site().join(format!("files/thumb_2_{NAME}")).exists(), "the thumbnail goes along");
        assert!(!home.site().join(format!("files/2_{NAME}")).exists(), "with its original");
        home.ok(["restore", &id]);
        assert!(home.site().join(format!("files/thumb_2_{NAME}")).exists(), "and comes back with it");
        home.ok(["ledger", "verify"]);
    }
}

#[test]
fn a_thumbnail_that_matches_by_itself_waits_for_its_original() {
    let home = Home::new();
    forum(&home, "phpbb");
    home.list_of("mine", &[&png(1), &thumbnail(1)]);
    write(&home.site(), &format!("files/thumb_2_{NAME}"), thumbnail(1));
    home.sweep();
    let first = home.only_case();
    write(&home.site(), &format!("files/2_{NAME}"), png(1));
    home.sweep();
    let case = home.case(home.only_case());
    assert_eq!(number(&case["case"]), first, "the same case");
    assert_eq!(case["uploads"][0]["path"], format!("files/2_{NAME}"), "led by the original now: {case}");
}

#[test]
fn a_name_proves_nothing() {
    let home = Home::new();
    forum(&home, "phpbb");
    home.list_of("mine", &[&png(1)]);
    write(&home.site(), &format!("files/2_{NAME}"), png(1));
    write(&home.site(), &format!("files/thumb_2_{NAME}"), thumbnail(2));
    home.sweep();
    let case = home.case(home.only_case());
    assert_eq!((&case["files"], &case["similar"][0]["not_included"]), (&1.into(), &"other_picture".into()), "{case}");
    let (id, file) = (case["case"].to_string(), case["similar"][0]["file"].to_string());
    let included = home.ok(["include", &id, &file]);
    assert_eq!((&included["files"], &included["uploads"][1]["joined"]), (&2.into(), &"by_hand".into()), "a person may: {included}");
    let split = home.ok(["split", &id, &file]);
    assert_eq!(split["own_case"], serde_json::Value::Null, "it matches nothing: {split}");
    home.sweep();
    assert_eq!(home.case(number(&case["case"]))["files"], 1, "and stays apart");
    home.run(["split", &id, &case["uploads"][0]["file"].to_string()]).code(2, "what the case is about cannot be split off");
}

#[test]
fn a_name_that_only_looks_resized_is_an_upload_of_its_own() {
    let home = Home::new();
    forum(&home, "wordpress");
    home.list_of("mine", &[&png(1)]);
    write(&home.site(), "2026/11/cat-300x200.png", png(1));
    home.sweep();
    let case = home.case(home.only_case());
    assert_eq!((&case["files"], &case["uploads"][0]["role"]), (&1.into(), &"generated".into()), "it stands alone: {case}");
}

#[test]
fn a_near_copy_that_matches_too_is_the_same_case_and_can_be_split_off() {
    let home = Home::with_site();
    home.file("original.png", png(5));
    home.ok(["list", "new", "mine"]);
    home.ok(["list", "put", "mine", &text(&home.beside("original.png"))]);
    home.upload("a.png", png(5));
    home.sweep();
    home.upload("b.jpg", jpeg(&picture(5), 70));
    home.sweep();
    let case = home.case(home.only_case());
    assert_eq!(case["files"], 2, "{case}");
    let near = case["uploads"].as_array().expect("uploads").iter().find(|one| one["joined"] == "near").expect("it says how");
    let split = home.ok(["split", &case["case"].to_string(), &near["file"].to_string()]);
    assert!(split["own_case"].is_number(), "it matches by itself: {split}");
    assert_eq!(home.all(["inbox"]).len(), 2, "two cases now");
}

/// For each layout: an original, what the site makes of it, and the fact that names its uploader or media id.
#[test]
fn generated_sizes_of_every_layout_join_their_original() {
    let small = |seed| encoded(&image::imageops::resize(&picture(seed), 104, 78, FilterType::Triangle), ImageFormat::Png);
    let sha1 = "436ccd13b6e46397a792d51fbef445380b1cc1d3";
    let table: &[(&str, &str, &str, (&str, &str))] = &[
        ("phpbb", "files/2_0ab4c1d2e3f405162738495a6b7c8d9e", "files/thumb_2_0ab4c1d2e3f405162738495a6b7c8d9e", ("uploader", "2")),
        ("discourse", &format!("default/original/2X/4/{sha1}.png"), &format!("default/optimized/2X/4/{sha1}_2_104x78.png"), ("hash", sha1)),
        (
            "xenforo",
            "internal_data/attachments/12/12345-900150983cd24fb0d6963f7d28e17f72.data",
            "data/attachments/12/12345-900150983cd24fb0d6963f7d28e17f72.jpg",
            ("media_id", "12345"),
        ),
        ("vbulletin", "1/2/3/456.attach", "1/2/3/456.thumb", ("uploader", "123")),
        (
            "mybb",
            "202611/post_57_1795165200_0ab4c1d2e3f405162738495a6b7c8d9e.attach",
            "202611/post_57_1795165200_0ab4c1d2e3f405162738495a6b7c8d9e_thumb.jpg",
            ("uploader", "57"),
        ),
        (
            "mastodon",
            "media_attachments/files/117/647/946/547/206/699/original/0ab4.jpg",
            "media_attachments/files/117/647/946/547/206/699/small/0ab4.jpg",
            ("media_id", "117647946547206699"),
        ),
        ("mediawiki", "a/a9/Example.jpg", "thumb/a/a9/Example.jpg/120px-Example.jpg", ("name", "Example.jpg")),
        ("wordpress", "2026/11/photo.jpg", "2026/11/photo-104x78.jpg", ("time", "202611")),
        (
            "synapse",
            "local_content/aA/bB/cccccccccccccccccccc",
            "local_thumbnails/aA/bB/cccccccccccccccccccc/104-78-image-png-scale",
            ("media_id", "aAbBcccccccccccccccccccc"),
        ),
        ("nodebb", "files/1795165200000-photo.jpg", "files/1795165200000-photo-resized.jpg", ("time", "1795165200000")),
        ("vichan", "b/src/1795165200123.png", "b/thumb/1795165200123.png", ("group", "b")),
    ];
    for (preset, original, generated, (fact, value)) in table {
        let home = Home::new();
        forum(&home, preset);
        home.list_of("mine", &[&png(3)]);
        write(&home.site(), original, png(3));
        write(&home.site(), generated, small(3));
        home.sweep();
        let case = home.case(home.only_case());
        assert_eq!(case["files"], 2, "{preset}: one case for both: {case}");
        assert_eq!(case["uploads"][0]["from_name"][fact], *value, "{preset}: {case}");
    }
}
