//! A node whose jobs stop before its writer does.

use std::sync::Arc;

use tokio::sync::oneshot;

use super::Jobs;
use crate::http::{Answer, Call, Node, Readiness};
use crate::node::ServerNode;
use crate::trial::again::Again;

/// What the shell is given: the node, and the jobs that work through it.
pub struct Tended {
    /// The node.
    pub node: Arc<ServerNode>,
    /// Its jobs.
    pub jobs: Arc<Jobs>,
    /// What tries again the changes whose trial took too long.
    pub again: Again,
}

impl Node for Tended {
    fn sync(&self, call: Call) -> oneshot::Receiver<Answer> {
        self.node.sync(call)
    }

    fn enrol(&self, call: Call) -> oneshot::Receiver<Answer> {
        self.node.enrol(call)
    }

    fn admits(&self, beginning: &[u8]) -> bool {
        self.node.admits(beginning)
    }

    fn pins(&self) -> Answer {
        self.node.pins()
    }

    fn ready(&self) -> Readiness {
        self.node.ready()
    }

    fn begin(&self) {
        self.node.begin();
    }

    fn drain(&self) {
        self.jobs.stop();
        self.again.stop();
        self.node.drain();
    }

    fn finish(&self) {
        self.jobs.stop();
        self.again.stop();
        self.node.finish();
    }
}
