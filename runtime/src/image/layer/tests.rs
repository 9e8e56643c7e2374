//! Layers as builders make them, and as attackers do.

use std::fs;
use std::path::Path;

use cap_std::ambient_authority;
use cap_std::fs::Dir;
use tar::{EntryType, Header};

use super::{Budget, UnpackError, unpack};

/// One entry of an archive: what it is, its name, and its bytes or what it links to.
type Entry<'a> = (EntryType, &'a str, &'a str);

const FILE: EntryType = EntryType::Regular;
const DIRECTORY: EntryType = EntryType::Directory;
const SYMLINK: EntryType = EntryType::Symlink;
const HARD_LINK: EntryType = EntryType::Link;

/// Writes an archive by hand: the builder of the library would refuse what attackers write.
fn archive(entries: &[Entry<'_>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (kind, name, content) in entries {
        let mut header = Header::new_gnu();
        let is_link = matches!(kind, EntryType::Symlink | EntryType::Link);
        header.as_gnu_mut().unwrap().name[..name.len()].copy_from_slice(name.as_bytes());
        if is_link {
            let target = &mut header.as_gnu_mut().unwrap().linkname;
            target[..content.len()].copy_from_slice(content.as_bytes());
        }
        let body = if is_link { "" } else { content };
        header.set_entry_type(*kind);
        header.set_mode(0o444);
        header.set_size(body.len() as u64);
        header.set_cksum();
        bytes.extend_from_slice(header.as_bytes());
        bytes.extend_from_slice(body.as_bytes());
        bytes.resize(bytes.len().next_multiple_of(512), 0);
    }
    bytes.resize(bytes.len() + 1024, 0);
    bytes
}

/// Unpacks layers and returns what is there then, a line for each file, in order.
fn unpacked(layers: &[&[Entry<'_>]]) -> Result<String, UnpackError> {
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("secret"), "secret").unwrap();
    let tree = outside.path().join("tree");
    fs::create_dir(&tree).unwrap();
    let root = Dir::open_ambient_dir(&tree, ambient_authority()).unwrap();
    let mut budget = Budget::default();
    let outcome =
        layers.iter().try_for_each(|entries| unpack(&*archive(entries), &root, &mut budget));
    assert_eq!(fs::read(outside.path().join("secret")).unwrap(), b"secret");
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 2, "nothing is beside the tree");
    outcome?;
    let mut lines = Vec::new();
    list(&tree, "", &mut lines);
    lines.sort();
    Ok(lines.join(" "))
}

fn list(directory: &Path, prefix: &str, lines: &mut Vec<String>) {
    for entry in fs::read_dir(directory).unwrap() {
        let entry = entry.unwrap();
        let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            lines.push(format!("{name}/"));
            list(&entry.path(), &format!("{name}/"), lines);
        } else if kind.is_symlink() {
            lines.push(format!("{name}->{}", fs::read_link(entry.path()).unwrap().display()));
        } else {
            lines.push(format!("{name}={}", fs::read_to_string(entry.path()).unwrap()));
        }
    }
}

fn check(layers: &[&[Entry<'_>]], expected: &str) {
    let outcome = unpacked(layers).unwrap_or_else(|error| format!("error: {error}"));
    let is_as_expected = match expected.strip_prefix("error: ") {
        Some(part) => outcome.starts_with("error: ") && outcome.contains(part),
        None => outcome == expected,
    };
    assert!(is_as_expected, "{layers:?}: {outcome}, want {expected}");
}

#[test]
fn layers_are_stacked() {
    check(&[], "");
    check(&[&[]], "");
    check(&[&[(DIRECTORY, "./", ""), (DIRECTORY, "./a/", ""), (FILE, "./a/b", "1")]], "a/ a/b=1");
    check(&[&[(FILE, "/a/b/c", "1")]], "a/ a/b/ a/b/c=1");
    check(&[&[(FILE, "a", "1")], &[(FILE, "a", "2")]], "a=2");
    check(&[&[(FILE, "a", "long")], &[(FILE, "a", "s")]], "a=s");
    check(&[&[(FILE, "a/b", "1")], &[(FILE, "a", "2")]], "a=2");
    check(&[&[(FILE, "a", "1")], &[(FILE, "a/b", "2")]], "error: \"a/b\"");
    check(&[&[(FILE, "a", "1")], &[(DIRECTORY, "a/", ""), (FILE, "a/b", "2")]], "a/ a/b=2");
    check(&[&[(FILE, "a/b", "1")], &[(DIRECTORY, "a/", "")]], "a/ a/b=1");
    check(&[&[(FILE, "a", "1"), (HARD_LINK, "b", "a")]], "a=1 b=1");
    check(&[&[(FILE, "a", "1"), (HARD_LINK, "a", "./a")]], "a=1");
}

#[test]
fn whiteouts() {
    let lower: &[Entry<'_>] = &[(FILE, "a/x", "1"), (FILE, "a/y", "2"), (FILE, "b", "3")];
    check(&[lower, &[(FILE, "a/.wh.x", "")]], "a/ a/y=2 b=3");
    check(&[lower, &[(FILE, ".wh.a", "")]], "b=3");
    check(&[lower, &[(FILE, ".wh.missing", "")]], "a/ a/x=1 a/y=2 b=3");
    check(&[lower, &[(FILE, "a/.wh..wh..opq", "")]], "a/ b=3");
    check(&[lower, &[(FILE, ".wh..wh..opq", "")]], "");
    check(&[lower, &[(FILE, "no/.wh..wh..opq", "")]], "a/ a/x=1 a/y=2 b=3");
    let new: Entry<'_> = (FILE, "a/sub/new", "4");
    let opaque: Entry<'_> = (FILE, "a/.wh..wh..opq", "");
    check(&[lower, &[new, opaque]], "a/ a/sub/ a/sub/new=4 b=3");
    check(&[lower, &[opaque, new]], "a/ a/sub/ a/sub/new=4 b=3");
    check(&[lower, &[(FILE, "a/.wh.", "")]], "a/ a/x=1 a/y=2 b=3");
    check(&[lower, &[(FILE, "a/.wh..", ""), (FILE, "a/.wh...", "")]], "a/ a/x=1 a/y=2 b=3");
}

#[test]
fn nothing_leaves_the_tree() {
    check(&[&[(FILE, "../secret", "mine")]], "error: leads out of the image");
    check(&[&[(FILE, "a/../../secret", "mine")]], "error: leads out of the image");
    check(&[&[(FILE, "../.wh.secret", "")]], "error: leads out of the image");
    check(&[&[(DIRECTORY, "..", "")]], "error: leads out of the image");
    check(&[&[(HARD_LINK, "a", "../secret")]], "error: leads out of the image");
    check(&[&[(HARD_LINK, "a", "/secret")]], "error: \"a\"");
    // A link out, then a file through it: the link is bent inwards, so is what follows.
    check(&[&[(SYMLINK, "a", "../secret")], &[(FILE, "a", "mine")]], "a=mine");
    check(&[&[(SYMLINK, "a", "..")], &[(FILE, "a/secret", "mine")]], "a->. secret=mine");
    check(&[&[(SYMLINK, "a", "..")], &[(FILE, "a/.wh.secret", "")]], "a->.");
    check(
        &[&[(SYMLINK, "d/a", "../../..")], &[(FILE, "d/a/secret", "mine")]],
        "d/ d/a->.. secret=mine",
    );
    check(&[&[(SYMLINK, "a", "../secret"), (HARD_LINK, "b", "a")]], "a->secret b->secret");
}

#[test]
fn links_stay_within() {
    check(&[&[(SYMLINK, "bin", "usr/bin")]], "bin->usr/bin");
    check(&[&[(SYMLINK, "a/b", "../c")]], "a/ a/b->../c");
    check(&[&[(SYMLINK, "a/b", "/etc/c")]], "a/ a/b->../etc/c");
    check(&[&[(SYMLINK, "b", "/")]], "b->.");
    check(&[&[(SYMLINK, "a/b/c", "../../../../x")]], "a/ a/b/ a/b/c->../../x");
    // What a distribution does: a directory of the lower layer is a link.
    check(
        &[&[(DIRECTORY, "usr/bin", ""), (SYMLINK, "bin", "/usr/bin")], &[(FILE, "bin/sh", "1")]],
        "bin->usr/bin usr/ usr/bin/ usr/bin/sh=1",
    );
    check(&[&[(SYMLINK, "a", "b"), (SYMLINK, "b", "a")], &[(FILE, "a/x", "")]], "error: \"a/x\"");
}

#[test]
fn special_files_are_left_out() {
    let entries: &[Entry<'_>] = &[
        (EntryType::Char, "dev/null", ""),
        (EntryType::Block, "dev/sda", ""),
        (EntryType::Fifo, "fifo", ""),
        (FILE, "a", "1"),
    ];
    check(&[entries], "a=1 dev/");
}

#[test]
fn long_names() {
    let long = "d/".repeat(100) + "file";
    let pax = |key: &str, value: &str| {
        let rest = format!(" {key}={value}\n");
        let length = (1..).find(|length| length.to_string().len() + rest.len() == *length).unwrap();
        format!("{length}{rest}")
    };
    let directories = (1..=100).map(|depth| "d/".repeat(depth)).collect::<Vec<_>>().join(" ");
    let expected = format!("{directories} {long}=1");
    check(
        &[&[(EntryType::GNULongName, "x", &format!("{long}\0")), (FILE, "short", "1")]],
        &expected,
    );
    check(&[&[(EntryType::XHeader, "x", &pax("path", &long)), (FILE, "short", "1")]], &expected);
    check(&[&[(EntryType::XHeader, "x", &pax("linkpath", "t")), (SYMLINK, "l", "")]], "l->t");
    check(&[&[(EntryType::GNULongLink, "x", "t\0"), (SYMLINK, "l", "")]], "l->t");
    check(&[&[(EntryType::XGlobalHeader, "x", &pax("comment", "c")), (FILE, "a", "1")]], "a=1");
    check(&[&[(EntryType::GNULongName, "x", "../secret\0"), (FILE, "a", "1")]], "error: leads out");
    check(
        &[&[(EntryType::XHeader, "x", &pax("path", "../secret")), (FILE, "a", "")]],
        "error: leads out",
    );
    check(
        &[&[(EntryType::GNULongName, "x", &"n".repeat(5000)), (FILE, "a", "")]],
        "error: longer than 4096",
    );
    check(
        &[&[(EntryType::GNULongName, "x", &"n".repeat(2 << 20)), (FILE, "a", "")]],
        "error: longer than 4096",
    );
    check(
        &[&[(EntryType::XHeader, "x", &pax("size", "99999999999")), (FILE, "a", "")]],
        "error: sparse",
    );
}

#[test]
fn budgets() {
    let check = |mut budget: Budget, expected: &str| {
        let dir = tempfile::tempdir().unwrap();
        let root = Dir::open_ambient_dir(dir.path(), ambient_authority()).unwrap();
        let layer = archive(&[(FILE, "aaaa", &"1".repeat(10_000)), (FILE, "bbbb", "2")]);
        let outcome =
            unpack(layer.as_slice(), &root, &mut budget).map_err(|error| error.to_string());
        match expected {
            "" => assert_eq!(outcome, Ok(())),
            expected => assert!(outcome.unwrap_err().contains(expected), "want {expected}"),
        }
    };
    let enough = Budget { bytes: 13_000, entries: 2, name_bytes: 8 };
    check(enough, "");
    check(Budget { bytes: 9_000, ..enough }, "more than 8 GiB");
    check(Budget { entries: 1, ..enough }, "more than 500,000 entries");
    check(Budget { name_bytes: 7, ..enough }, "more than 64 MiB of names");
}

#[test]
fn a_bomb_is_refused_while_it_is_unpacked() {
    use std::io::{Read, Write};
    let dir = tempfile::tempdir().unwrap();
    let root = Dir::open_ambient_dir(dir.path(), ambient_authority()).unwrap();
    let mut header = Header::new_gnu();
    header.set_path("bomb").unwrap();
    header.set_size(1 << 40);
    header.set_cksum();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(header.as_bytes()).unwrap();
    std::io::copy(&mut std::io::repeat(0).take(64 << 20), &mut gzip).unwrap();
    let mut budget = Budget { bytes: 1 << 20, ..Budget::default() };
    let bomb = gzip.finish().unwrap();
    let error = unpack(bomb.as_slice(), &root, &mut budget).unwrap_err();
    assert!(matches!(error, UnpackError::TooLarge(_)), "{error}");
    assert!(fs::metadata(dir.path().join("bomb")).unwrap().len() <= 1 << 20);
}
