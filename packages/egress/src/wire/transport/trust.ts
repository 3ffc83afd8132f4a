import { constants } from 'node:crypto';
import tls from 'node:tls';
import type { ClientCertificate } from '@registry-cache/domain';

export interface Trust {
  /** PEM; several certificates, or none. */
  readonly ca: string;
  readonly legacyTls?: boolean | undefined;
  readonly certificate?: ClientCertificate | undefined;
}

const contexts = new Map<string, tls.SecureContext>();

/**
 * The TLS context that trusts the system's authorities, those of NODE_EXTRA_CA_CERTS, and `ca`. Any
 * certificate in `ca` is an anchor, also that of an intermediate authority or of the server itself,
 * as in Go and in docker's certs.d. The context is made once for each `ca`, because parsing the
 * system's certificates for each connection would cost milliseconds and megabytes. A context with a
 * client certificate is made anew.
 * Source: RFC 5280, 6.1.1 (d).
 */
export function trustContext(trust: Trust): tls.SecureContext {
  if (trust.certificate !== undefined) return createContext(trust);
  const key = `${trust.legacyTls === true} ${trust.ca}`;
  const known = contexts.get(key);
  if (known !== undefined) return known;
  const context = createContext(trust);
  contexts.set(key, context);
  return context;
}

function createContext({ ca, legacyTls, certificate }: Trust): tls.SecureContext {
  const system = tls.getCACertificates('system');
  // A machine without a certificate store gets the authorities of Node.
  const roots = system.length > 0 ? system : tls.getCACertificates('bundled');
  return tls.createSecureContext({
    ca: [...roots, ...tls.getCACertificates('extra'), ...(ca === '' ? [] : [ca])],
    allowPartialTrustChain: true,
    ...(legacyTls === true && { secureOptions: constants.SSL_OP_LEGACY_SERVER_CONNECT }),
    ...certificate,
  });
}
