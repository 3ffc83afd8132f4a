const SCHEME = /^(?:docker|https?):\/\//i;
const REQUEST =
  /^(?<host>[^/]*)\/v2\/(?<name>[^?]+)\/(?:manifests|blobs)\/(?<reference>[^/?]+)(?:\?(?<query>.*))?$/s;

/**
 * The URL or path of a request in the form of a reference: `/v2/team/app/manifests/v1?ns=quay.io` is
 * `quay.io/team/app:v1`. Only the scheme is taken from any other text.
 */
export function unfoldUrl(text: string): string {
  const bare = text.replace(SCHEME, '');
  const { host = '', name, reference = '', query } = REQUEST.exec(bare)?.groups ?? {};
  if (name === undefined) return bare;
  const registry = new URLSearchParams(query).get('ns') ?? host;
  // Some clients escape the colon of a digest.
  const part = reference.replace(/%3a/i, ':');
  const image = registry === '' ? name : `${registry}/${name}`;
  return `${image}${part.includes(':') ? '@' : ':'}${part}`;
}
