//! Goal: what Elasticsearch serves is what was flushed, whatever goes wrong on the way, and what is not as it was left is
//! noticed. Method: the sink is driven as the engine drives it, against a real server, through a proxy that injects faults;
//! the contents are compared with a map.

mod driven;
mod faults;
mod order;
mod life;
mod gone_back;
mod installations;
mod readers;
mod access;
mod read_back;
