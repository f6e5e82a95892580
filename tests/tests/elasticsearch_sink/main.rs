//! Goal: Elasticsearch serves what was flushed, whatever goes wrong in between, and unexpected changes are noticed.
//! Method: the sink is driven as the engine drives it, against a real server, through a proxy that injects faults. The contents
//! are compared with a map.

mod driven;
mod faults;
mod order;
mod life;
mod gone_back;
mod installations;
mod readers;
mod access;
mod read_back;
