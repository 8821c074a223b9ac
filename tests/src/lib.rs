//! Tests of the whole: the harness that stories are told with, workloads, the headless tablet.

pub mod workload;
