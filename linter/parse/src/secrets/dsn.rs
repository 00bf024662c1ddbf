//! Connection strings that carry a password: URLs, Go MySQL data source names, libpq keyword
//! strings and ADO strings.

use std::ops::Range;

use goready_model::SecretForm;

use super::{
    detect::{Found, window},
    prefilter::Hit,
    shape,
    words::words,
};

/// Longest connection string that is looked at.
const MAX_DSN: usize = 512;

/// URL schemes whose user part is a credential, with the name people use.
const SCHEMES: &[(&str, &str)] = &[
    ("postgres", "PostgreSQL"),
    ("postgresql", "PostgreSQL"),
    ("cockroachdb", "CockroachDB"),
    ("mysql", "MySQL"),
    ("mariadb", "MariaDB"),
    ("mongodb", "MongoDB"),
    ("redis", "Redis"),
    ("rediss", "Redis"),
    ("amqp", "AMQP"),
    ("amqps", "AMQP"),
    ("nats", "NATS"),
    ("clickhouse", "ClickHouse"),
    ("sqlserver", "SQL Server"),
    ("mssql", "SQL Server"),
    ("ldap", "LDAP"),
    ("ldaps", "LDAP"),
    ("smtp", "SMTP"),
    ("smtps", "SMTP"),
    ("mqtt", "MQTT"),
    ("mqtts", "MQTT"),
    ("ftp", "FTP"),
    ("http", "HTTP"),
    ("https", "HTTP"),
];

/// The password of a URL; `hit` is its `://`.
pub(super) fn find_url(text: &str, hit: Hit) -> Option<Found> {
    let scheme = scheme_before(text, hit.start)?;
    let rest = window(text, hit.end, MAX_DSN);
    let end =
        rest.find(|it: char| it.is_whitespace() || "\"'`\\/?#".contains(it)).unwrap_or(rest.len());
    let (credentials, host) = rest.get(..end)?.rsplit_once('@')?;
    let (user, password) = credentials.split_once(':')?;
    let start = hit.end + user.len() + 1;
    judge(text, start..start + password.len(), scheme, user, host)
}

fn scheme_before(text: &str, end: usize) -> Option<&'static str> {
    let bytes = text.get(..end)?.as_bytes();
    let length = bytes
        .iter()
        .rev()
        .take(24)
        .take_while(|it| it.is_ascii_alphanumeric() || b"+-.".contains(it))
        .count();
    let scheme = text.get(end - length..end)?.to_ascii_lowercase();
    // `postgresql+asyncpg`, `mongodb+srv`.
    let base = scheme.split('+').next().unwrap_or(&scheme);
    SCHEMES.iter().find(|(name, _)| *name == base).map(|(_, shown)| *shown)
}

/// The password of `user:password@tcp(host:port)/db`; `hit` starts at its `@`.
pub(super) fn find_mysql(text: &str, hit: Hit) -> Option<Found> {
    let before = text.get(..hit.start)?;
    let length = before
        .bytes()
        .rev()
        .take(MAX_DSN)
        .take_while(|it| !it.is_ascii_whitespace() && !b"\"'`=\\,;".contains(it))
        .count();
    let start = hit.start - length;
    let credentials = text.get(start..hit.start)?;
    // `mysql://user:password@tcp(...)`: the URL form finds it.
    if credentials.contains("://") {
        return None;
    }
    let (user, _) = credentials.split_once(':')?;
    let host = window(text, hit.end, MAX_DSN).split_once(')').map(|(host, _)| host)?;
    if user.is_empty() || host.contains(char::is_whitespace) {
        return None;
    }
    let start = start + user.len() + 1;
    judge(text, start..hit.start, "MySQL", user, host)
}

/// The password of `host=h user=u password=p` or `Server=h;User Id=u;Password=p`; `hit` is the
/// word of a password key.
pub(super) fn find_keyword(text: &str, hit: Hit) -> Option<Found> {
    let (key_start, key_end) = word_around(text, hit)?;
    let key = text.get(key_start..key_end)?.to_ascii_lowercase();
    if !matches!(key.as_str(), "password" | "pwd" | "pass") {
        return None;
    }
    let before = key_start.checked_sub(1).and_then(|it| text.as_bytes().get(it).copied());
    if !before.is_some_and(|it| b" \"'`;&?".contains(&it)) {
        return None;
    }
    let value = window(text, key_end, MAX_DSN).strip_prefix('=')?;
    let end =
        value.find(|it: char| it.is_whitespace() || "\"'`;&\\".contains(it)).unwrap_or(value.len());
    let literal = literal_around(text, key_start);
    let setting = |names: &[&str]| names.iter().find_map(|it| setting(literal, it));
    let host = setting(&["host", "hostaddr", "server", "data source", "addr", "endpoint"]);
    let database = setting(&["dbname", "database", "initial catalog"]);
    let user = setting(&["user id", "username", "user", "uid"]);
    let evidence = [host, database, user].iter().flatten().count();
    if evidence < 2 {
        return None;
    }
    let scheme = if literal.contains(';') { "ADO" } else { "libpq" };
    let start = key_end + 1;
    judge(text, start..start + end, scheme, user.unwrap_or_default(), host.unwrap_or_default())
}

fn word_around(text: &str, hit: Hit) -> Option<(usize, usize)> {
    let word = |it: &u8| it.is_ascii_alphanumeric() || *it == b'_';
    let bytes = text.as_bytes();
    let before = bytes.get(..hit.start)?.iter().rev().take_while(|it| word(it)).count();
    let after = bytes.get(hit.start..)?.iter().take_while(|it| word(it)).count();
    Some((hit.start - before, hit.start + after))
}

/// The text between the quotes or line ends around an offset.
fn literal_around(text: &str, at: usize) -> &str {
    let bytes = text.as_bytes();
    let ends = |it: &u8| b"\"`\n\r".contains(it);
    let start = at.saturating_sub(MAX_DSN);
    let before = bytes.get(start..at).unwrap_or_default();
    let start = before.iter().rposition(ends).map_or(start, |it| start + it + 1);
    let after = bytes.get(at..).unwrap_or_default().iter().take(MAX_DSN).take_while(|it| !ends(it));
    text.get(start..at + after.count()).unwrap_or_default()
}

/// The value of a key in a keyword string, keys compared without case.
fn setting<'t>(literal: &'t str, key: &str) -> Option<&'t str> {
    let lower = literal.to_ascii_lowercase();
    lower.match_indices(key).find_map(|(at, _)| {
        let before = at.checked_sub(1).and_then(|it| lower.as_bytes().get(it));
        if before.is_some_and(|it| it.is_ascii_alphanumeric() || *it == b'_') {
            return None;
        }
        let value = literal.get(at + key.len()..)?.trim_start().strip_prefix('=')?.trim_start();
        let end = value.find(|it: char| it.is_whitespace() || ";&'\"".contains(it));
        value.get(..end.unwrap_or(value.len()))
    })
}

fn judge(
    text: &str,
    password: Range<usize>,
    scheme: &str,
    user: &str,
    host: &str,
) -> Option<Found> {
    let value = text.get(password.clone())?;
    let host = host.split_once('(').map_or(host, |(_, it)| it.trim_end_matches(')'));
    let word = shape::is_development_word(value);
    let refused = value.is_empty()
        || shape::is_reference(value)
        || shape::is_reference(user)
        || value.contains(['{', '}', '<', '>', '[', ']'])
        || user.contains(['{', '<', '['])
        || (shape::is_placeholder(value) && !word)
        || is_documentation(user, value, host);
    if refused {
        return None;
    }
    let form = SecretForm::Dsn {
        scheme: scheme.to_owned(),
        user: user.to_owned(),
        host: host.to_owned(),
        development_word: shape::is_development(user, value),
        local_host: is_local(host),
    };
    Some(Found::new(password, form, value))
}

/// `user:password@host` and its kin: a form, not a connection.
fn is_documentation(user: &str, password: &str, host: &str) -> bool {
    let is = |it: &str, list: &[&str]| list.iter().any(|word| it.eq_ignore_ascii_case(word));
    let bare = bare_host(host);
    // `db_user` is as good as `user`.
    let last = |it: &str| it.rsplit('_').next().unwrap_or_default().to_owned();
    let generic_user =
        is(&last(user), &["user", "username", "usr", "name", "login", "me", "u", "foo"]);
    let generic_password =
        is(&last(password), &["password", "pass", "passwd", "pwd", "pw", "p", "secret", "bar"]);
    // `mysql-host:port`.
    let shows_port = host.rsplit_once(':').is_some_and(|(_, it)| it.eq_ignore_ascii_case("port"));
    let form = shows_port
        || is_word_for_host(bare)
        || words().placeholder_hosts.iter().any(|it| bare.eq_ignore_ascii_case(it))
        || bare.contains("example.")
        || bare.is_empty()
        || bare.contains(['[', '{', '<', '$', '%']);
    (generic_user && generic_password && form) || (form && shape::is_reference(host)) || {
        // `u:p@h`.
        user.len() == 1 && password.len() == 1
    }
}

/// `db_host_or_ip`, `your-host`: what to write there, not a name.
fn is_word_for_host(host: &str) -> bool {
    const HEADS: [&str; 4] = ["host", "hostname", "ip", "address"];
    const OTHERS: [&str; 6] = ["db", "database", "my", "or", "server", "your"];
    let words: Vec<&str> = host.split(['_', '-']).collect();
    words.len() > 1
        && words.iter().any(|it| HEADS.contains(it))
        && words.iter().all(|it| HEADS.contains(it) || OTHERS.contains(it))
}

/// Whether the pair says nothing but `user` and `password`: in prose it is an illustration.
pub(super) fn is_generic_pair(user: &str, development_word: bool) -> bool {
    development_word
        && ["user", "username", "name", "foo", "bob", "alice", "me"]
            .iter()
            .any(|it| user.eq_ignore_ascii_case(it))
}

/// Without port.
fn bare_host(host: &str) -> &str {
    match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(rest),
        None => host.split([':', ',']).next().unwrap_or(host),
    }
}

fn is_local(host: &str) -> bool {
    let bare = bare_host(host);
    words().local_hosts.iter().any(|it| bare.eq_ignore_ascii_case(it)) || host.starts_with('/')
}

#[cfg(test)]
mod tests {
    use goready_model::SecretForm;

    use super::super::detect::find;
    use super::super::prefilter::hits;

    /// Password, user, host and whether the host is local.
    fn dsn(text: &str) -> Option<(String, String, String, bool)> {
        find(text, &hits(text)).into_iter().find_map(|it| match it.form {
            SecretForm::Dsn { user, host, local_host, .. } => {
                Some((text[it.range].to_owned(), user, host, local_host))
            }
            _ => None,
        })
    }

    #[test]
    fn every_form_gives_its_password_user_and_host() {
        for (text, password, user, host, local) in [
            (
                "\"postgres://app:k3Wm9xQz@db.prod:5432/app\"",
                "k3Wm9xQz",
                "app",
                "db.prod:5432",
                false,
            ),
            ("url: redis://:k3Wm9xQz@localhost:6379/0", "k3Wm9xQz", "", "localhost:6379", true),
            ("mongodb+srv://a:k3Wm9xQz@c0.mongodb.net/x", "k3Wm9xQz", "a", "c0.mongodb.net", false),
            ("postgres://user:myAw3Om@w0rd@db:5432/db", "myAw3Om@w0rd", "user", "db:5432", false),
            (
                "source: root:dangerous@tcp(127.0.0.1:3306)/x",
                "dangerous",
                "root",
                "127.0.0.1:3306",
                true,
            ),
            ("x = \"mysql://a:b_pass@tcp(mysql:3306)/a\"", "b_pass", "a", "mysql:3306", false),
            ("\"host=db user=app password=k3Wm9xQz dbname=x\"", "k3Wm9xQz", "app", "db", false),
            ("\"Server=sql1;User Id=sa;Password=k3Wm9xQz;\"", "k3Wm9xQz", "sa", "sql1", false),
        ] {
            let expected = (password.to_owned(), user.to_owned(), host.to_owned(), local);
            assert_eq!(dsn(text), Some(expected), "{text}");
        }
    }

    #[test]
    fn references_placeholders_and_forms_are_no_passwords() {
        for text in [
            "postgres://app:${PASSWORD}@db/app",
            "postgres://app:$(PASSWORD)@db/app",
            "postgres://app:{{ .Values.password }}@db/app",
            "\"postgres://%s:%s@%s/%s\"",
            "postgres://app:<password>@db/app",
            "postgres://app:***@db/app",
            "postgres://app@db/app",
            "postgres://app:@db/app",
            "redis://[USER[:PASSWORD]@]HOST[:PORT]",
            "mysql://[username[:password]@][protocol[(address)]]/dbname",
            "https://user:password@example.com/x",
            "https://pkg.go.dev/a@v1.2.3",
            "http://localhost:8080/x",
            "Host=${H};Username=a;Password=${P};Database=d",
            "\"password=\" + escape(token)",
            "mysql -u root --password=x",
            "DB_PASSWORD=k3Wm9xQz",
            "root:${P}@tcp(db:3306)/x",
        ] {
            assert_eq!(dsn(text), None, "{text}");
        }
    }
}
