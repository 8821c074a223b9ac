//! Stories: what people do with the whole system, one file a story.

#![cfg(test)]

mod layout;
mod shared_workload;
