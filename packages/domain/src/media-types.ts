/*
 * Media types of manifests.
 * Sources: OCI image specification 1.1, "Media Types"; Docker image manifest v2, schemas 1 and 2.
 */
export const OCI_INDEX = 'application/vnd.oci.image.index.v1+json';
export const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const DOCKER_LIST = 'application/vnd.docker.distribution.manifest.list.v2+json';
export const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
export const SCHEMA1 = 'application/vnd.docker.distribution.manifest.v1+json';
export const SCHEMA1_SIGNED = 'application/vnd.docker.distribution.manifest.v1+prettyjws';

/** All types that distribution can serve (registry/storage/manifeststore.go). */
export const SERVED_TYPES: readonly string[] = [
  OCI_INDEX,
  OCI_MANIFEST,
  DOCKER_LIST,
  DOCKER_MANIFEST,
];

/** The types that name other manifests. Registries never convert another manifest into one of them. */
export const INDEX_TYPES: readonly string[] = [OCI_INDEX, DOCKER_LIST];
