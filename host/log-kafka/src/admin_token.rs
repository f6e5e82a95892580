//! Gives an admin client its token. Other clients are asked for tokens by events, but rdkafka's admin client takes no events,
//! so this needs unsafe code.

#![expect(unsafe_code, reason = "rd_kafka_oauthbearer_set_token has no safe wrapper; its block has a proof")]

use std::ffi::{CStr, CString, c_char};

use rdkafka::admin::AdminClient;
use rdkafka::bindings as sys;
use rdkafka::types::RDKafkaRespErr;

use super::context::Context;
use super::tokens::Token;

/// Enough for any of librdkafka's messages.
const REASON_BYTES: usize = 512;

/// Sets the token with which a client authenticates.
///
/// # Errors
/// librdkafka's error message.
pub(super) fn set(admin: &AdminClient<Context>, token: &Token) -> Result<(), String> {
    let text = CString::new(token.text.expose()).map_err(|_| "the token has a zero byte".to_owned())?;
    let principal =
        CString::new(token.principal.as_str()).map_err(|_| "its subject has a zero byte".to_owned())?;
    let mut reason = [0_u8; REASON_BYTES];
    // SAFETY: the client is alive while `admin` is borrowed; both texts are C strings that the call copies; there are no
    // extensions, and `reason` is as long as its length argument says.
    let code = unsafe {
        sys::rd_kafka_oauthbearer_set_token(
            admin.inner().native_ptr(),
            text.as_ptr(),
            token.expires_ms,
            principal.as_ptr(),
            std::ptr::null_mut(),
            0,
            reason.as_mut_ptr().cast::<c_char>(),
            reason.len(),
        )
    };
    if code == RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR {
        return Ok(());
    }
    Err(CStr::from_bytes_until_nul(&reason)
        .map_or_else(|_| String::new(), |text| text.to_string_lossy().into_owned()))
}
