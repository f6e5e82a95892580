//! Goal: a sink continues with a Redis only if everything that it builds on is there, and is its own.
//! Method: real servers that go back to older data between two scripts, or that two installations share.

mod gone_back;
mod installations;
