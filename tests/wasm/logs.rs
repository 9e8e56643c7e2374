//! Guests that write more than anybody reads.

use wasmpod::executor::Exit;
use wasmpod::sandbox::{ContainerLog, LogLimits, LogOptions, LogReader};

use super::{ALL, DEADLINE, Host};

#[tokio::test]
async fn a_flood_without_a_newline_leaves_bounded_files() {
    let host = Host::new();
    let limits = LogLimits { file_bytes: 200_000, files: 3 };
    for guest in ALL {
        let logs = tempfile::tempdir_in(host.directory.path()).unwrap();
        let path = logs.path().join("0.log");
        let log = ContainerLog::create_within(limits, "main".into(), &path, None).unwrap();
        let mut config = host.scripted(guest, &["bytes 5000000", "write last"]);
        config.log = log.clone();
        let mut container = host.create(config).await.unwrap();
        container.start().await.unwrap();
        let exit = tokio::time::timeout(DEADLINE, container.wait()).await.unwrap();
        assert_eq!(exit, Exit::exited(0));
        drop(container);
        log.close().await;

        let files: Vec<_> = std::fs::read_dir(logs.path()).unwrap().map(Result::unwrap).collect();
        assert_eq!(files.len(), limits.files, "{files:?}");
        assert!(files.iter().all(|file| file.metadata().unwrap().len() <= limits.file_bytes));
        let options = LogOptions::default();
        let mut reader = LogReader::open(logs.path(), &options).await.unwrap();
        let mut text = Vec::new();
        while let Some(chunk) = reader.next().await.unwrap() {
            text.extend_from_slice(&chunk.bytes);
        }
        assert!(text.len() > 400_000, "{}", text.len());
        let (flood, last) = text.split_at(text.len() - "last\n".len());
        assert!(flood.iter().all(|byte| *byte == b'x'), "{guest:?}");
        assert_eq!(last, b"last\n");
    }
}
