//! The containerd shim of wasmpod, to come. See README.md for what it will be.
