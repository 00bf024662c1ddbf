//! YAML as Helm reads and writes it: sigs.k8s.io/yaml, which is go.yaml.in/yaml/v2 with a detour
//! over JSON.
//!
//! The rest of goready reads manifests with goready-yaml, which forgives and goes on. Here only
//! what Helm itself makes of the text counts: its errors become values of templates (`fromYaml`),
//! and one that it finds where others find none ends the render.

mod read;
mod write;

pub(crate) use self::{
    read::{read_list, read_map, read_values},
    write::{write, write_pretty},
};
