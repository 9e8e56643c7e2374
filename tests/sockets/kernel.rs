//! Guests on the sockets of this machine, through wasmtime's own WASI.

use std::path::Path;
use std::time::Duration;

use wasmtime::component::{Component, Linker, ResourceTable};
use wasmtime::{Config, Engine, Store};
use wasmtime_wasi::p2::pipe::MemoryOutputPipe;
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView, p2, p3};

/// After which a guest is given up: what it waits for does not come.
const DEADLINE: Duration = Duration::from_secs(30);

/// How much a guest may print.
const OUTPUT_BYTES_MAX: usize = 1 << 20;

/// One guest, compiled.
pub(crate) struct Kernel {
    component: Component,
    linker: Linker<Host>,
    version: Version,
}

/// Which WASI a guest is for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Version {
    P2,
    P3,
}

struct Host {
    wasi: WasiCtx,
    table: ResourceTable,
}

impl WasiView for Host {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.wasi, table: &mut self.table }
    }
}

impl Kernel {
    pub(crate) fn new(guest: &Path, version: Version) -> Self {
        let engine = Engine::new(&Config::new()).unwrap();
        let component = Component::from_file(&engine, guest).unwrap();
        let mut linker = Linker::new(&engine);
        // A guest of 0.3 imports much of 0.2 through its standard library.
        p2::add_to_linker_async(&mut linker).unwrap();
        p3::add_to_linker(&mut linker).unwrap();
        Self { component, linker, version }
    }

    /// Returns what the guest prints.
    pub(crate) fn run(&self, steps: &str) -> String {
        let reactor = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let output = MemoryOutputPipe::new(OUTPUT_BYTES_MAX);
        let mut wasi = WasiCtx::builder();
        wasi.args(&["guest", steps])
            .stdout(output.clone())
            .inherit_network()
            .allow_tcp(true)
            .allow_udp(true)
            .allow_ip_name_lookup(true);
        let host = Host { wasi: wasi.build(), table: ResourceTable::new() };
        let store = Store::new(self.component.engine(), host);
        let run = self.call(store);
        let ended = reactor.block_on(async { tokio::time::timeout(DEADLINE, run).await });
        let text = String::from_utf8(output.contents().to_vec()).unwrap();
        assert!(ended.is_ok(), "{steps}: does not end\n{text}");
        text
    }

    async fn call(&self, mut store: Store<Host>) {
        let Self { component, linker, version } = self;
        let ended = match version {
            Version::P2 => {
                use p2::bindings::Command;
                let command = Command::instantiate_async(&mut store, component, linker).await;
                command.unwrap().wasi_cli_run().call_run(&mut store).await
            }
            Version::P3 => {
                use p3::bindings::Command;
                let command = Command::instantiate_async(&mut store, component, linker).await;
                let command = command.unwrap();
                let run = async |store: &_| command.wasi_cli_run().call_run(store).await;
                store.run_concurrent(run).await.unwrap()
            }
        };
        ended.unwrap().unwrap();
    }
}
