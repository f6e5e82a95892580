//! Files that are refused, and the messages.

use super::refused;

#[test]
fn one_problem_is_one_line_with_its_place() {
    for (text, message) in [
        (
            "data = \"x\"\nlsten = \"127.0.0.1:1\"",
            "foldline.toml:2:1: unknown key `lsten`; did you mean `listen`? \
             (known at the top: checkpoint, data, engine, limits, listen, log, modules, projections, relays, server, sinks, token, token_file, topics)",
        ),
        (
            "[limits]\n  record_size = \"1MiB\"",
            "foldline.toml:2:3: unknown key `limits.record_size` (known in `[limits]`: dead_letters_max, module_bytes_max, \
             module_fuel, module_memory_max, module_output_max, record_bytes_max)",
        ),
        (
            "[log]\ntype = \"kafka\"",
            "foldline.toml:2:1: unknown key `log.type` (known in `[log]`: embedded, kafka)",
        ),
        ("listen = 7070", "foldline.toml:1:10: `listen` is of type integer, not a string"),
        (
            "listen = \"localhost:7070\"",
            "foldline.toml:1:10: `listen` is `localhost:7070`, not an address such as \"127.0.0.1:7070\"",
        ),
        (
            "listen = \"0.0.0.0:7070\"",
            "foldline.toml:1:1: `listen` is 0.0.0.0:7070, which others can reach, and no token is set: \
             set `token_file`, or listen on 127.0.0.1",
        ),
        (
            "[server]\noperators_listen = \"0.0.0.0:7071\"",
            "foldline.toml:2:1: `server.operators_listen` is 0.0.0.0:7071, which others can reach, and no token is set: \
             set `token_file`, or listen on 127.0.0.1",
        ),
        (
            "[server]\nhosts = [\"foldline:7070\"]",
            "foldline.toml:2:9: `server.hosts`: `foldline:7070` is not a host name: use letters, digits, `-`, `_` and `.`, \
             without a port; IP addresses are always served",
        ),
        ("data = \"\"", "foldline.toml:1:8: `data` is empty"),
        (
            "data = \"${NOWHERE}/x\"",
            "foldline.toml:1:8: `data`: environment variable `NOWHERE` is not set; \
             a default is written `${NOWHERE:-…}`",
        ),
        (
            "[log.embedded]\npartitions = 0",
            "foldline.toml:2:14: `log.embedded.partitions` is 0, not a whole number from 1 to 10000",
        ),
        (
            "[log.embedded]\npartitions = \"4\"",
            "foldline.toml:2:14: `log.embedded.partitions` is of type string, not a whole number from 1 to 10000",
        ),
        (
            "[log.embedded]\n[log.kafka]",
            "foldline.toml:2:6: both `[log.embedded]` and `[log.kafka]` are set, and a host has one log: remove one",
        ),
        (
            "[log.kafka.librdkafka]\n\"isolation.level\" = \"read_uncommitted\"",
            "foldline.toml:2:21: `log.kafka.librdkafka.isolation.level` is set by the host: \
             the host reads committed records only",
        ),
        (
            "[log.kafka.librdkafka]\n\"sasl.password_file\" = \"/nowhere/secret\"",
            "foldline.toml:2:24: `log.kafka.librdkafka.sasl.password_file`: cannot read `/nowhere/secret`: \
             No such file or directory (os error 2)",
        ),
        (
            "[limits]\nrecord_bytes_max = \"8MB\"",
            "foldline.toml:2:20: `limits.record_bytes_max`: `8MB` is not a size; use one such as \"512KiB\", \
             \"64MiB\" or \"1GiB\"",
        ),
        (
            "[limits]\nmodule_memory_max = \"1KiB\"",
            "foldline.toml:2:21: `limits.module_memory_max` is 1KiB, not between 64KiB and 4GiB",
        ),
        (
            "[checkpoint]\nevery = 5",
            "foldline.toml:2:9: `checkpoint.every` is of type integer, not a duration such as \"5s\"",
        ),
        (
            "[topics.likes]\nidle_after = \"30\"",
            "foldline.toml:2:14: `topics.likes.idle_after`: `30` is not a \
             duration; use one such as \"250ms\", \"5s\" or \"1h30m\"",
        ),
        (
            "[topics]\nmax_ahead = \"0s\"",
            "foldline.toml:2:13: `topics.max_ahead` is 0s, not between 1s and 36500d",
        ),
        (
            "[topics.likes]\nmaxahead = \"1h\"",
            "foldline.toml:2:1: unknown key `topics.likes.maxahead`; did you mean `max_ahead`? \
             (known in `[topics.likes]`: create, dead_letters_max, idle_after, max_ahead, name, partitions, punctuate)",
        ),
        (
            "[topics]\npunctuate = \"yes\"",
            "foldline.toml:2:13: `topics.punctuate` is of type string, not `true` or `false`",
        ),
        (
            "[sinks.search.elasticsearch]\nurl = \"127.0.0.1:9200\"",
            "foldline.toml:2:7: `sinks.search.elasticsearch.url`: `127.0.0.1:9200` does not begin with http:// or https://",
        ),
        (
            "[sinks.cache]\n",
            "foldline.toml:1:8: sink `cache` has no kind: add one of `[sinks.cache.elasticsearch]`, \
             `[sinks.cache.redis]`, `[sinks.cache.changes]`",
        ),
        (
            "[sinks.out.changes]\ntopic = \"changes\"",
            "foldline.toml:2:9: `sinks.out.changes.topic`: `changes` does not contain `{projection}`: each projection needs a topic of its own",
        ),
        (
            "[sinks.out.changes]\n[sinks.out.redis]",
            "foldline.toml:1:12: sink `out` has two kinds; give each sink a name of its own",
        ),
        (
            "[sinks.cache.redis]\nurl = \"redis://a:1,redis://b:1\"",
            "foldline.toml:2:1: several servers can be one sink only as a cluster: set `cluster = true`, or name one server",
        ),
        (
            "[sinks.cache.redis]\nurl = \"redis://me:secret@a:1\"",
            "foldline.toml:2:7: `sinks.cache.redis.url`: an address must not contain a user name or password: set `username` and \
             `password_file`",
        ),
        (
            "[sinks.cache.redis]\nnamespace = \"A:b\"",
            "foldline.toml:2:13: `sinks.cache.redis.namespace`: `A:b` is not a namespace: use a lowercase letter, then lowercase letters, digits or `-`, at most 40",
        ),
        (
            "[log.kafka]\ninstallation = \"a b\"",
            "foldline.toml:2:16: `log.kafka.installation`: `a b` is not an installation name: use 1 to 64 letters, digits, `-`, \
             `_` or `.`",
        ),
        (
            "[sinks.search.elasticsearch]\nusername = \"me\"",
            "foldline.toml:2:1: `username` is set, and `password` is not",
        ),
        (
            "[projections.like-count]\npromote = \"soon\"",
            "foldline.toml:2:11: `projections.like-count.promote`: `soon` is not one of manual, when-caught-up, \
             when-diff-below",
        ),
        (
            "[projections.like-count.tolerance]\ncount = \"-2%\"",
            "foldline.toml:2:1: `projections.like-count.tolerance.count`: `-2%` is not a percentage; use one such as \
             \"2%\" or \"0.5%\"",
        ),
        (
            "[projections.like-count.parameters]\norders = [5]",
            "foldline.toml:2:1: `projections.like-count.parameters.orders` is of type array, not `true`, `false`, a finite \
             number or a string",
        ),
        (
            "[projections.like-count.parameters]\nshare = inf",
            "foldline.toml:2:1: `projections.like-count.parameters.share` is inf, not `true`, `false`, a finite number or a string",
        ),
        (
            "[projections.like-count.parameters]\norders = 9223372036854775808",
            "foldline.toml:2:1: `projections.like-count.parameters.orders` is 9223372036854775808, not a whole number of 64 bits",
        ),
        (
            "[projections.like-count]\nsinks = [\"search\"]",
            "foldline.toml:2:9: `projections.like-count.sinks`: no sink is called `search` (sinks: there is none)",
        ),
        (
            "[projections.likes]\nsinks = [\"a\", \"b\"]\n[sinks.a.redis]\nurl = \"redis://h:1\"\n\
             [sinks.b.redis]\nurl = \"redis://h:1/0\"",
            "foldline.toml:2:9: `projections.likes.sinks`: `a` and `b` are the same place, so each would treat the \
             other's documents as its own: name only one of them, or give one a `namespace` (a `topic`, for changes) of its own",
        ),
        (
            "[topics]\nname = \"likes\"",
            "foldline.toml:2:1: unknown key `topics.name` \
             (known in `[topics]`: create, idle_after, max_ahead, partitions, punctuate)",
        ),
        (
            "[topics.\"a b\"]",
            "foldline.toml:1:9: `a b` cannot be a topic: 1 to 249 letters, digits, `.`, `_` or `-`",
        ),
        (
            "[topics.likes]\nname = \"foldline.decisions\"",
            "foldline.toml:2:8: `topics.likes.name`: `foldline.decisions` cannot be a topic: \
             names that begin with `foldline.` are the host's own",
        ),
        ("limits = 5", "foldline.toml:1:10: `limits` is of type integer, not a table"),
        ("token = \"a\"\ntoken = \"b\"", "foldline.toml:2:1: duplicate key"),
    ] {
        assert_eq!(refused(text), message, "for:\n{text}");
    }
}

#[test]
fn all_problems_are_reported_at_once_in_the_order_of_the_file() {
    let text = "listen = 1\ndate = \"x\"\nmodules = [\n[checkpoint]\nevery = \"soon\"\n";
    let message = refused(text);
    let lines: Vec<&str> = message.lines().collect();
    assert!(lines[0].ends_with("problems in the configuration"), "{message}");
    let places: Vec<&str> = lines[1..].iter().map(|line| line.trim_start()).collect();
    assert!(places[0].starts_with("foldline.toml:1:10: `listen`"), "{message}");
    assert!(
        places[1].starts_with("foldline.toml:2:1: unknown key `date`; did you mean `data`?"),
        "{message}"
    );
    assert!(places.iter().any(|place| place.starts_with("foldline.toml:3:")), "{message}");
}
