//! Tests of the whole: the harness that stories are told with, workloads, the headless tablet,
//! benchmarks, power cuts.

pub mod bench;
pub mod faulty;
pub mod harness;
pub mod headless;
pub mod newer;
pub mod ports;
pub mod power;
pub mod simulator;
pub mod workload;
