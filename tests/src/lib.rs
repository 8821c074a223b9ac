//! Harness, stories, simulator and benchmarks of Døgnrytme.
