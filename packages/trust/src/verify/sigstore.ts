/*
 * Sigstore's libraries. They take some megabytes of memory, so this file is only loaded by
 * `import()`. It is a module of its own, since they are CommonJS: a bundler gives the result of
 * their own `import()` no names.
 */
export { bundleFromJSON } from '@sigstore/bundle';
export { TrustedRoot } from '@sigstore/protobuf-specs';
export { toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify';
