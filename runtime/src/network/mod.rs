//! The network of a pod: one localhost that all of its containers share, in memory.
//!
//! ```text
//!   container ── TcpSocket ──┐                        ┌── TcpSocket ── container
//!                            ├─► ports ─► Listener ──►┤
//!   host port ── publish ────┘      TcpStream pair    └── egress, relay ── the real network
//! ```
//!
//! What must hold:
//! - `localhost` never leaves the pod, and nothing of the node's own loopback is reached from it.
//! - Sockets answer as the kernel's would over its loopback; where they do not,
//!   `docs/networking.md` says why.
//! - What a run of a container holds ends with it ([`Incarnation`]), at once.
//! - Everything that waits or grows has a limit: sockets, backlogs, bytes on their way.

mod address;
mod buffer;
mod egress;
mod error;
mod host;
mod lease;
mod listener;
mod names;
mod options;
mod ports;
mod publish;
mod relay;
mod stream;
mod tcp;

use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

pub use self::address::{AddressLease, Family, NodeRanges, PodAddresses, RangeExhausted};
pub use self::egress::{Denied, EgressPolicy};
pub use self::error::SocketError;
pub use self::host::PodStream;
pub use self::lease::{Incarnation, Member};
pub use self::names::LookupError;
pub use self::options::TcpOptions;
pub use self::publish::{
    ParsePublishError, Publication, PublishError, PublishedPort, publish, published_ports,
};
pub use self::stream::TcpStream;
pub use self::tcp::{Acceptor, TcpSocket};

use self::listener::Listener;
use self::ports::{Owner, PortTable};
use self::stream::Share;
use self::tcp::Connecting;

/// The network of one pod.
#[derive(Debug)]
pub struct PodNetwork {
    addresses: AddressLease,
    hostname: String,
    egress: EgressPolicy,
    /// Held for the time of one look-up or change.
    ports: Mutex<PortTable<Weak<Listener>>>,
    share: Arc<Share>,
    last_owner: AtomicU64,
    connections_from_host: AtomicU64,
}

impl PodNetwork {
    /// Makes the network of a pod that is called `hostname` and has these addresses.
    pub fn new(addresses: AddressLease, hostname: String, egress: EgressPolicy) -> Arc<Self> {
        Arc::new(Self {
            addresses,
            hostname,
            egress,
            ports: Mutex::default(),
            share: Arc::default(),
            last_owner: AtomicU64::new(0),
            connections_from_host: AtomicU64::new(0),
        })
    }

    /// Returns the pod's addresses.
    pub fn addresses(&self) -> PodAddresses {
        self.addresses.addresses()
    }

    /// Takes in one run of a container.
    pub fn join(self: &Arc<Self>) -> Incarnation {
        let owner = Owner(self.last_owner.fetch_add(1, Ordering::Relaxed));
        Incarnation::new(Arc::clone(self), owner)
    }

    /// Connects from the host to a port of the pod, as a probe or a published port does: to the
    /// pod's own address, so that what listens on localhost alone is not reached. The pod sees
    /// `client`, or the node where there is none of its family.
    ///
    /// # Errors
    ///
    /// [`SocketError::ConnectionRefused`] if nobody listens there.
    pub async fn connect_from_host(
        self: &Arc<Self>,
        port: u16,
        client: Option<SocketAddr>,
    ) -> Result<TcpStream, SocketError> {
        let addresses = self.addresses();
        let families = [Family::V4, Family::V6];
        let listens =
            |family: &Family| self.listener((addresses.of(*family), port).into()).is_some();
        let family = families.into_iter().find(listens).ok_or(SocketError::ConnectionRefused)?;
        let port_of_node = || client.map_or_else(|| self.port_of_node(), |client| client.port());
        let node = || SocketAddr::new(addresses.node(family), port_of_node());
        let client = client.map(|c| SocketAddr::new(c.ip().to_canonical(), c.port()));
        let from = client.filter(|c| Family::of(c.ip()) == family).unwrap_or_else(node);
        let origin = stream::Origin { address: from, port: None };
        self.connect(origin, (addresses.of(family), port).into()).await
    }

    /// Returns the port that the node's next connection comes from. Nobody connects to it, so that
    /// one that is in use may come again.
    fn port_of_node(&self) -> u16 {
        let ports = ports::EPHEMERAL;
        let count = self.connections_from_host.fetch_add(1, Ordering::Relaxed);
        ports.start() + (count % ports.len() as u64) as u16
    }

    /// Connects to a listener of this pod.
    fn connect(&self, origin: stream::Origin, to: SocketAddr) -> Connecting {
        let Some(listener) = self.listener(to) else {
            return Connecting::Done(Some(Err(SocketError::ConnectionRefused)));
        };
        let share = Arc::clone(&self.share);
        let establish = move |listener: &Listener| {
            let (connected, accepted) = TcpStream::pair(origin, to, &share);
            listener.offer(accepted);
            connected
        };
        match listener.try_take_place() {
            Ok(true) => Connecting::Done(Some(Ok(establish(&listener)))),
            Ok(false) => {
                let (places, listener) = (listener.places(), Arc::downgrade(&listener));
                Connecting::UnderWay(Box::pin(async move {
                    let place = places.acquire().await;
                    let place = place.map_err(|_| SocketError::ConnectionRefused)?;
                    let listener = listener.upgrade().ok_or(SocketError::ConnectionRefused)?;
                    place.forget();
                    Ok(establish(&listener))
                }))
            }
            Err(error) => Connecting::Done(Some(Err(error))),
        }
    }

    fn listener(&self, to: SocketAddr) -> Option<Arc<Listener>> {
        self.ports().listener(to).and_then(Weak::upgrade)
    }

    fn ports(&self) -> MutexGuard<'_, PortTable<Weak<Listener>>> {
        self.ports.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn release_all(&self, owner: Owner) {
        let listeners = self.ports().release_all(owner);
        // Not under the lock: who hears of it may come back at once.
        listeners.iter().filter_map(Weak::upgrade).for_each(|listener| listener.close());
    }

    /// Returns where a connection to `destination` goes.
    fn route(&self, destination: IpAddr) -> Route {
        if self.addresses().contains(destination) {
            Route::Pod
        } else if self.addresses.ranges().contains(destination) {
            Route::Nowhere
        } else {
            self.egress.check(destination).map_or_else(Route::Denied, |()| Route::Outside)
        }
    }
}

/// Where a connection goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Route {
    /// Stays here.
    Pod,
    /// An address of the node's range that is not this pod's.
    Nowhere,
    /// To the real network.
    Outside,
    /// To the real network, where it may not go.
    Denied(Denied),
}

#[cfg(test)]
mod tests;
