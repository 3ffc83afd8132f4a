import tls from 'node:tls';

const contexts = new Map<string, tls.SecureContext>();

/**
 * The TLS context that trusts the system's authorities, those of NODE_EXTRA_CA_CERTS and `ca`
 * (PEM, may hold several, may be empty). Made once for each `ca` and kept: parsing the system's
 * certificates for each connection would cost milliseconds and megabytes.
 */
export function trustContext(ca: string): tls.SecureContext {
  const known = contexts.get(ca);
  if (known !== undefined) return known;
  const system = tls.getCACertificates('system');
  // A machine without a certificate store still gets Node's own.
  const roots = system.length > 0 ? system : tls.getCACertificates('bundled');
  const context = tls.createSecureContext({
    ca: [...roots, ...tls.getCACertificates('extra'), ...(ca === '' ? [] : [ca])],
  });
  contexts.set(ca, context);
  return context;
}
