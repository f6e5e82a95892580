use foldline_core::column::ValueRef::{Blob, Boolean, Float, Int, Text, Time};
use foldline_core::description::TimeUnit::{Microseconds, Milliseconds, Nanoseconds, Rfc3339, Seconds};
use foldline_core::description::ValueType as Ty;

use super::*;

/// Checks the value of one required field `x` of a type, read from the JSON text `{"x":…}`.
#[track_caller]
fn check_x(ty: Ty, source: &str, want: Result<ValueRef<'_>, &str>) {
    let value = format!("{{\"x\":{source}}}");
    let reason = want.err().map(|reason| format!("field `x`: {reason}"));
    let want = want.map(|value| [Some(value)]);
    match (&want, &reason) {
        (Ok(values), _) => check(&[field("x", ty)], &value, Ok(values)),
        (Err(_), reason) => check(&[field("x", ty)], &value, Err(reason.as_deref().unwrap_or_default())),
    }
}

#[test]
fn a_text_is_taken_as_it_is_or_without_its_escapes() {
    check_x(Ty::Text, r#""""#, Ok(Text("")));
    check_x(Ty::Text, r#""häßlich 🦀""#, Ok(Text("häßlich 🦀")));
    check_x(Ty::Text, r#""a\"\\\/\b\f\n\r\té\ud83e\udd80\u0000""#, Ok(Text("a\"\\/\u{8}\u{c}\n\r\té🦀\0")));
    check_x(Ty::Text, "5", Err("expected a text, found number 5"));
    check_x(Ty::Text, "-0.5e1", Err("expected a text, found float -0.5e1"));
    check_x(Ty::Text, "true", Err("expected a text, found boolean true"));
    check_x(Ty::Text, "[1, {}]", Err("expected a text, found array [1, {}]"));
    check_x(Ty::Text, r#"{"y":1}"#, Err(r#"expected a text, found object {"y":1}"#));
}

/// Checks the value of one required field `x` of a type, read from the JSON text `{"x":…}`; `None` is a null.
#[track_caller]
fn check_special(fields: &[Field], source: &str, want: Result<Option<ValueRef<'_>>, &str>) {
    let value = format!("{{\"x\":{source}}}");
    match want {
        Ok(value_ref) => check(fields, &value, Ok(&[value_ref])),
        Err(reason) => check(fields, &value, Err(&format!("field `x`: {reason}"))),
    }
}

#[test]
fn a_decimal_is_a_text_with_exactly_its_places_whether_it_was_a_number_or_a_text() {
    let price = [field("x", FieldType::Decimal(2))];
    for (source, text) in [
        ("1", "1.00"),
        ("-0", "0.00"),
        ("1.5", "1.50"),
        ("-12.05", "-12.05"),
        ("0.1", "0.10"),
        ("18446744073709551616", "18446744073709551616.00"),
        (r#""-1.50""#, "-1.50"),
        (r#""007""#, "7.00"),
        (r#""\u0031""#, "1.00"),
    ] {
        check_special(&price, source, Ok(Some(Text(text))));
    }
    let expected = "expected a decimal with at most 2 places, found";
    for (source, found) in [
        ("1.005", "float 1.005"),
        ("1.500", "float 1.500"),
        ("1e2", "float 1e2"),
        (r#""""#, r#"text """#),
        (r#""1,5""#, r#"text "1,5""#),
        ("true", "boolean true"),
        ("[1]", "array [1]"),
    ] {
        check_special(&price, source, Err(&format!("{expected} {found}")));
    }
}

#[test]
fn a_choice_is_the_number_of_its_text_and_another_text_is_null_only_where_that_is_allowed() {
    let kinds = || FieldType::Choice(vec!["post".into(), "répost".into()]);
    check_special(&[field("x", kinds())], r#""post""#, Ok(Some(Int(0))));
    check_special(&[field("x", kinds())], r#""r\u00e9post""#, Ok(Some(Int(1))));
    check_special(
        &[field("x", kinds())],
        r#""Post""#,
        Err(r#"expected one of "post", "répost", found text "Post""#),
    );
    check_special(&[field("x", kinds())], "1", Err(r#"expected one of "post", "répost", found number 1"#));
    check_special(&[optional("x", kinds())], r#""Post""#, Ok(None));
    check_special(&[optional("x", kinds())], "1", Err(r#"expected one of "post", "répost", found number 1"#));
}

#[test]
fn json_is_the_text_that_stands_there() {
    let media = [field("x", FieldType::Json)];
    for source in [r#"{ "a" : [1, 2.50 ] }"#, "[]", "1.50", r#""\u0061""#, "true"] {
        check_special(&media, source, Ok(Some(Text(source))));
    }
    check(&media, r#"{"x":null}"#, Err("missing field `x`"));
    check(&[optional("x", FieldType::Json)], r#"{"x":null}"#, Ok(&[None]));
    // Of equal names the last one counts.
    check(&media, r#"{"x":[1],"x": {"b":2} }"#, Ok(&[Some(Text(r#"{"b":2}"#))]));
}

#[test]
fn a_key_may_be_a_choice_or_a_decimal() {
    let kind = input(vec![key("k", FieldType::Choice(vec!["a".into(), "b".into()]))]);
    check_record(&kind, (Some(b"b"), Some(b"{}")), Ok((1_000, &[Some(Int(1))])));
    let reason = r#"field `k`: expected one of "a", "b", found key c"#;
    check_record(&kind, (Some(b"c"), Some(b"{}")), Err(reason));
    let optional = Field { required: false, ..kind.fields[0].clone() };
    check_record(&input(vec![optional]), (Some(b"c"), Some(b"{}")), Ok((1_000, &[None])));
    let price = input(vec![key("k", FieldType::Decimal(1))]);
    check_record(&price, (Some(b"2"), Some(b"{}")), Ok((1_000, &[Some(Text("2.0"))])));
}

#[test]
fn a_records_place_and_its_own_time_are_fields_too() {
    let outside = |source, ty: Ty| Field { source, ..field("x", ty) };
    let fields = vec![
        outside(FieldSource::Partition, Ty::Int),
        outside(FieldSource::Offset, Ty::Int),
        outside(FieldSource::Timestamp, Ty::Time(Milliseconds)),
        field("a", Ty::Text),
    ];
    let decoded = decode(
        &input(fields),
        &batch([(None, Some(&br#"{"a":"1"}"#[..])), (None, Some(&br#"{"a":"2"}"#[..]))]),
    );
    let columns: Vec<Vec<_>> =
        decoded.events.columns.iter().map(|column| (0..2).map(|row| column.get(row)).collect()).collect();
    assert_eq!(columns[0], [Some(Int(3)), Some(Int(3))]);
    assert_eq!(columns[1], [Some(Int(10)), Some(Int(12))]);
    assert_eq!(columns[2], [Some(Time(1_000)), Some(Time(1_001))]);
    assert_eq!(columns[3], [Some(Text("1")), Some(Text("2"))]);
}

#[test]
fn a_value_that_is_taken_as_a_whole_need_not_be_json() {
    let raw = |required| Field { source: FieldSource::Raw, required, ..field("x", Ty::Blob) };
    let whole = input(vec![raw(true), key("k", Ty::Text)]);
    check_record(
        &whole,
        (Some(b"k"), Some(b"\xff,1")),
        Ok((1_000, &[Some(Blob(b"\xff,1")), Some(Text("k"))])),
    );
    check_record(&whole, (Some(b"k"), Some(b"")), Ok((1_000, &[Some(Blob(b"")), Some(Text("k"))])));
    let changelog = Input { changelog: true, ..whole };
    check_record(&changelog, (Some(b"k"), None), Ok((1_000, &[None, Some(Text("k"))])));
}

#[test]
fn an_int_is_a_whole_number_of_64_bits_written_as_one() {
    check_x(Ty::Int, "0", Ok(Int(0)));
    check_x(Ty::Int, "-0", Ok(Int(0)));
    check_x(Ty::Int, "9223372036854775807", Ok(Int(i64::MAX)));
    check_x(Ty::Int, "-9223372036854775808", Ok(Int(i64::MIN)));
    for source in
        ["9223372036854775808", "18446744073709551615", "18446744073709551616", "-9223372036854775809"]
    {
        let reason = format!("expected an int, found number {source} (out of range)");
        check_x(Ty::Int, source, Err(&reason));
    }
    for source in ["1.0", "1e3", "1E0", "-0.0", "-0e1", "0.5"] {
        check_x(Ty::Int, source, Err(&format!("expected an int, found float {source}")));
    }
    check_x(Ty::Int, r#""5""#, Err(r#"expected an int, found text "5""#));
}

#[test]
fn a_float_is_the_one_nearest_to_any_number() {
    check_x(Ty::Float, "1", Ok(Float(1.0)));
    check_x(Ty::Float, "1e3", Ok(Float(1000.0)));
    check_x(Ty::Float, "18446744073709551615", Ok(Float(18_446_744_073_709_551_615.0)));
    check_x(Ty::Float, "1.7976931348623157e308", Ok(Float(f64::MAX)));
    check_x(Ty::Float, "5e-324", Ok(Float(5e-324)));
    check_x(Ty::Float, "1e-400", Ok(Float(0.0)));
    check_x(Ty::Float, r#""NaN""#, Err(r#"expected a number, found text "NaN""#));
    // More digits than a float holds: the nearest float must result, not the second nearest.
    for source in ["0.1234567890123456789", "123456789.12345678901e-20", "8.98846567431158e307"] {
        check_x(Ty::Float, source, Ok(Float(source.parse().unwrap())));
    }
}

#[test]
fn a_number_that_no_float_can_hold_is_invalid_wherever_it_stands() {
    let reason = "invalid JSON: number out of range at line 1 column 10";
    check(&[field("x", Ty::Float)], r#"{"x":1e999}"#, Err(reason));
    check(&[field("y", Ty::Float)], r#"{"x":1e999,"y":1}"#, Err(reason));
}

#[test]
fn a_boolean_is_true_or_false() {
    check_x(Ty::Boolean, "true", Ok(Boolean(true)));
    check_x(Ty::Boolean, "false", Ok(Boolean(false)));
    check_x(Ty::Boolean, "1", Err("expected a boolean, found number 1"));
    check_x(Ty::Boolean, r#""true""#, Err(r#"expected a boolean, found text "true""#));
}

#[test]
fn a_blob_is_base64_of_the_standard_alphabet_with_padding() {
    check_x(Ty::Blob, r#""""#, Ok(Blob(b"")));
    check_x(Ty::Blob, r#""+/+/AA==""#, Ok(Blob(&[0xfb, 0xff, 0xbf, 0])));
    check_x(Ty::Blob, r#""+\/+\/AA==""#, Ok(Blob(&[0xfb, 0xff, 0xbf, 0])));
    for source in [r#""-_-_AA==""#, r#""AA""#, r#""AB==""#, r#""A A=""#] {
        check_x(Ty::Blob, source, Err(&format!("expected a base64 text, found text {source}")));
    }
    check_x(Ty::Blob, "1", Err("expected a base64 text, found number 1"));
}

#[test]
fn a_time_becomes_milliseconds_rounded_down() {
    check_x(Ty::Time(Seconds), "-2", Ok(Time(-2_000)));
    check_x(Ty::Time(Milliseconds), "-2", Ok(Time(-2)));
    check_x(Ty::Time(Microseconds), "1999", Ok(Time(1)));
    check_x(Ty::Time(Microseconds), "-1", Ok(Time(-1)));
    check_x(Ty::Time(Nanoseconds), "-1000001", Ok(Time(-2)));
    check_x(Ty::Time(Nanoseconds), "-0", Ok(Time(0)));
    check_x(Ty::Time(Rfc3339), r#""2026-01-01T00:00:00Z""#, Ok(Time(1_767_225_600_000)));
    check_x(Ty::Time(Rfc3339), r#""2026-01-01T02:00:00.1239+02:00""#, Ok(Time(1_767_225_600_123)));
    check_x(Ty::Time(Rfc3339), r#""2026-01-01T00:00:00\u005A""#, Ok(Time(1_767_225_600_000)));
    check_x(Ty::Time(Rfc3339), r#""1969-12-31T23:59:59.9999Z""#, Ok(Time(-1)));
}

#[test]
fn a_time_that_is_none_or_does_not_fit_is_refused() {
    let max = "9223372036854775807";
    check_x(Ty::Time(Milliseconds), max, Ok(Time(i64::MAX)));
    check_x(
        Ty::Time(Seconds),
        max,
        Err("expected a time in seconds, found number 9223372036854775807 (out of range)"),
    );
    check_x(
        Ty::Time(Nanoseconds),
        "9223372036854775808",
        Err("expected a time in nanoseconds, found number 9223372036854775808 (out of range)"),
    );
    check_x(Ty::Time(Milliseconds), "1.5", Err("expected a time in milliseconds, found float 1.5"));
    check_x(Ty::Time(Seconds), r#""0""#, Err(r#"expected a time in seconds, found text "0""#));
    check_x(Ty::Time(Rfc3339), "0", Err("expected an RFC 3339 time, found number 0"));
    for source in [r#""2026-01-01T00:00:00""#, r#""2026-13-01T00:00:00Z""#, r#""today""#] {
        check_x(Ty::Time(Rfc3339), source, Err(&format!("expected an RFC 3339 time, found text {source}")));
    }
}

#[test]
fn an_rfc_3339_time_is_one_by_the_grammar_whatever_a_library_would_take() {
    for (text, ms) in [
        ("2026-01-01T05:45:00+05:45", 1_767_225_600_000),
        ("2026-01-01t00:00:00z", 1_767_225_600_000),
        ("2026-01-01 00:00:00-00:00", 1_767_225_600_000),
        ("2026-01-01T00:00:00.1234567891Z", 1_767_225_600_123),
        ("2016-12-31T23:59:59.9999Z", 1_483_228_799_999),
        ("2016-12-31T23:59:60.1Z", 1_483_228_799_999),
        ("2017-01-01T01:59:60+02:00", 1_483_228_799_999),
        ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
        ("0000-01-01T00:00:00Z", -62_167_219_200_000),
    ] {
        check_x(Ty::Time(Rfc3339), &format!("\"{text}\""), Ok(Time(ms)));
    }
    for text in [
        "2026-06-15T12:30:60Z",
        "2016-12-31T23:59:60+02:00",
        "20260101T000000Z",
        "2026-01-01T00:00:00,5Z",
        "2026-01-01T00:00:00.Z",
        "2026-01-01T00:00:00+0100",
        "2026-01-01T00:00:00+00",
        "2026-01-01T00:00:00+25:59",
        "2026-01-01T00:00:00+24:00",
        "2026-01-01T00:00Z",
        "2026-01-01T24:00:00Z",
        "2026-02-29T00:00:00Z",
        "2026-01-01T00:00:00+01:00[Europe/Berlin]",
        "2026-01-01T00:00:00Z[u-ca=hebrew]",
        " 2026-01-01T00:00:00Z",
        "2026-01-01T00:00:00Z ",
        "-000001-01-01T00:00:00Z",
        "10000-01-01T00:00:00Z",
        "2026-W01-1T00:00:00Z",
        "2026-001T00:00:00Z",
    ] {
        let source = format!("\"{text}\"");
        let shown =
            if source.chars().count() > 40 { format!("{}…", &source[..40]) } else { source.clone() };
        check_x(Ty::Time(Rfc3339), &source, Err(&format!("expected an RFC 3339 time, found text {shown}")));
    }
}

#[test]
fn null_and_absent_are_the_same() {
    let missing = Err("missing field `b`");
    for (value, required) in [(r#"{"a":1}"#, missing), (r#"{"b":null,"a":1}"#, missing)] {
        check(&[field("a", Ty::Int), field("b", Ty::Int)], value, required);
        check(&[field("a", Ty::Int), optional("b", Ty::Int)], value, Ok(&[Some(Int(1)), None]));
    }
    check(&[optional("b", Ty::Text)], "{}", Ok(&[None]));
    check(&[], " \t\r\n{ } \n", Ok(&[]));
}

#[test]
fn a_path_leads_through_objects() {
    let fields = [field("a.b", Ty::Int), optional("a.c.d", Ty::Text), optional("e", Ty::Int)];
    let all = r#"{"z":{"b":9},"a":{"x":[{"b":8}],"b":1,"c":{"d":"t","e":7}},"b":6,"e":2}"#;
    check(&fields, all, Ok(&[Some(Int(1)), Some(Text("t")), Some(Int(2))]));
    check(&fields, r#"{"a":{"b":1}}"#, Ok(&[Some(Int(1)), None, None]));
    check(&fields, r#"{"a":{"b":1,"c":null}}"#, Ok(&[Some(Int(1)), None, None]));
    check(&fields, r#"{"a":{"b":1,"c":{}}}"#, Ok(&[Some(Int(1)), None, None]));
    check(&fields, "{}", Err("missing field `a.b`"));
    check(&fields, r#"{"a":null}"#, Err("missing field `a.b`"));
    check(&fields, r#"{"a":{}}"#, Err("missing field `a.b`"));
    check(&fields, r#"{"a":5}"#, Err("field `a.b`: expected an object at `a`, found number 5"));
    check(
        &fields,
        r#"{"a":[{"b":1}]}"#,
        Err(r#"field `a.b`: expected an object at `a`, found array [{"b":1}]"#),
    );
    let optional_too = r#"field `a.c.d`: expected an object at `a.c`, found text "no""#;
    check(&fields, r#"{"a":{"c":"no","b":1}}"#, Err(optional_too));
}

#[test]
fn a_place_may_hold_a_field_and_lead_to_another() {
    let fields = [optional("a", Ty::Text), optional("a.b", Ty::Int)];
    check(&fields, "{}", Ok(&[None, None]));
    check(&fields, r#"{"a":{"b":1}}"#, Err(r#"field `a`: expected a text, found object {"b":1}"#));
    check(&fields, r#"{"a":"t"}"#, Err(r#"field `a.b`: expected an object at `a`, found text "t""#));
    check(&[field("a", Ty::Int), field("a", Ty::Float)], r#"{"a":1}"#, Ok(&[Some(Int(1)), Some(Float(1.0))]));
}

#[test]
fn of_equal_names_the_last_counts_with_everything_below_it() {
    let x = [field("x", Ty::Int)];
    check(&x, r#"{"x":"no","x":1}"#, Ok(&[Some(Int(1))]));
    check(&x, r#"{"x":1,"\u0078":2}"#, Ok(&[Some(Int(2))]));
    check(&x, r#"{"x":1,"x":null}"#, Err("missing field `x`"));
    check(&x, r#"{"x":1,"x":"no"}"#, Err(r#"field `x`: expected an int, found text "no""#));
    let nested = [field("a.b", Ty::Int)];
    check(&nested, r#"{"a":{"b":1},"a":{"c":2}}"#, Err("missing field `a.b`"));
    check(&nested, r#"{"a":{"b":1},"a":null}"#, Err("missing field `a.b`"));
    check(&nested, r#"{"a":{"b":1},"a":0}"#, Err("field `a.b`: expected an object at `a`, found number 0"));
    check(&nested, r#"{"a":0,"a":{"b":"no"},"a":{"b":2}}"#, Ok(&[Some(Int(2))]));
}

#[test]
fn an_alias_counts_when_every_name_before_it_is_absent() {
    let fields = [aliased("id", &["user_id", "uid"], Ty::Text)];
    check(&fields, r#"{"uid":"3"}"#, Ok(&[Some(Text("3"))]));
    check(&fields, r#"{"uid":"3","user_id":"2"}"#, Ok(&[Some(Text("2"))]));
    check(&fields, r#"{"uid":"3","user_id":"2","id":"1"}"#, Ok(&[Some(Text("1"))]));
    check(&fields, r#"{"id":null,"uid":"3"}"#, Err("missing field `id`"));
    check(&fields, r#"{"id":7,"uid":"3"}"#, Err("field `id`: expected a text, found number 7"));
    check(&fields, r#"{"uid":7}"#, Err("field `id`: expected a text, found number 7"));
    let nested = [aliased("user.id", &["uid"], Ty::Text)];
    check(&nested, r#"{"uid":"0","user":{"uid":"1"}}"#, Ok(&[Some(Text("1"))]));
    check(&nested, r#"{"uid":"0"}"#, Err("missing field `user.id`"));
}

#[test]
fn the_first_problem_in_declaration_order_decides() {
    let fields = [field("b", Ty::Int), field("c", Ty::Int), field("a", Ty::Int)];
    check(&fields, r#"{"a":"no","c":"no"}"#, Err("missing field `b`"));
    check(&fields, r#"{"a":"no","c":"no","b":1}"#, Err(r#"field `c`: expected an int, found text "no""#));
    check(&fields, r#"{"a":"no","b":1,"c":1}"#, Err(r#"field `a`: expected an int, found text "no""#));
    // A mistake in the record as a whole takes precedence over any field.
    check(&fields, r#"{"a":"no"}}"#, Err("invalid JSON: trailing characters at line 1 column 11"));
}

#[test]
fn a_value_is_one_json_object() {
    check(&[], "", Err("empty value"));
    let mark = "invalid JSON: the value begins with a byte order mark (EF BB BF); write the file as UTF-8 without one";
    check(&[], "\u{feff}{}", Err(mark));
    check(&[], " ", Err("invalid JSON: EOF while parsing a value at line 1 column 1"));
    check(&[], "{", Err("invalid JSON: EOF while parsing an object at line 1 column 1"));
    check(&[], "{\n\"a\" 1}", Err("invalid JSON: expected `:` at line 2 column 5"));
    check(&[], "{'a':1}", Err("invalid JSON: key must be a string at line 1 column 2"));
    check(&[], r#"{"a":01}"#, Err("invalid JSON: invalid number at line 1 column 7"));
    check(&[], r#"{"a":1,}"#, Err("invalid JSON: trailing comma at line 1 column 8"));
    check(&[], "{} {}", Err("invalid JSON: trailing characters at line 1 column 4"));
    check(&[], " null ", Err("expected a JSON object, found null"));
    check(&[], "[1,2]", Err("expected a JSON object, found array [1,2]"));
    check(&[], "\"\\u0041\"\n", Err(r#"expected a JSON object, found text "\u0041""#));
    check(&[], "[1", Err("invalid JSON: EOF while parsing a list at line 1 column 2"));
}

#[test]
fn what_nobody_declared_is_read_as_thoroughly() {
    let lone = "invalid JSON: unexpected end of hex escape at line 1 column 14";
    check(
        &[],
        r#"{"x":[{"\ud800":1}]}"#,
        Err("invalid JSON: unexpected end of hex escape at line 1 column 15"),
    );
    check(&[], r#"{"x":["\ud800"]}"#, Err(lone));
    check(&[field("x", Ty::Text)], r#"{"x":["\ud800"]}"#, Err(lone));
    check(
        &[],
        "{\"x\":\"\n\"}",
        Err(
            "invalid JSON: control character (\\u0000-\\u001F) found while parsing a string at line 2 column 0",
        ),
    );
}

#[test]
fn depth_is_limited_wherever_it_is() {
    let nested = |levels: usize| format!(r#"{{"x":{}{}}}"#, "[".repeat(levels), "]".repeat(levels));
    let reason = "invalid JSON: recursion limit exceeded at line 1 column 132";
    for fields in [vec![], vec![optional("x.y", Ty::Int)], vec![optional("y", Ty::Int)]] {
        check(&fields, &nested(127), Err(reason));
        check(&fields, &nested(1_000), Err(reason));
    }
    check(&[optional("y", Ty::Int)], &nested(126), Ok(&[None]));
}

#[test]
fn invalid_utf8_is_named_by_its_byte_wherever_it_is() {
    let fields = input(vec![optional("y", Ty::Text)]);
    for (value, at) in [
        (&b"\xff"[..], 0),
        (b"{\"x\":\"\xc3\"}", 6),
        (b"{\"y\":\"\xed\xa0\x80\"}", 6),
        (b"{\"\xc0\xaf\":1}", 2),
        (b"{}\xf0\x9f", 2),
        (b"not JSON, \x80", 10),
    ] {
        check_record(&fields, (None, Some(value)), Err(&format!("invalid UTF-8 at byte {at}")));
    }
}

#[test]
fn values_in_reasons_are_short_and_printable() {
    let long = format!("\"{}\"", "é".repeat(50));
    check_x(Ty::Int, &long, Err(&format!("expected an int, found text \"{}…", "é".repeat(39))));
    let forty = format!("\"{}\"", "é".repeat(38));
    check_x(Ty::Int, &forty, Err(&format!("expected an int, found text {forty}")));
    check_x(Ty::Int, "[1,\n\t2]", Err("expected an int, found array [1,\\n\\t2]"));
    check_x(Ty::Int, "\"a\u{202e}b\u{7f}\"", Err("expected an int, found text \"a\\u{202e}b\\u{7f}\""));
    check_x(Ty::Int, r#""\n""#, Err(r#"expected an int, found text "\n""#));
}

#[test]
fn a_record_at_the_limit_passes_and_a_longer_one_is_refused() {
    let fits = format!("{{}}{}", " ".repeat(RECORD_BYTES_MAX - 5));
    check_record(&input(vec![]), (Some(b"key"), Some(fits.as_bytes())), Ok((1_000, &[])));
    let reason = "record of 10001 bytes is longer than limits.record_bytes_max (10000)";
    check_record(&input(vec![]), (Some(b"key!"), Some(fits.as_bytes())), Err(reason));
    check_record(&input(vec![]), (None, Some(&[0xff; RECORD_BYTES_MAX + 1])), Err(reason));
}

#[test]
fn no_value_is_a_deletion_in_a_changelog_only() {
    let plain = Input {
        event_time: Some(2),
        ..input(vec![key("id", Ty::Text), field("name", Ty::Text), field("at", Ty::Time(Milliseconds))])
    };
    let changelog = Input { changelog: true, ..plain.clone() };
    check_record(&plain, (Some(b"u1"), None), Err("no value (a deletion) in a topic that is no changelog"));
    check_record(&changelog, (Some(b"u1"), None), Ok((1_000, &[Some(Text("u1")), None, None])));
    check_record(&changelog, (None, None), Err("missing field `id`: the record has no key"));
    check_record(&changelog, (Some(b"u1"), Some(b"")), Err("empty value"));
    let value = br#"{"name":"n","at":5}"#;
    check_record(
        &changelog,
        (Some(b"u1"), Some(value)),
        Ok((5, &[Some(Text("u1")), Some(Text("n")), Some(Time(5))])),
    );
}

#[test]
fn nothing_of_one_record_is_left_in_the_next() {
    let changelog =
        Input { changelog: true, ..input(vec![optional("a.b", Ty::Text), optional("c", Ty::Blob)]) };
    let values: [Option<&[u8]>; 6] = [
        Some(br#"{"a":{"b":"o\u006ee"},"c":"AAAA"}"#),
        Some(b"{}"),
        Some(br#"{"a":{"b":"two"},"c":"////"}"#),
        None,
        Some(br#"{"a":{"b":"thr\u0065e"},"c":5}"#),
        Some(br#"{"a":{}}"#),
    ];
    let decoded = decode(&changelog, &batch(values.map(|value| (None, value))));
    let column = |at: usize| -> Vec<_> { (0..5).map(|row| decoded.events.columns[at].get(row)).collect() };
    assert_eq!(column(0), [Some(Text("one")), None, Some(Text("two")), None, None]);
    assert_eq!(column(1), [Some(Blob(&[0; 3])), None, Some(Blob(&[0xff; 3])), None, None]);
    assert_eq!(decoded.dead.len(), 1);
}

#[test]
fn a_key_is_read_as_a_whole() {
    let check_key = |ty, bytes: &[u8], want: Result<ValueRef<'_>, &str>| {
        let record = (Some(bytes), Some(&b"{}"[..]));
        let reason = want.err().map(|reason| format!("field `k`: {reason}")).unwrap_or_default();
        let values = want.ok().map(|value| [Some(value)]);
        let want = values.as_ref().map(|values| (1_000, &values[..])).ok_or(reason.as_str());
        check_record(&input(vec![key("k", ty)]), record, want);
    };
    check_key(Ty::Text, b"", Ok(Text("")));
    check_key(Ty::Text, "\"ü".as_bytes(), Ok(Text("\"ü")));
    check_key(Ty::Text, b"a\xff", Err(r"expected a text, found key a\xff (invalid UTF-8)"));
    check_key(Ty::Blob, b"a\xff", Ok(Blob(b"a\xff")));
    check_key(Ty::Boolean, b"true", Ok(Boolean(true)));
    check_key(Ty::Boolean, b"True", Err("expected a boolean, found key True"));
    check_key(Ty::Int, b"-12", Ok(Int(-12)));
    check_key(Ty::Int, b"0", Ok(Int(0)));
    for text in ["", "-", "+1", "01", "-01", " 1", "1 ", "1.0", "9223372036854775808", "0x1", "٣"] {
        check_key(Ty::Int, text.as_bytes(), Err(&format!("expected an int, found key {text}")));
    }
    check_key(Ty::Float, b"-1.5e2", Ok(Float(-150.0)));
    check_key(Ty::Float, b"7", Ok(Float(7.0)));
    for text in ["", " 1", "1 ", "inf", "NaN", "1e999", ".5", "1."] {
        check_key(Ty::Float, text.as_bytes(), Err(&format!("expected a number, found key {text}")));
    }
    check_key(Ty::Time(Seconds), b"2", Ok(Time(2_000)));
    check_key(Ty::Time(Rfc3339), b"1970-01-01T00:00:01Z", Ok(Time(1_000)));
    check_key(Ty::Time(Rfc3339), b"1970", Err("expected an RFC 3339 time, found key 1970"));
    let missing = "missing field `k`: the record has no key";
    check_record(&input(vec![key("k", Ty::Blob)]), (None, Some(b"{}")), Err(missing));
    let spared = input(vec![Field { required: false, ..key("k", Ty::Int) }]);
    check_record(&spared, (None, Some(b"{}")), Ok((1_000, &[None])));
}

#[test]
fn the_event_time_is_the_declared_field_or_else_the_records_own() {
    let at = |ty, value: &[u8], time_ms, column| {
        let input = Input { event_time: Some(0), ..input(vec![optional("at", ty)]) };
        check_record(&input, (None, Some(value)), Ok((time_ms, &[column])));
    };
    at(Ty::Time(Seconds), br#"{"at":3}"#, 3_000, Some(Time(3_000)));
    at(Ty::Int, br#"{"at":3}"#, 3, Some(Int(3)));
    at(Ty::Time(Seconds), b"{}", 1_000, None);
    check_record(
        &input(vec![field("at", Ty::Time(Seconds))]),
        (None, Some(br#"{"at":3}"#)),
        Ok((1_000, &[Some(Time(3_000))])),
    );
}

#[test]
fn dead_letters_leave_gaps_in_the_offsets() {
    let records = batch([b"{}".as_slice(), b"", b"{}", b"[]"].map(|value| (None, Some(value))));
    let decoded = decode(&input(vec![]), &records);
    assert_eq!((decoded.events.input, decoded.events.partition), (7, 3));
    assert_eq!(decoded.events.offsets, [10, 14]);
    assert_eq!(decoded.events.times_ms, [1_000, 1_002]);
    assert_eq!(decoded.dead.iter().map(|dead| dead.offset).collect::<Vec<_>>(), [12, 16]);
}
