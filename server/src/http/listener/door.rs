//! Who may come in: so many connections at once, and so many of one client. Whoever is one too
//! many is turned away at once.

use std::future::{Ready, ready};
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::http::Request;
use axum_server::accept::Accept;
use ipnet::IpNet;
use tokio::net::TcpStream;
use tower::Service;

use super::impatient::Impatient;
use crate::client::{ClientKey, NoShare, Shares, of_block};
use crate::http::doors::client::Peer;

/// There is no place for another connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
enum NoPlaceError {
    #[error("every place is taken")]
    All,
    #[error("this client has taken all that he may")]
    OfClient,
    #[error("the clients of this network have taken all that they may")]
    OfBlock,
}

/// Lets in as many connections as there is room for.
#[derive(Clone)]
pub(super) struct Door {
    pub(super) places: Places,
    /// For a write without any progress.
    pub(super) patience: Duration,
}

impl Accept<TcpStream, Router> for Door {
    type Stream = Impatient;
    type Service = Guest;
    type Future = Ready<io::Result<(Impatient, Guest)>>;

    fn accept(&self, stream: TcpStream, router: Router) -> Self::Future {
        ready(self.let_in(stream, router))
    }
}

impl Door {
    pub(super) fn let_in(
        &self,
        stream: TcpStream,
        router: Router,
    ) -> io::Result<(Impatient, Guest)> {
        let peer = stream.peer_addr()?.ip();
        let place = self.places.take(peer);
        let place = Arc::new(place.map_err(io::Error::other)?);
        // An answer is one small write, and nothing follows that it could wait for.
        stream.set_nodelay(true)?;
        let guest = Guest {
            router,
            peer: Peer(peer),
            _place: place,
        };
        Ok((Impatient::new(stream, self.patience), guest))
    }
}

/// The router as one connection sees it.
#[derive(Clone)]
pub(super) struct Guest {
    router: Router,
    peer: Peer,
    /// Its drop makes room for the next connection.
    _place: Arc<Place>,
}

impl<B> Service<Request<B>> for Guest
where
    Router: Service<Request<B>>,
{
    type Response = <Router as Service<Request<B>>>::Response;
    type Error = <Router as Service<Request<B>>>::Error;
    type Future = <Router as Service<Request<B>>>::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.router.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        request.extensions_mut().insert(self.peer);
        self.router.call(request)
    }
}

/// All places. A clone is another handle to the same ones.
#[derive(Clone)]
pub(super) struct Places {
    taken: Arc<Mutex<Taken>>,
    all: usize,
    /// Of whoever may have any number, and of proxies, which speak for many.
    unlimited: Arc<[IpNet]>,
}

/// Those that are taken.
struct Taken {
    count: usize,
    /// Those of them that count for a client.
    shares: Shares,
}

/// One connection's place, free again with its drop.
struct Place {
    places: Places,
    /// Whom it counts for.
    client: Option<ClientKey>,
}

impl Places {
    pub(super) fn new(all: usize, of_client: usize, unlimited: Arc<[IpNet]>) -> Self {
        let taken = Taken {
            count: 0,
            shares: Shares::new(of_client, of_block(all, of_client)),
        };
        Self {
            taken: Arc::new(Mutex::new(taken)),
            all,
            unlimited,
        }
    }

    fn take(&self, from: IpAddr) -> Result<Place, NoPlaceError> {
        let from = from.to_canonical();
        let is_unlimited = self.unlimited.iter().any(|network| network.contains(&from));
        let client = (!is_unlimited).then(|| ClientKey::of(from));
        let mut taken = self.taken();
        if taken.count >= self.all {
            return Err(NoPlaceError::All);
        }
        if let Some(client) = client {
            taken.shares.take(client).map_err(|none| match none {
                NoShare::Client => NoPlaceError::OfClient,
                NoShare::Block => NoPlaceError::OfBlock,
            })?;
        }
        taken.count += 1;
        Ok(Place {
            places: self.clone(),
            client,
        })
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken();
        taken.count = taken.count.saturating_sub(1);
        if let Some(client) = self.client {
            taken.shares.give_back(client);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn take(places: &Places, ip: &str) -> Result<Place, NoPlaceError> {
        places.take(ip.parse().unwrap())
    }

    #[test]
    fn one_client_cannot_take_the_places_of_all() {
        for (his, also_his, of_another) in [
            ("192.0.2.1", "::ffff:192.0.2.1", "192.0.2.2"),
            ("2001:db8:0:1::7", "2001:db8:0:1:8000::9", "2001:db8:0:2::7"),
        ] {
            let places = Places::new(10, 2, Arc::default());
            let _first = take(&places, his).ok().unwrap();
            let second = take(&places, also_his).ok().unwrap();

            let refused = [his, also_his].map(|ip| take(&places, ip).err());
            let _another = take(&places, of_another).ok().unwrap();
            drop(second);
            let after_one_left = take(&places, his);

            assert_eq!(refused, [Some(NoPlaceError::OfClient); 2], "{his}");
            assert!(after_one_left.is_ok(), "{his}");
        }
    }

    #[test]
    fn all_networks_of_a_block_have_a_quarter_of_the_places() {
        let places = Places::new(8, 1, Arc::default());
        let _taken = ["2001:db8:0:1::", "2001:db8:0:2::"].map(|ip| take(&places, ip));

        assert_eq!(
            take(&places, "2001:db8:0:3::").err(),
            Some(NoPlaceError::OfBlock)
        );
        assert!(take(&places, "2001:db8:1::").is_ok());
    }

    #[test]
    fn whoever_is_not_limited_may_take_all_places_and_no_more() {
        let unlimited = ["127.0.0.0/8", "::1/128"].map(|network| network.parse().unwrap());
        for proxy in ["127.0.0.1", "::1", "::ffff:127.0.0.1"] {
            let places = Places::new(3, 1, Arc::new(unlimited));

            let taken = [(); 4].map(|()| take(&places, proxy));

            let refusals = taken.each_ref().map(|place| place.as_ref().err().copied());
            assert_eq!(refusals, [None, None, None, Some(NoPlaceError::All)]);
        }
    }

    #[test]
    fn this_machine_is_limited_where_nobody_is_excepted() {
        let places = Places::new(3, 1, Arc::default());
        let _first = take(&places, "127.0.0.2").ok().unwrap();

        assert_eq!(
            take(&places, "127.0.0.2").err(),
            Some(NoPlaceError::OfClient)
        );
        assert!(take(&places, "127.0.0.1").is_ok());
    }
}
