//! Credentials that are committed, baked into an image, or written where everybody reads.

mod candidate;
pub(crate) mod dockerfile_secret_build_arg;
pub(crate) mod dockerfile_secret_literal;
pub(crate) mod hardcoded_secret;
pub(crate) mod password_in_dsn;
pub(crate) mod private_key_committed;
pub(crate) mod provider_token_committed;
pub(crate) mod secret_env_literal;
pub(crate) mod secret_file_in_image;
pub(crate) mod secret_in_configmap;
pub(crate) mod secret_literal_in_call;
pub(crate) mod secret_manifest_in_clear;
pub(crate) mod secret_read_from_env;
pub(crate) mod values_default_secret;
