//! How the API server's webhook client and a Go server judge certificates: Go 1.26 `crypto/x509`
//! (`Verify`, `VerifyHostname`) and `crypto/tls` (`X509KeyPair`).
//!
//! Left out because no certificate of a cluster has it: constraints on names that are no DNS names,
//! policies, and revocation, which Go does not look at either.

mod hostname;
mod pair;
mod signature;

pub use hostname::covers;
pub use pair::{PairFault, key_pair};

use goready_model::{Certificate, Moment};

/// Why a chain does not verify, with the certificate at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal<'c> {
    /// Nothing has the name of this one's issuer.
    UnknownAuthority(&'c Certificate),
    /// The second one has the issuer's name, but another key signed the first.
    Signature(&'c Certificate, &'c Certificate),
    /// It is signed with an algorithm that Go refuses.
    Weak(&'c Certificate),
    /// It may not sign certificates: no CA, or a key usage without `keyCertSign`.
    NotAuthority(&'c Certificate),
    /// More authorities below it than it allows.
    PathTooLong(&'c Certificate),
    /// Its name constraints forbid a name of the leaf.
    Names(&'c Certificate),
    /// Its extended key usages do not allow server authentication.
    Usage(&'c Certificate),
    /// Not yet or no longer valid.
    Date(&'c Certificate),
}

impl<'c> Refusal<'c> {
    /// The certificate to look at.
    pub fn certificate(self) -> &'c Certificate {
        match self {
            Self::Signature(_, parent) => parent,
            Self::UnknownAuthority(it)
            | Self::Weak(it)
            | Self::NotAuthority(it)
            | Self::PathTooLong(it)
            | Self::Names(it)
            | Self::Usage(it)
            | Self::Date(it) => it,
        }
    }

    /// Of several paths that fail, the one that came furthest tells most.
    fn rank(self) -> u8 {
        match self {
            Self::UnknownAuthority(_) => 0,
            Self::Signature(..) => 1,
            Self::Weak(_) => 2,
            Self::NotAuthority(_) => 3,
            Self::PathTooLong(_) | Self::Names(_) | Self::Usage(_) => 4,
            Self::Date(_) => 5,
        }
    }
}

/// Signatures that one verification may check (crypto/x509 `maxChainSignatureChecks`).
const MOST_CHECKS: usize = 100;

/// Whether a client that trusts `roots` takes `leaf` from a server that also shows
/// `intermediates`. The name is judged by [`covers`]; without `now` nothing is out of date.
pub fn verify<'c>(
    leaf: &'c Certificate,
    intermediates: &[&'c Certificate],
    roots: &[&'c Certificate],
    now: Option<Moment>,
) -> Result<(), Refusal<'c>> {
    if is_out_of_date(leaf, now) {
        return Err(Refusal::Date(leaf));
    }
    if !leaf.serves() {
        return Err(Refusal::Usage(leaf));
    }
    // A leaf that is trusted itself needs no issuer.
    if roots.iter().any(|it| it.raw == leaf.raw) {
        return Ok(());
    }
    Search { intermediates, roots, now, checks: 0 }.issuer_of(&mut vec![leaf])
}

/// Whether the clock stands outside the certificate's time.
pub fn is_out_of_date(certificate: &Certificate, now: Option<Moment>) -> bool {
    now.is_some_and(|now| now < certificate.not_before || now > certificate.not_after)
}

struct Search<'s, 'c> {
    intermediates: &'s [&'c Certificate],
    roots: &'s [&'c Certificate],
    now: Option<Moment>,
    checks: usize,
}

impl<'c> Search<'_, 'c> {
    /// Looks for a way from the last certificate of the chain to a root (`buildChains`).
    fn issuer_of(&mut self, chain: &mut Vec<&'c Certificate>) -> Result<(), Refusal<'c>> {
        let Some(child) = chain.last().copied() else { return Ok(()) };
        let mut refusal: Option<Refusal<'c>> = None;
        let (roots, intermediates) = (self.roots, self.intermediates);
        let candidates = roots.iter().map(|it| (*it, true));
        let candidates = candidates.chain(intermediates.iter().map(|it| (*it, false)));
        for (candidate, is_root) in candidates.filter(|(it, _)| it.subject == child.issuer) {
            if chain.iter().any(|it| is_same(it, candidate)) || self.checks == MOST_CHECKS {
                continue;
            }
            self.checks += 1;
            let judged = self.consider(child, candidate, chain, is_root);
            match judged {
                Ok(()) => return Ok(()),
                Err(it) if refusal.is_none_or(|other| it.rank() > other.rank()) => {
                    refusal = Some(it);
                }
                Err(_) => {}
            }
        }
        // Where an issuer was found, what stopped it tells more than that there is none.
        Err(refusal.unwrap_or(Refusal::UnknownAuthority(child)))
    }

    fn consider(
        &mut self,
        child: &'c Certificate,
        candidate: &'c Certificate,
        chain: &mut Vec<&'c Certificate>,
        is_root: bool,
    ) -> Result<(), Refusal<'c>> {
        let signs = match candidate.is_authority {
            Some(is_authority) => is_authority,
            // Before version 3 there were no constraints to say it with.
            None => candidate.version < 3 && is_root,
        };
        if !signs || candidate.signs_certificates == Some(false) {
            return Err(Refusal::NotAuthority(candidate));
        }
        if child.signature_algorithm.hash().is_some_and(|it| it.is_refused()) {
            return Err(Refusal::Weak(child));
        }
        if signature::verifies(child, &candidate.public_key) == Some(false) {
            return Err(Refusal::Signature(child, candidate));
        }
        if is_out_of_date(candidate, self.now) {
            return Err(Refusal::Date(candidate));
        }
        let below = chain.len() - 1;
        if candidate.path_length.is_some_and(|it| below > it as usize) {
            return Err(Refusal::PathTooLong(candidate));
        }
        if !candidate.serves() {
            return Err(Refusal::Usage(candidate));
        }
        if let (Some(constraints), Some(leaf)) = (&candidate.name_constraints, chain.first())
            && !leaf.dns_names.iter().all(|it| hostname::is_permitted(it, constraints))
        {
            return Err(Refusal::Names(candidate));
        }
        if is_root {
            return Ok(());
        }
        chain.push(candidate);
        let judged = self.issuer_of(chain);
        chain.pop();
        judged
    }
}

/// Go takes two certificates for one in a chain when subject, key and names are the same.
fn is_same(one: &Certificate, other: &Certificate) -> bool {
    one.subject == other.subject
        && one.public_key == other.public_key
        && one.dns_names == other.dns_names
}

#[cfg(test)]
mod tests;
