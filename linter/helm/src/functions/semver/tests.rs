//! Versions and constraints, against what Masterminds/semver answers.

use crate::{
    functions::arguments::testing::{call, print, s},
    value::{Data, Value},
};

#[test]
fn versions_are_read_leniently() {
    let table = [
        ("1.2.3", "1.2.3"),
        ("v1.2", "1.2.0"),
        ("1", "1.0.0"),
        ("01.2.3", "1.2.3"),
        ("1.2.3-beta.1+meta", "1.2.3-beta.1+meta"),
        ("1.2-rc", "1.2.0-rc"),
        ("1+x", "1.0.0+x"),
        ("1.2.3-x.7.z.92", "1.2.3-x.7.z.92"),
    ];
    for (text, expected) in table {
        assert_eq!(print("semver", &[s(text)]), expected, "{text:?}");
    }
    for text in ["", "bad", "1.2.3.4", " 1.2.3", "1.2.3-", "1.", "1.2.3+", "V1", "1.2.3-a..b"] {
        assert_eq!(call("semver", &[s(text)]).unwrap_err(), "invalid semantic version", "{text:?}");
    }
    assert_eq!(call("semver", &[s("1.2.3-01")]).unwrap_err(), "version segment starts with 0");
    assert_eq!(
        call("semver", &[s("99999999999999999999.0.0")]).unwrap_err(),
        "error parsing version segment: strconv.ParseUint: parsing \"99999999999999999999\": value \
         out of range"
    );
    let long = "1".repeat(257);
    assert_eq!(
        call("semver", &[s(&long)]).unwrap_err(),
        "version string is too long (max 256 bytes)"
    );
}

/// Calls a method of `semver version`.
fn method(version: &str, name: &str, args: &[Value]) -> String {
    let value = call("semver", &[s(version)]).unwrap();
    let Data::Object(object) = value.data else { panic!("{version} is no object") };
    match object.call(name, args) {
        Some(Ok(value)) => print("toString", &[value]),
        Some(Err(error)) => error,
        None => "no such method".to_owned(),
    }
}

#[test]
fn versions_have_methods() {
    let version = "v1.2.3-beta.1+meta";
    let table = [
        ("Major", "1"),
        ("Minor", "2"),
        ("Patch", "3"),
        ("Prerelease", "beta.1"),
        ("Metadata", "meta"),
        ("Original", version),
        ("String", "1.2.3-beta.1+meta"),
        ("IncPatch", "1.2.3"),
        ("IncMinor", "1.3.0"),
        ("IncMajor", "2.0.0"),
        ("Nope", "no such method"),
    ];
    for (name, expected) in table {
        assert_eq!(method(version, name, &[]), expected, "{name}");
    }
    assert_eq!(method("1.2.3", "IncPatch", &[]), "1.2.4");
    assert_eq!(method("1.2.3", "SetPrerelease", &[s("rc.1")]), "1.2.3-rc.1");
    assert_eq!(method("1.2.3", "SetPrerelease", &[s("a_b")]), "invalid prerelease string");
    assert_eq!(method("1.2.3", "SetMetadata", &[s("m")]), "1.2.3+m");
    let other = call("semver", &[s("1.2.4")]).unwrap();
    assert_eq!(method("1.2.3", "Compare", std::slice::from_ref(&other)), "-1");
    assert_eq!(method("1.2.3", "LessThan", std::slice::from_ref(&other)), "true");
    assert_eq!(method("1.2.4+x", "Equal", std::slice::from_ref(&other)), "true");
    assert_eq!(method("1.2.3", "GreaterThan", &[other]), "false");
    assert_eq!(print("typeOf", &[call("semver", &[s("1")]).unwrap()]), "*semver.Version");
}

#[test]
fn constraints_hold_for_versions() {
    // Constraint, versions that it takes, versions that it does not take.
    let table: &[(&str, &[&str], &[&str])] = &[
        ("1.2.3", &["1.2.3", "1.2.3+a"], &["1.2.4", "1.2.3-a"]),
        ("1.2", &["1.2.0", "1.2.9"], &["1.3.0", "1.2.0-a"]),
        ("=1", &["1.0.0", "1.9.0"], &["2.0.0"]),
        ("!=1.2.3", &["1.2.4"], &["1.2.3", "1.2.4-a"]),
        ("!=1.x", &["2.0.0", "0.1.0"], &["1.0.0", "1.9.9"]),
        ("!=1.2.x", &["1.3.0"], &["1.2.0", "1.2.9"]),
        (">1.2.3", &["1.2.4", "2.0.0"], &["1.2.3"]),
        (">1.2", &["1.3.0", "2.0.0"], &["1.2.9", "1.0.0"]),
        (">1", &["2.0.0"], &["1.9.9"]),
        (">=1.2", &["1.2.0"], &["1.1.9"]),
        ("=>1.2", &["1.2.0"], &["1.1.9"]),
        ("<1.2", &["1.1.9"], &["1.2.0"]),
        ("<=1.2", &["1.2.9", "1.0.0", "0.9.0"], &["1.3.0"]),
        ("=<1", &["1.9.9"], &["2.0.0"]),
        ("~1.2.3", &["1.2.3", "1.2.9"], &["1.2.2", "1.3.0"]),
        ("~>1.2", &["1.2.0"], &["1.3.0"]),
        ("~1", &["1.9.0"], &["2.0.0"]),
        ("~*", &["0.0.1", "9.0.0"], &["1.0.0-a"]),
        ("^1.2.3", &["1.2.3", "1.9.0"], &["2.0.0", "1.2.2"]),
        ("^0.2.3", &["0.2.3", "0.2.9"], &["0.3.0", "1.0.0"]),
        ("^0.0.3", &["0.0.3"], &["0.0.4", "0.1.0"]),
        ("^0.0", &["0.0.9"], &["0.1.0"]),
        ("^0", &["0.9.0"], &["1.0.0"]),
        ("^*", &["0.0.0"], &["1.0.0", "0.0.1"]),
        ("1.2.x", &["1.2.5"], &["1.3.0"]),
        ("*", &["0.0.0", "9.9.9"], &["1.0.0-a"]),
        (">=x", &["0.0.0"], &["1.0.0-a"]),
        (">=1.2-0", &["1.2.0", "1.2.0-a", "1.25.0-gke.100"], &["1.1.0"]),
        (">=1.2.3-alpha.2", &["1.2.3-alpha.10", "1.2.3-beta"], &["1.2.3-alpha.1"]),
        (">=1.21.0-0 <1.25.0-0", &["1.24.9"], &["1.25.0-gke.100", "1.20.0"]),
        (">=1.0, <2.0", &["1.5.0"], &["2.0.0", "0.9.0"]),
        (">= 1.2 , < 3", &["2.0.0"], &["3.0.0"]),
        ("1.2 - 1.4.5", &["1.2.0", "1.4.5"], &["1.4.6", "1.1.0"]),
        ("1.2.3 - 1.3", &["1.3.9"], &["1.4.0"]),
        ("<1.0 || >=1.25", &["0.2.5", "1.25.3+k3s1"], &["1.2.0"]),
        ("v1.2", &["v1.2.3"], &["v1.3.0"]),
    ];
    for (constraint, taken, refused) in table {
        for (versions, expected) in [(taken, "true"), (refused, "false")] {
            for version in *versions {
                let found = print("semverCompare", &[s(constraint), s(version)]);
                assert_eq!(found, expected, "{constraint} {version}");
            }
        }
    }
}

#[test]
fn improper_constraints_are_refused() {
    for constraint in ["", "bad", ">=1.2.3.4", ">>1", ">=1.2<1.5", "1.2 -", "1 ||", ">", "x1y2"] {
        let part = constraint.rsplit("||").next().unwrap();
        assert_eq!(
            call("semverCompare", &[s(constraint), s("1")]).unwrap_err(),
            format!("improper constraint: {part:?}")
        );
    }
    let table = [
        ("1x", "constraint parser error"),
        ("1.2.3-01", "constraint parser error"),
        (&"1 ".repeat(300), "constraint string is too long (max 512 bytes)"),
        (&"1||".repeat(33), "too many constraint groups (max 32)"),
    ];
    for (constraint, error) in table {
        assert_eq!(call("semverCompare", &[s(constraint), s("1")]).unwrap_err(), error);
    }
    assert_eq!(
        call("semverCompare", &[s(">=1"), s("bad")]).unwrap_err(),
        "invalid semantic version"
    );
}
