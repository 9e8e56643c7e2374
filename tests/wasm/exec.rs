//! Further programs in a container that runs.

use std::fs;
use std::path::Path;

use wasmpod::executor::{CreateError, Exit, ExitCause, Signal};
use wasmpod::volume::Mount;

use super::{Host, P1, P1_STOP, P2, P2_STOP, P3, Running, further, made, mount, says};
use crate::harness::guest;

/// A container that has a volume at `/data`, with programs of all kinds in it.
struct WithVolume {
    data: tempfile::TempDir,
    host: Host,
}

impl WithVolume {
    fn new() -> Self {
        let data = tempfile::tempdir().unwrap();
        for (name, (target, file)) in [("p1", P1), ("p2", P2), ("p3", P3)] {
            fs::copy(guest(target, file), data.path().join(format!("{name}.wasm"))).unwrap();
        }
        Self { data, host: Host::new() }
    }

    fn mount(&self) -> Mount {
        mount(self.data.path(), "/data", false)
    }

    /// Starts a container that does nothing.
    async fn start(&self) -> Running {
        let mut config = self.host.scripted(P1, &["sleep 3600000"]);
        config.mounts = vec![self.mount()];
        config.env = [("A", "b"), ("PATH", "/bin:/data")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
        self.host.start(config).await
    }
}

async fn refusal(running: &Running, argv: &[&str]) -> CreateError {
    running.create(argv).await.err().expect("it is refused")
}

/// What is refused is the program, not the host.
async fn check_refusal(running: &Running, argv: &[&str], text: &str) {
    let error = refusal(running, argv).await;
    assert!(matches!(error, CreateError::NotRunnable(_)), "{error}");
    says(&error, text);
}

#[tokio::test]
async fn the_containers_own_program() {
    let host = Host::new();
    for guest in [P1, P2] {
        let mut config = host.scripted(guest, &["sleep 3600000"]);
        config.argv[0] = "/bin/guest".to_owned();
        let running = host.start(config).await;
        for name in ["guest", "guest.wasm", "./guest", "/bin/guest", "/x/guest.wasm"] {
            let ended =
                running.exec(&[name, "write in", "stderr err", "exit 42"]).await.end().await;
            assert_eq!(ended.stderr, "err\n", "{name}");
            ended.exits(42).prints("in\n");
        }
    }
}

#[tokio::test]
async fn programs_on_a_volume() {
    let volume = WithVolume::new();
    let running = volume.start().await;
    for (name, argv) in [
        ("/data/p1.wasm", r#"["/data/p1.wasm", "args"]"#),
        ("/data/p2", r#"["/data/p2", "args"]"#),
        ("p3", r#"["p3", "args"]"#),
        ("data/p1.wasm", r#"["data/p1.wasm", "args"]"#),
    ] {
        running.exec(&[name, "args"]).await.end().await.exits(0).prints(&format!("{argv}\n"));
    }
    for name in ["p1", "p2", "p3"] {
        let ended = running.exec(&[name, "write a;exit 200"]).await.end().await;
        ended.exits(200).prints("a\n");
        running.exec(&[name, "trap"]).await.end().await.traps(134, "unreachable");
    }
}

#[tokio::test]
async fn it_sees_what_the_container_sees() {
    let volume = WithVolume::new();
    let running = volume.start().await;
    for name in ["p1", "p2"] {
        let steps = ["getenv A", "put /data/file text", "cat /data/file"];
        let argv: Vec<_> = [name].into_iter().chain(steps).collect();
        running.exec(&argv).await.end().await.exits(0).prints("b\ntext\n");
        running.exec(&[name, "exists /data/file"]).await.end().await.exits(0);
        running.exec(&[name, "exists /data/none"]).await.end().await.exits(1);
        running.exec(&[name, "exists /etc/passwd"]).await.end().await.exits(1);
    }
}

#[tokio::test]
async fn what_is_not_there_is_named_as_a_shell_would() {
    let volume = WithVolume::new();
    let running = volume.start().await;
    for (argv, text) in [
        (&["none"][..], "exec: \"none\": executable file not found in $PATH"),
        (&["/none"], "exec: \"/none\": stat /none: no such file or directory"),
        (&["/data/p1.wasm/x"], "no such file or directory"),
        (&["sh", "-c", "true"], "a WebAssembly container has no shell"),
        (&["/bin/sh", "-c", "true"], "a WebAssembly container has no shell"),
        (&["/data"], "exec: \"/data\": stat /data: no such file or directory"),
        (&[""], "executable file not found in $PATH"),
        (&[], "no program is named"),
    ] {
        check_refusal(&running, argv, text).await;
    }
}

#[tokio::test]
async fn what_is_no_program_is_refused() {
    let volume = WithVolume::new();
    let running = volume.start().await;
    let library = made::module("(module (func (export \"f\")))");
    for (name, bytes, text) in [
        (
            "script",
            b"#!/bin/sh\n".as_slice(),
            "exec format error: it is not WebAssembly, but a script",
        ),
        ("empty", b"", "exec format error: it is empty"),
        ("broken", b"\0asm\x01\0\0\0\xff", "exec format error: it is not valid"),
        ("library", &library, "exec format error: it is a library"),
    ] {
        fs::write(volume.data.path().join(name), bytes).unwrap();
        check_refusal(&running, &[name], text).await;
    }
}

#[tokio::test]
async fn what_is_too_large_is_not_read() {
    let volume = WithVolume::new();
    let running = volume.start().await;
    let file = fs::File::create(volume.data.path().join("huge")).unwrap();
    file.set_len((512 << 20) + 1).unwrap();
    check_refusal(&running, &["huge"], "more than the 536870912 that a module may have").await;
}

/// A guest could fill the disk with the code of programs that it writes.
#[tokio::test]
async fn code_of_what_a_guest_can_write_is_not_kept() {
    let volume = WithVolume { host: Host::fresh(), ..WithVolume::new() };
    let kept = || fs::read_dir(volume.host.compiled()).unwrap().count();
    for (read_only, more) in [(false, 0), (true, 1)] {
        let mut config = volume.host.scripted(P2, &["sleep 3600000"]);
        config.mounts = vec![Mount { read_only, ..volume.mount() }];
        let running = volume.host.start(config).await;
        let before = kept();
        let path = format!("/data/{read_only}");
        let module = made::module(&made::start(&format!("(drop (i32.const {more}))")));
        fs::write(volume.data.path().join(read_only.to_string()), module).unwrap();
        running.exec(&[&path]).await.end().await.exits(0);
        assert_eq!(kept() - before, more);
    }
}

/// No link leads out of the volume, no file that is not regular is read.
#[cfg(unix)]
#[tokio::test]
async fn only_files_of_the_volume_are_run() {
    use rustix::fs::{CWD, FileType, Mode, mknodat};
    use std::os::unix::fs::symlink;

    let volume = WithVolume::new();
    let running = volume.start().await;
    let data = volume.data.path();
    let outside = tempfile::tempdir().unwrap();
    fs::copy(data.join("p1.wasm"), outside.path().join("p1.wasm")).unwrap();
    symlink(outside.path().join("p1.wasm"), data.join("absolute")).unwrap();
    let up = Path::new("..").join(outside.path().file_name().unwrap());
    symlink(up.join("p1.wasm"), data.join("up")).unwrap();
    symlink(&up, data.join("directory")).unwrap();
    symlink("p1.wasm", data.join("within")).unwrap();
    mknodat(CWD, data.join("fifo"), FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    for name in ["/data/absolute", "/data/up", "/data/directory/p1.wasm"] {
        check_refusal(&running, &[name], "outside of the filesystem").await;
    }
    check_refusal(&running, &["/data/fifo"], "not a regular file").await;
    check_refusal(&running, &["/"], "no such file or directory").await;
    running.exec(&["/data/within", "write in"]).await.end().await.exits(0).prints("in\n");
}

/// A guest exchanges the directory that it has mounted for a link to elsewhere.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_directory_that_is_exchanged_is_not_seen() {
    let volume = WithVolume::new();
    let root = tempfile::tempdir().unwrap();
    let [mounted, secret] = ["mounted", "secret"].map(|name| root.path().join(name));
    fs::create_dir(&mounted).unwrap();
    fs::create_dir(&secret).unwrap();
    fs::write(mounted.join("file"), "mine").unwrap();
    fs::write(secret.join("file"), "secret").unwrap();
    let mut config = volume.host.scripted(P1, &["sleep 3600000"]);
    config.mounts = vec![mount(&mounted, "/mounted", false)];
    let running = volume.host.start(config).await;
    fs::rename(&mounted, root.path().join("moved")).unwrap();
    std::os::unix::fs::symlink(&secret, &mounted).unwrap();
    running.exec(&["guest", "cat /mounted/file"]).await.end().await.exits(0).prints("mine");
}

#[tokio::test]
async fn it_can_be_killed() {
    let volume = WithVolume::new();
    let running = volume.start().await;
    for name in ["p1", "p2", "p3"] {
        for (signal, code) in [(Signal::Kill, 137), (Signal::Terminate, 143)] {
            let mut program = running.exec(&[name, "write up;spin"]).await;
            program.until_written("up").await;
            program.container.signal(signal, None);
            let ended = program.end().await;
            assert_eq!((ended.exit.code, ended.exit.cause), (code, ExitCause::Signalled(signal)));
        }
        let mut program = running.exec(&[name, "write up;spin"]).await;
        program.until_written("up").await;
        drop(program.container);
        let end = tokio::time::timeout(super::DEADLINE, program.watch.recv()).await;
        assert_eq!(end.unwrap(), None, "what is dropped runs no more");
    }
}

#[tokio::test]
async fn a_request_to_stop_is_its_own() {
    let host = Host::new();
    for guest in [P1_STOP, P2_STOP] {
        let steps = ["on-stop write told", "write up", "forever"];
        let mut running = host.start(host.scripted(guest, &steps)).await;
        running.until_written("up").await;
        let mut program = running.exec(&["guest", steps[0], steps[1], steps[2]]).await;
        program.until_written("up").await;
        program.container.signal(Signal::Terminate, None);
        program.end().await.exits(0).prints("up\ntold\n");
        running.container.signal(Signal::Terminate, None);
        running.end().await.exits(0).prints("up\ntold\n");
    }
}

#[tokio::test]
async fn it_ends_with_the_container() {
    let volume = WithVolume::new();
    let mut config = volume.host.scripted(P1, &["wait-file /data/end"]);
    config.mounts = vec![volume.mount()];
    let running = volume.host.start(config).await;
    let exec = running.container.exec();
    let mut programs = Vec::new();
    for steps in ["write up;spin", "write up;sleep 3600000"] {
        let mut program = running.exec(&["guest", steps]).await;
        program.until_written("up").await;
        programs.push(program);
    }
    let mut late = further(&*exec, &["guest", "write late"]).await.unwrap();
    fs::write(volume.data.path().join("end"), "").unwrap();
    running.end().await.exits(0);
    for program in programs {
        let ended = program.end().await.prints("up\n");
        assert_eq!(ended.exit, Exit::signalled(Signal::Kill));
    }
    let error = further(&*exec, &["guest"]).await.err().unwrap();
    says(&error, "exec: \"guest\": the container is not running");
    let error = late.container.start().await.unwrap_err();
    says(&error, "the container is not running");
}

#[tokio::test]
async fn there_is_nothing_in_a_container_that_was_killed_or_never_started() {
    let host = Host::new();
    let mut container = host.create(host.scripted(P1, &["spin"])).await.unwrap();
    let exec = container.exec();
    let error = further(&*exec, &["guest"]).await.err().unwrap();
    says(&error, "the container is not running");
    container.start().await.unwrap();
    let mut program = further(&*exec, &["guest", "write up;spin"]).await.unwrap();
    program.container.start().await.unwrap();
    program.until_written("up").await;
    container.signal(Signal::Kill, None);
    assert_eq!(program.end().await.exit, Exit::signalled(Signal::Kill));
    container.wait().await;
    let error = further(&*exec, &["guest"]).await.err().unwrap();
    says(&error, "the container is not running");
}

#[tokio::test]
async fn it_takes_from_the_containers_memory() {
    let host = Host::new();
    for guest in [P1, P2] {
        let mut config = host.scripted(guest, &["alloc 32;write up;sleep 3600000"]);
        config.memory_limit_bytes = Some(64 << 20);
        let mut running = host.start(config).await;
        running.until_written("up").await;
        let refused = running.exec(&["guest", "write small;alloc 32"]).await.end().await;
        refused.prints("small\n").ends(137, ExitCause::OutOfMemory, "out of memory");
        // What it took is there again, and the container has lost nothing.
        running.exec(&["guest", "alloc 16"]).await.end().await.exits(0);
        running.container.signal(Signal::Terminate, None);
        assert_eq!(running.end().await.exit, Exit::signalled(Signal::Terminate));
    }
}

#[tokio::test]
async fn there_is_room_for_so_many_at_a_time() {
    let host = Host::new();
    let running = host.start(host.scripted(P1, &["sleep 3600000"])).await;
    let mut programs = Vec::new();
    for _ in 0..64 {
        programs.push(running.exec(&["guest", "sleep 3600000"]).await);
    }
    let mut one_more = running.create(&["guest", "write in"]).await.unwrap();
    let error = one_more.container.start().await.unwrap_err();
    says(&error, "as many programs run in the container as may at a time");
    let mut last = programs.pop().unwrap();
    last.container.signal(Signal::Kill, None);
    assert_eq!(last.end().await.exit, Exit::signalled(Signal::Kill));
    one_more.container.start().await.unwrap();
    one_more.end().await.exits(0).prints("in\n");
}

#[tokio::test]
async fn it_is_on_the_containers_network() {
    let host = Host::new();
    let config = host.scripted(P2, &["serve 8080"]);
    let mut running = host.start(config).await;
    running.until_written("listening").await;
    // The port is the container's: a further program cannot have it, and what it has is free after it.
    let taken = running.exec(&["guest", "serve 8080"]).await.end().await.exits(1);
    assert!(taken.stderr.contains("serve 8080: "), "{taken:?}");
    for _ in 0..2 {
        let mut program = running.exec(&["guest", "serve 9090"]).await;
        program.until_written("listening").await;
        program.container.signal(Signal::Kill, None);
        program.end().await;
    }
}

#[tokio::test]
async fn it_may_run_within_a_limit_of_the_processor() {
    let host = Host::new();
    let mut config = host.scripted(P1, &["write up;spin"]);
    config.cpu_limit_millis = Some(100);
    let mut running = host.start(config).await;
    running.until_written("up").await;
    let ended = running.exec(&["guest", "lines 1000"]).await.end().await.exits(0);
    assert_eq!(ended.stdout.lines().count(), 1000);
}

#[tokio::test]
async fn what_is_run_is_what_is_in_the_file_now() {
    let volume = WithVolume::new();
    let running = volume.start().await;
    let text = |code| {
        made::module(&made::start(&format!("(call $exit (i32.const {code}))")).replace(
            "(module",
            r#"(module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))"#,
        ))
    };
    for code in [3, 4, 3] {
        fs::write(volume.data.path().join("own.wasm"), text(code)).unwrap();
        running.exec(&["own"]).await.end().await.exits(code);
    }
}
