//! Effective builds of small repositories.
