//! What took too long is tried once more, beside the writer, so that nobody waits for it.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::intake::{self, tester::Tester};
use crate::node::ServerNode;
use crate::store::{Store, StoreError};

/// How often it is looked whether something waits.
const EVERY: Duration = Duration::from_millis(500);
/// Changes that are looked up at once.
const AT_ONCE: usize = 16;

/// The thread that tries again; it ends with this.
pub struct Again {
    stop: Mutex<Option<Sender<()>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Again {
    /// Starts the thread.
    ///
    /// # Errors
    /// [`StoreError::Backend`] when the machine has no thread for it.
    pub fn start(
        node: Arc<ServerNode>,
        mut reader: Box<dyn Store>,
        tester: Arc<dyn Tester>,
    ) -> Result<Self, StoreError> {
        let (stop, stopped) = channel();
        let thread = std::thread::Builder::new()
            .name("trials".to_owned())
            .spawn(move || run(&node, &mut *reader, &*tester, &stopped))
            .map_err(|error| StoreError::Backend(error.to_string()))?;
        Ok(Self { stop: Mutex::new(Some(stop)), thread: Mutex::new(Some(thread)) })
    }
}

impl Again {
    /// Ends the thread; what still waits is tried at the next start.
    pub fn stop(&self) {
        drop(self.stop.lock().unwrap_or_else(PoisonError::into_inner).take());
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            let _ = thread.join();
        }
    }
}

impl Drop for Again {
    fn drop(&mut self) {
        self.stop();
    }
}

fn run(node: &ServerNode, reader: &mut dyn Store, tester: &dyn Tester, stopped: &Receiver<()>) {
    tester.warm();
    while stopped.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
        if round(node, reader, tester).is_err() {
            tracing::error!("changes could not be tried again");
        }
    }
}

/// Tries what waits, each once.
fn round(
    node: &ServerNode,
    reader: &mut dyn Store,
    tester: &dyn Tester,
) -> Result<(), intake::IntakeError> {
    let waiting = crate::store::read(reader, |tx| intake::untried(tx, AT_ONCE))?;
    for (key, candidate) in waiting {
        let tried = crate::store::read(reader, |tx| {
            let mut base = |doc| tx.plan_changes(doc);
            tester.try_change(&candidate, true, &mut base)
        })?;
        node.work(move |tx, context| {
            Ok(((), intake::settle(tx, context, key, &candidate, tried)?))
        })?;
    }
    Ok(())
}
