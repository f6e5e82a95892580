//! Checks that a server does not evict documents.

use super::servers::{Servers, text};
use foldline_base::error::{Error, ErrorKind, Result};

/// Checks that the server of a key evicts no keys.
///
/// # Errors
/// `Refused` when it may.
pub(super) fn refuse_eviction(servers: &mut Servers, key: &str) -> Result<()> {
    let answer = servers.ask(key, redis::cmd("INFO").arg("memory"))?;
    let memory = match &answer {
        redis::Value::VerbatimString { text, .. } => text.clone(),
        answer => text(answer).unwrap_or_default(),
    };
    let server = servers.link(key)?.server();
    evicts(&memory).map_or(Ok(()), |policy| {
        let message = format!("redis at {server} may evict documents: its `maxmemory-policy` is `{policy}`");
        Err(Error::new(ErrorKind::Refused, message).with_hint(
            "set `maxmemory-policy noeviction`: then redis says when it is full, and foldline waits",
        ))
    })
}

/// Returns the eviction policy from `INFO memory`, if it allows evictions.
fn evicts(memory: &str) -> Option<&str> {
    let field =
        |name: &str| memory.lines().find_map(|line| line.trim_end().strip_prefix(name)?.strip_prefix(':'));
    let is_bounded = field("maxmemory").is_some_and(|bytes| bytes != "0");
    field("maxmemory_policy").filter(|policy| is_bounded && *policy != "noeviction")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_bound_with_a_policy_evicts() {
        let memory = |bytes: &str, policy: &str| {
            format!("# Memory\r\nmaxmemory:{bytes}\r\nmaxmemory_human:1M\r\nmaxmemory_policy:{policy}\r\n")
        };
        assert_eq!(evicts(&memory("1048576", "allkeys-lru")), Some("allkeys-lru"));
        assert_eq!(evicts(&memory("1048576", "noeviction")), None);
        assert_eq!(evicts(&memory("0", "allkeys-lru")), None);
        assert_eq!(evicts(""), None);
    }
}
