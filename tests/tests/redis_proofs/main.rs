//! Goal: a Redis is gone on with only where what that builds on is there, and is one's own. Method: real servers that go back
//! to older data between two scripts, and that two installations share.

mod gone_back;
mod installations;
