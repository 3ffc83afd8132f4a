const TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.docker.distribution.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v1+prettyjws',
  '*/*',
];

/**
 * Which kinds of manifest an Accept header takes, as a short text: clients list the same in any
 * order, and registries answer 404 for a manifest of a kind that is not accepted.
 */
export function acceptClass(accept: string | undefined): string {
  if (accept === undefined) return '';
  const given = new Set(accept.split(',').map((type) => type.split(';')[0]?.trim().toLowerCase()));
  return TYPES.map((type) => (given.has(type) ? '1' : '0')).join('');
}
