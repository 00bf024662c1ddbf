//! Functions of URLs.

mod url;

use self::url::{Url, UserInfo};
use super::{
    Failure, Function,
    Param::{Map as Dict, String},
    arguments::{computed, derived, map, room, text},
};
use crate::{
    context::Context,
    value::{Data, Map, Value},
};

pub(super) const TABLE: &[Function] =
    &[Function::new("urlJoin", &[Dict], url_join), Function::new("urlParse", &[String], url_parse)];

fn url_parse(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let text = text(args, 0)?;
    room(cx, text.len())?;
    let url =
        Url::parse(text.bytes()).map_err(|it| Failure(format!("unable to parse url: {it}")))?;
    let origin = derived(cx, args);
    let parts = [
        ("fragment", url.fragment.clone()),
        ("host", url.host.clone()),
        ("hostname", url.hostname().to_vec()),
        ("opaque", url.opaque.clone()),
        ("path", url.path.clone()),
        ("query", url.query.clone()),
        ("scheme", url.scheme.clone()),
        ("userinfo", url.user.as_ref().map(UserInfo::print).unwrap_or_default()),
    ];
    let map = Map::new();
    for (name, part) in parts {
        map.set(name, Value::string(part).with_origin(origin));
    }
    Ok(Value::map(map).with_origin(origin))
}

fn url_join(cx: &mut Context, args: &[Value]) -> Result<Value, Failure> {
    let map = map(args, 0)?;
    let part = |name: &str| part(&map, name);
    let mut url = Url {
        scheme: part("scheme")?,
        host: part("host")?,
        path: part("path")?,
        query: part("query")?,
        opaque: part("opaque")?,
        fragment: part("fragment")?,
        ..Url::default()
    };
    let user = part("userinfo")?;
    if !user.is_empty() {
        let sample = [b"proto://", &user[..], b"@host"].concat();
        let parsed = Url::parse(&sample)
            .map_err(|it| Failure(format!("unable to parse userinfo in dict: {it}")))?;
        url.user = parsed.user;
    }
    let inputs: Vec<Value> = map.snapshot().into_iter().map(|(_, it)| it.value).collect();
    let joined = url.print();
    room(cx, joined.len())?;
    Ok(computed(cx, &inputs, Value::string(joined)))
}

/// A part of a URL in a map; empty where there is none.
fn part(map: &Map, name: &str) -> Result<Vec<u8>, Failure> {
    let Some(value) = map.get(name.as_bytes()) else { return Ok(Vec::new()) };
    match &value.data {
        Data::Text(text) => Ok(text.bytes().to_vec()),
        Data::Nil => Err(super::arguments::NIL_POINTER.into()),
        _ => Err(format!(
            "unable to parse {name} key, must be of type string, but {} found",
            value.kind()
        )
        .into()),
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        functions::arguments::testing::{call, d, i, print, s},
        value::Value,
    };

    #[test]
    fn urls_are_taken_apart() {
        let table = [
            (
                "http://u:p@h.com:8080/p/a?x=1#f",
                "map[fragment:f host:h.com:8080 hostname:h.com opaque: path:/p/a query:x=1 \
                 scheme:http userinfo:u:p]",
            ),
            (
                "HTTPS://[::1]:80/%20a%2Fb",
                "map[fragment: host:[::1]:80 hostname:::1 opaque: path:/ a/b query: scheme:https \
                 userinfo:]",
            ),
            (
                "mailto:a@b.c",
                "map[fragment: host: hostname: opaque:a@b.c path: query: scheme:mailto userinfo:]",
            ),
            (
                "/rel?q",
                "map[fragment: host: hostname: opaque: path:/rel query:q scheme: userinfo:]",
            ),
            ("", "map[fragment: host: hostname: opaque: path: query: scheme: userinfo:]"),
            (
                "postgres://a:1,b:2/db",
                "map[fragment: host:a:1,b:2 hostname:a:1,b opaque: path:/db query: \
                 scheme:postgres userinfo:]",
            ),
            (
                "http://u%40x@h",
                "map[fragment: host:h hostname:h opaque: path: query: scheme:http userinfo:u%40x]",
            ),
        ];
        for (url, expected) in table {
            assert_eq!(print("urlParse", &[s(url)]), expected, "{url:?}");
        }
    }

    #[test]
    fn urls_are_put_together() {
        let table = [
            (
                d([
                    ("scheme", s("https")),
                    ("host", s("h")),
                    ("path", s("/p q")),
                    ("query", s("a=b")),
                    ("fragment", s("f g")),
                ]),
                "https://h/p%20q?a=b#f%20g",
            ),
            (d([("host", s("h")), ("path", s("p"))]), "//h/p"),
            (d([("path", s("a:b"))]), "./a:b"),
            (d([("scheme", s("mailto")), ("opaque", s("a@b"))]), "mailto:a@b"),
            (d([("scheme", s("http")), ("host", s("h")), ("userinfo", s("u:p"))]), "http://u:p@h"),
            (d([]), ""),
        ];
        for (parts, expected) in table {
            assert_eq!(print("urlJoin", &[parts]), expected);
        }
        for url in ["http://a:1/b?c#d", "https://u@h/x%20y", "/a/b", "mailto:x"] {
            let parsed = call("urlParse", &[s(url)]).unwrap();
            assert_eq!(print("urlJoin", &[parsed]), url);
        }
    }

    #[test]
    fn bad_urls_are_refused_in_the_words_of_go() {
        let table = [
            (":x", "\":x\": missing protocol scheme"),
            ("a:b/c d%zz", ""),
            ("1a:b", "\"1a:b\": first path segment in URL cannot contain colon"),
            ("http://h:x/", "\"http://h:x/\": invalid port \":x\" after host"),
            ("http://a:1:2/", "\"http://a:1:2/\": invalid port \":1:2\" after host"),
            ("http://[::1/", "\"http://[::1/\": missing ']' in host"),
            ("http://[1.2.3.4]/", "\"http://[1.2.3.4]/\": invalid IP-literal"),
            ("http://h/%zz", "\"http://h/%zz\": invalid URL escape \"%zz\""),
            ("http://h /", "\"http://h /\": invalid character \" \" in host name"),
            ("http://u v@h", "\"http://u v@h\": net/url: invalid userinfo"),
            ("a\u{7f}", "\"a\\x7f\": net/url: invalid control character in URL"),
            ("http://h/#%z", "\"http://h/#%z\": invalid URL escape \"%z\""),
        ];
        for (url, why) in table {
            let result = call("urlParse", &[s(url)]);
            match why {
                "" => assert!(result.is_ok(), "{url:?}"),
                why => assert_eq!(
                    result.unwrap_err(),
                    format!("unable to parse url: parse {why}"),
                    "{url:?}"
                ),
            }
        }
        assert_eq!(
            call("urlJoin", &[d([("scheme", i(1))])]).unwrap_err(),
            "unable to parse scheme key, must be of type string, but int found"
        );
        assert!(call("urlJoin", &[d([("scheme", Value::nil())])]).is_err());
    }
}
