//! Requests made by hand, for whoever wants to send what no tablet sends.

use std::sync::mpsc::channel;
use std::time::Duration;

use doegnrytme_core::sync::line::{Kind, NetError, Outgoing, Reply, TlsTrust};
use doegnrytme_core::transport::http::{Http, runtime};

/// Sends a tablet's request; the tablet does not know.
///
/// # Errors
/// [`NetError`].
pub fn sends(request: &Outgoing) -> Result<Reply, NetError> {
    let mut http = Http::new(runtime().unwrap());
    let (answered, answer) = channel();
    http.start(request.clone(), move |reply| {
        let _ = answered.send(reply);
    });
    answer.recv().unwrap()
}

/// Posts any bytes to any path.
///
/// # Errors
/// [`NetError`].
pub fn posts(address: &str, path: &'static str, body: Vec<u8>) -> Result<Reply, NetError> {
    sends(&Outgoing {
        address: address.to_owned(),
        path,
        body: Some(body),
        trust: TlsTrust::Anyone,
        timeout: Duration::from_secs(30),
        kind: Kind::Pull,
    })
}
