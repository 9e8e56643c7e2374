//! Logs that are written by one end and read by the other.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read as _;

use flate2::read::GzDecoder;

use super::*;
use crate::sandbox::{ContainerLog, LogLimits};

struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound
    }

    fn one_in(&mut self, bound: u64) -> bool {
        self.below(bound) == 0
    }

    fn stream(&mut self) -> OutputStream {
        if self.one_in(2) { OutputStream::Stdout } else { OutputStream::Stderr }
    }

    /// What a container might write at once: words, lines, now and then a very long one.
    fn output(&mut self) -> Bytes {
        let length = if self.one_in(20) { self.below(40_000) } else { self.below(50) };
        (0..length)
            .map(|_| if self.one_in(15) { b'\n' } else { b'a' + self.below(26) as u8 })
            .collect()
    }

    fn options(&mut self) -> LogOptions {
        let tail_lines = self.one_in(2).then(|| self.below(60));
        LogOptions {
            follow: self.one_in(4),
            previous: false,
            since: None,
            timestamps: self.one_in(2),
            tail_lines,
            limit_bytes: self.one_in(3).then(|| self.below(5000)),
            stream: (tail_lines.is_none() && self.one_in(2)).then(|| self.stream()),
        }
    }
}

fn log(directory: &Path, attempt: u32, limits: LogLimits) -> ContainerLog {
    let path = directory.join(format!("{attempt}.log"));
    ContainerLog::create_within(limits, "web".into(), &path, None).unwrap()
}

async fn read(directory: &Path, options: &LogOptions) -> Vec<LogChunk> {
    let mut reader = LogReader::open(directory, options).await.unwrap();
    let mut chunks = Vec::new();
    while let Some(chunk) = reader.next().await.unwrap() {
        chunks.push(chunk);
    }
    chunks
}

fn bytes(chunks: &[LogChunk]) -> Vec<u8> {
    chunks.iter().flat_map(|chunk| chunk.bytes.iter().copied()).collect()
}

async fn text(directory: &Path, options: &LogOptions) -> String {
    String::from_utf8(bytes(&read(directory, options).await)).unwrap()
}

/// The lines of all files, with a reader that is as simple as can be.
fn lines(directory: &Path) -> Vec<String> {
    let mut text = String::new();
    for name in name::list(directory).unwrap() {
        let mut file = fs::File::open(directory.join(name.to_string())).unwrap();
        match name.kind {
            FileKind::Rotated { is_gzipped: true, .. } => {
                GzDecoder::new(file).read_to_string(&mut text).unwrap();
            }
            _ => drop(file.read_to_string(&mut text).unwrap()),
        }
    }
    text.lines().map(str::to_owned).collect()
}

fn expected(lines: &[String], options: &LogOptions) -> String {
    let tail = options.tail_lines.map_or(lines.len(), |tail| lines.len().min(tail as usize));
    let mut text = String::new();
    let mut is_start = true;
    for line in &lines[lines.len() - tail..] {
        let [time, stream, tag, content] = line.splitn(4, ' ').collect::<Vec<_>>()[..] else {
            panic!("{line}")
        };
        let wanted = options.stream.is_none_or(|s| format!("{s:?}").to_lowercase() == stream);
        if wanted {
            if options.timestamps && is_start {
                let time: Timestamp = time.parse().unwrap();
                text.push_str(&format!("{time:.9} "));
            }
            text.push_str(content);
            text.push_str(if tag == "F" { "\n" } else { "" });
            is_start = tag == "F";
        }
    }
    text.truncate(options.limit_bytes.map_or(text.len(), |limit| text.len().min(limit as usize)));
    text
}

#[tokio::test]
async fn what_is_written_is_what_is_read() {
    for seed in 0..8 {
        let mut random = Random(seed);
        let directory = tempfile::tempdir().unwrap();
        let limits = LogLimits { file_bytes: 2000 + random.below(60_000), files: 1000 };
        let log = log(directory.path(), 0, limits);
        let mut written = [Vec::new(), Vec::new()];
        for _ in 0..random.below(200) {
            let (stream, output) = (random.stream(), random.output());
            written[stream as usize].extend_from_slice(&output);
            log.write(stream, output);
        }
        log.close().await;
        for (stream, written) in
            [OutputStream::Stdout, OutputStream::Stderr].into_iter().zip(written)
        {
            let options = LogOptions { stream: Some(stream), ..LogOptions::default() };
            assert!(bytes(&read(directory.path(), &options).await) == written, "seed {seed}");
        }
        let lines = lines(directory.path());
        for _ in 0..20 {
            let options = random.options();
            let text = text(directory.path(), &options).await;
            assert!(text == expected(&lines, &options), "seed {seed}: {options:?}");
        }
    }
}

#[tokio::test]
async fn a_follower_sees_all_of_it_through_rotation() {
    for seed in 0..3 {
        let mut random = Random(seed);
        let directory = tempfile::tempdir().unwrap();
        let limits = LogLimits { file_bytes: 300 + random.below(3000), files: 1000 };
        let log = log(directory.path(), 0, limits);
        log.write(OutputStream::Stdout, Bytes::from_static(b"begin\n"));
        let options = LogOptions { follow: true, ..LogOptions::default() };
        let follow = tokio::spawn({
            let directory = directory.path().to_owned();
            async move { read(&directory, &options).await }
        });
        let mut written = b"begin\n".to_vec();
        for _ in 0..100 {
            let mut output = random.output().to_vec();
            output.push(b'\n');
            written.extend_from_slice(&output);
            log.write(OutputStream::Stdout, output.into());
            tokio::task::yield_now().await;
        }
        log.close().await;
        let followed = bytes(&follow.await.unwrap());
        assert!(followed == written, "seed {seed}: {} of {}", followed.len(), written.len());
    }
}

#[tokio::test]
async fn a_follower_is_told_of_every_line() {
    let directory = tempfile::tempdir().unwrap();
    let log = log(directory.path(), 0, LogLimits::default());
    let options = LogOptions { follow: true, tail_lines: Some(1), ..LogOptions::default() };
    for line in ["never seen\n", "first\n"] {
        log.write(OutputStream::Stdout, line.into());
    }
    while lines(directory.path()).len() < 2 {
        tokio::task::yield_now().await;
    }
    let mut reader = LogReader::open(directory.path(), &options).await.unwrap();
    assert_eq!(reader.next().await.unwrap().unwrap().bytes, "first\n");
    for line in ["second\n", "third\n"] {
        assert!(futures_util::poll!(std::pin::pin!(reader.next())).is_pending());
        log.write(OutputStream::Stdout, line.into());
        assert_eq!(reader.next().await.unwrap().unwrap().bytes, line);
    }
    log.write(OutputStream::Stderr, "last words".into());
    drop(log);
    let last = reader.next().await.unwrap().unwrap();
    assert_eq!((last.stream, &last.bytes[..]), (OutputStream::Stderr, &b"last words"[..]));
    assert_eq!(reader.next().await.unwrap(), None);
}

#[tokio::test]
async fn a_follower_that_falls_behind_misses_lines_and_repeats_none() {
    let directory = tempfile::tempdir().unwrap();
    let limits = LogLimits { file_bytes: 5000, files: 4 };
    let log = log(directory.path(), 0, limits);
    let options = LogOptions { follow: true, ..LogOptions::default() };
    log.write(OutputStream::Stdout, "line 0\n".into());
    while lines(directory.path()).is_empty() {
        tokio::task::yield_now().await;
    }
    let mut reader = LogReader::open(directory.path(), &options).await.unwrap();
    let mut text = reader.next().await.unwrap().unwrap().bytes.to_vec();
    for line in 1..3000 {
        log.ready().await;
        log.write(OutputStream::Stdout, format!("line {line}\n").into());
    }
    log.close().await;
    while let Some(chunk) = reader.next().await.unwrap() {
        text.extend_from_slice(&chunk.bytes);
    }
    let text = String::from_utf8(text).unwrap();
    let numbers: Vec<u32> = text.lines().map(|line| line[5..].parse().unwrap()).collect();
    assert_eq!(numbers.iter().collect::<BTreeSet<_>>().len(), numbers.len());
    assert!(numbers.is_sorted());
    assert_eq!((numbers[0], numbers[numbers.len() - 1]), (0, 2999));
}

#[tokio::test]
async fn what_else_is_in_the_files_does_no_harm() {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| fs::write(directory.path().join(name), bytes).unwrap();
    write("0.log.20260101-000000.gz", b"not compressed at all");
    write("0.log.20260101-000000.gz.tmp", b"half");
    write("0.log.20260101-000001", b"2026-01-01T00:00:01Z stdout F one\n2026-01-01T00:00:01Z st");
    write(
        "0.log",
        b"garbage\n\xff\xfe\n2026-01-01T00:00:02Z stdout F two \xff\n\0\n2026-01-01T00:00:03Z stdout F cut o",
    );
    let all = bytes(&read(directory.path(), &LogOptions::default()).await);
    assert_eq!(all, b"one\ntwo \xff\ncut o");
    let options = LogOptions { follow: true, ..LogOptions::default() };
    assert_eq!(bytes(&read(directory.path(), &options).await), all, "nobody writes it");
}

#[tokio::test]
async fn which_attempt() {
    let directory = tempfile::tempdir().unwrap();
    let options = LogOptions::default();
    let previous = LogOptions { previous: true, ..LogOptions::default() };
    let nowhere = directory.path().join("nowhere");
    for directory in [directory.path(), &nowhere] {
        let error = LogReader::open(directory, &options).await.unwrap_err();
        assert!(matches!(error, LogReadError::NoLog(_)), "{error}");
    }
    for attempt in [9, 10] {
        if attempt == 10 {
            let error = LogReader::open(directory.path(), &previous).await.unwrap_err();
            assert!(matches!(error, LogReadError::NoPreviousLog(_)), "{error}");
        }
        let log = log(directory.path(), attempt, LogLimits::default());
        log.write(OutputStream::Stdout, format!("attempt {attempt}\n").into());
        log.close().await;
    }
    assert_eq!(text(directory.path(), &options).await, "attempt 10\n");
    assert_eq!(text(directory.path(), &previous).await, "attempt 9\n");
    let stream = Some(OutputStream::Stdout);
    let options = LogOptions { tail_lines: Some(1), stream, ..LogOptions::default() };
    let error = LogReader::open(directory.path(), &options).await.unwrap_err();
    assert!(matches!(error, LogReadError::TailOfOneStream), "{error}");
}

#[tokio::test]
async fn the_tail_of_a_log() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("0.log");
    let log = log(directory.path(), 0, LogLimits { file_bytes: 1000, files: 5 });
    for line in 0..100 {
        log.write(OutputStream::Stderr, format!("line {line}\n").into());
    }
    log.close().await;
    assert_eq!(log_tail(&path, 2, 100).unwrap(), "line 98\nline 99\n");
    assert_eq!(log_tail(&path, 80, 10).unwrap(), "8\nline 99\n");
    let tail = log_tail(&path, 80, 2048).unwrap();
    assert_eq!((tail.lines().count(), tail.lines().next()), (80, Some("line 20")));
    assert_eq!(log_tail(&directory.path().join("1.log"), 80, 2048).unwrap(), "");
}
