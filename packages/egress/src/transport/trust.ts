import tls from 'node:tls';
import type { ClientCertificate } from '@registry-cache/domain';

const contexts = new Map<string, tls.SecureContext>();

/**
 * The TLS context that trusts the system's authorities, those of NODE_EXTRA_CA_CERTS and `ca`
 * (PEM, may hold several, may be empty). Any certificate in `ca` is an anchor, also that of an
 * intermediate authority or of the server itself, as in Go and in docker's certs.d. Made once for
 * each `ca` and kept: parsing the system's certificates for each connection would cost
 * milliseconds and megabytes. A context with a certificate of ours is made anew.
 * Source: RFC 5280, 6.1.1 (d).
 */
export function trustContext(ca: string, shown?: ClientCertificate): tls.SecureContext {
  if (shown !== undefined) return createContext(ca, shown);
  const known = contexts.get(ca);
  if (known !== undefined) return known;
  const context = createContext(ca);
  contexts.set(ca, context);
  return context;
}

function createContext(ca: string, shown?: ClientCertificate): tls.SecureContext {
  const system = tls.getCACertificates('system');
  // A machine without a certificate store still gets Node's own.
  const roots = system.length > 0 ? system : tls.getCACertificates('bundled');
  return tls.createSecureContext({
    ca: [...roots, ...tls.getCACertificates('extra'), ...(ca === '' ? [] : [ca])],
    allowPartialTrustChain: true,
    ...shown,
  });
}
