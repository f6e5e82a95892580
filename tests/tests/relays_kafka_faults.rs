//! Goal: on Kafka a reader of committed records sees each message of a relay once, whichever request or reply of its producer is
//! lost or late, and the relay continues by itself.
//! Method: real hosts on a real broker, behind a proxy that understands the protocol. The messages that must have been sent are
//! read without the proxy. The proxy's counts show that a fault has happened.

use std::process::Command;

use foldline_tests::host::{Home, Host, wait_for};
use foldline_tests::kafka::Broker;
use foldline_tests::proxy::kafka::{Aim, Api, Fault};
use foldline_tests::relayed::{NAME, append, posts};
use foldline_tests::relayed_kafka::{Topics, check, has_open_transaction};

/// Posts per append. Each one becomes a message, so the frontier never goes out alone.
const SOME: u64 = 6;
/// Posts restart at a number that both rules of `posts` divide.
const APART: u64 = 140;

/// A host that relays through the proxy.
struct Relaying {
    broker: &'static Broker,
    topics: Topics,
    /// The requests of the relay's producers.
    aim: Aim,
    host: Host,
    /// Its folders.
    _home: Home,
    appends: u64,
}

impl Relaying {
    /// Starts a host that has already sent something. `None` as in [`Broker::behind_proxy`].
    fn start() -> Option<Self> {
        let (broker, proxy) = Broker::behind_proxy()?;
        let topics = Topics::new();
        let aim = proxy.aim(&topics.transactional_id());
        let home = Home::new(&topics.configuration(&proxy.address().to_string())).with_module(NAME);
        let host = home.start();
        let mut relaying = Self { broker, topics, aim, host, _home: home, appends: 0 };
        relaying.append();
        relaying.host.wait(NAME);
        Some(relaying)
    }

    fn append(&mut self) {
        assert!(append(&self.host.url, &posts(self.appends * APART, SOME)));
        self.appends += 1;
    }

    /// Returns how often a producer registered with the broker.
    fn announced(&self) -> u64 {
        self.aim.seen().requests(Api::INIT_PRODUCER_ID)
    }

    /// Checks that it still relays, and that each message is there once.
    fn check(&mut self) {
        self.append();
        assert_eq!(check(&self.host, self.broker, &self.topics) as u64, self.appends * SOME);
    }
}

/// Returns whether the broker refused a commit because of a newer producer with the same id.
fn is_fenced(reply: &[u8]) -> bool {
    const INVALID_PRODUCER_EPOCH: i16 = 47;
    const PRODUCER_FENCED: i16 = 90;
    // The error code follows the throttle time.
    let code = i16::from_be_bytes([reply[4], reply[5]]);
    [INVALID_PRODUCER_EPOCH, PRODUCER_FENCED].contains(&code)
}

/// Loses one reply to an executed request.
fn lose(api: Api, fault: Fault) {
    let Some(mut relaying) = Relaying::start() else { return };
    let announced = relaying.announced();
    relaying.aim.fail_after(0, api, fault);
    relaying.append();
    relaying.aim.wait_until(|seen| seen.faults == 1);
    relaying.aim.wait_until(|seen| seen.requests(Api::INIT_PRODUCER_ID) > announced);
    relaying.check();
}

#[test]
fn a_commit_whose_reply_is_lost_sends_each_message_once() {
    lose(Api::END_TXN, Fault::CutReply);
}

#[test]
fn a_commit_that_is_never_answered_sends_each_message_once() {
    lose(Api::END_TXN, Fault::SwallowReply);
}

#[test]
fn a_transaction_whose_beginning_is_never_answered_sends_each_message_once() {
    lose(Api::ADD_PARTITIONS_TO_TXN, Fault::SwallowReply);
}

#[test]
fn messages_whose_reply_is_lost_are_there_once() {
    lose(Api::PRODUCE, Fault::CutReply);
}

#[test]
fn messages_that_are_never_answered_are_there_once() {
    lose(Api::PRODUCE, Fault::SwallowReply);
}

#[test]
fn a_new_producer_that_is_never_answered_is_followed_by_another() {
    let Some(mut relaying) = Relaying::start() else { return };
    let announced = relaying.announced();
    relaying.aim.fail_after(0, Api::END_TXN, Fault::SwallowReply);
    relaying.aim.fail_after(0, Api::INIT_PRODUCER_ID, Fault::SwallowReply);
    relaying.append();
    relaying.aim.wait_until(|seen| seen.faults == 2 && seen.requests(Api::INIT_PRODUCER_ID) > announced + 1);
    relaying.check();
}

#[test]
fn a_commit_that_comes_after_those_of_a_new_producer_is_refused() {
    let Some(mut relaying) = Relaying::start() else { return };
    let announced = relaying.announced();
    relaying.aim.fail_after(0, Api::END_TXN, Fault::Hold);
    relaying.append();
    relaying.aim.wait_until(|seen| seen.faults == 1);
    relaying.append();
    relaying.host.wait(NAME);
    assert!(relaying.announced() > announced);
    let replies = relaying.aim.release(Api::END_TXN);
    assert!(replies.iter().all(|reply| is_fenced(reply)) && replies.len() == 1, "{replies:?}");
    relaying.check();
}

#[test]
fn a_commit_that_comes_in_the_middle_of_the_next_transaction_is_refused() {
    let Some(mut relaying) = Relaying::start() else { return };
    relaying.aim.fail_after(0, Api::END_TXN, Fault::Strand);
    relaying.append();
    relaying.aim.wait_until(|seen| seen.faults == 1);
    relaying.host.wait(NAME);
    // Part of the next transaction exists when the late commit arrives.
    relaying.aim.fail_after(1, Api::PRODUCE, Fault::Hold);
    relaying.append();
    relaying.aim.wait_until(|seen| seen.faults == 2);
    let replies = relaying.aim.release(Api::END_TXN);
    relaying.aim.release(Api::PRODUCE);
    relaying.check();
    assert!(replies.iter().all(|reply| is_fenced(reply)) && replies.len() == 1, "{replies:?}");
}

#[test]
fn a_transaction_that_times_out_while_its_host_is_paused_sends_each_message_once() {
    let Some(mut relaying) = Relaying::start() else { return };
    let announced = relaying.announced();
    relaying.aim.fail_after(0, Api::END_TXN, Fault::Hold);
    relaying.append();
    relaying.aim.wait_until(|seen| seen.faults == 1);
    let signal = |signal: &str| {
        let id = relaying.host.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().expect("kill starts").success());
    };
    signal("-STOP");
    let is_open = || has_open_transaction(relaying.broker, &relaying.topics.frontiers);
    assert!(is_open());
    wait_for("the broker to end the transaction", || (!is_open()).then_some(()));
    let replies = relaying.aim.release(Api::END_TXN);
    assert!(replies.iter().all(|reply| is_fenced(reply)) && replies.len() == 1, "{replies:?}");
    signal("-CONT");
    relaying.aim.wait_until(|seen| seen.requests(Api::INIT_PRODUCER_ID) > announced);
    relaying.check();
}
