//! A Kafka broker that holds the likes, and the measurement of bare librdkafka.

use std::process::Command;

use anyhow::{Result, ensure};

use super::likes::{Likes, TOPIC};
use super::measured::{Measured, self_measured};
use super::services::{free_ports, script};
use super::tools::{Tools, answer};
use crate::artifacts;
use crate::say::say;

/// As many as the embedded log has.
const PARTITIONS: u32 = 4;

/// A broker of this process. Dropping it stops the broker.
pub struct Kafka {
    port: u16,
    controller_port: u16,
    topic: String,
}

impl Kafka {
    /// Starts a broker and loads the likes.
    pub fn start(tools: &Tools, likes: &Likes) -> Result<Self> {
        let [port, controller_port] = free_ports()?;
        let kafka = Self { port, controller_port, topic: "foldline-bench-likes".to_owned() };
        artifacts::run(kafka.script("kafka-up.sh").stdout(artifacts::to_stderr()?))?;
        let partitions = PARTITIONS.to_string();
        let mut create = kafka.script("kafka-tool.sh");
        create.args(["topics", "--bootstrap-server", &kafka.brokers(), "--create", "--topic", &kafka.topic]);
        artifacts::run(create.args(["--partitions", &partitions]).stdout(artifacts::to_stderr()?))?;
        say!("loading {} likes into Kafka", likes.events);
        let loaded = answer(kafka.command(tools, "load").arg(&likes.path))?;
        ensure!(loaded["events"] == likes.events, "{loaded} instead of {} events", likes.events);
        Ok(kafka)
    }

    /// Returns the configuration of a host that uses the broker.
    pub fn configuration(&self) -> String {
        let (brokers, topic) = (self.brokers(), &self.topic);
        format!("[log.kafka]\nbrokers = {brokers:?}\n\n[topics.{TOPIC}]\nname = {topic:?}\n")
    }

    /// Measures bare librdkafka: every record is taken from its batch queue and dropped.
    pub fn read(&self, tools: &Tools, events: u64) -> Result<Measured> {
        let measured = self_measured(&answer(&mut self.command(tools, "read"))?)?;
        ensure!(measured.events == events, "librdkafka read {} events of {events}", measured.events);
        Ok(measured)
    }

    fn brokers(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    fn command(&self, tools: &Tools, what: &str) -> Command {
        let mut command = Command::new(&tools.kafka);
        command.args([what, &self.brokers(), &self.topic, &PARTITIONS.to_string()]);
        command
    }

    fn script(&self, name: &str) -> Command {
        let mut script = script(name, "KAFKA_OWNER");
        script
            .env("KAFKA_PORT", self.port.to_string())
            .env("KAFKA_CONTROLLER_PORT", self.controller_port.to_string());
        script
    }
}

impl Drop for Kafka {
    fn drop(&mut self) {
        // If this fails, the broker's watcher stops it once this process has ended.
        let _ = self.script("kafka-down.sh").env("WIPE", "1").output();
    }
}
