import type { Fault } from './fault.ts';

/** Faults of the ways to registries. */
export const WAY_FAULTS = {
  'connection-refused': {
    check: 'ways',
    severity: 'error',
    meaning: 'The host is there, and nothing listens on that port.',
    accepted: 'a registry that listens',
    advice: 'correct host and port (`url` in the policy), or start the registry',
  },
  'connection-silent': {
    check: 'ways',
    severity: 'error',
    meaning: 'No connection comes about. A firewall drops it, or the host is off.',
    accepted: 'a connection within 8 seconds',
    advice: 'open the firewall for this host and port, or set HTTPS_PROXY',
  },
  'no-route': {
    check: 'ways',
    severity: 'error',
    meaning: 'The kernel knows no way to that address.',
    accepted: 'a route',
    advice: 'look at the network of the container: `podman inspect registry-cache`, `ip route`',
  },
  'proxy-silent': {
    check: 'ways',
    severity: 'error',
    meaning: 'The outbound proxy cannot be reached, so nothing behind it can.',
    accepted: 'a proxy that answers',
    advice: 'correct HTTPS_PROXY and HTTP_PROXY; hosts without a proxy go into NO_PROXY',
  },
  'proxy-refused': {
    check: 'ways',
    severity: 'error',
    meaning: 'The outbound proxy answers, and does not lead to this host.',
    accepted: 'a proxy that lets this host through',
    advice:
      'allow the host at the proxy, give its login in HTTPS_PROXY, or name the host in NO_PROXY',
  },
  'tls-untrusted': {
    check: 'ways',
    severity: 'error',
    meaning:
      'The certificate of the registry was issued by an authority that is not trusted here: a private one, or that of a proxy that looks into TLS.',
    accepted: 'a certificate of a trusted authority',
    advice:
      'mount the certificate of the authority as /certs/upstream-ca.pem, or name it as `ca` in the policy',
  },
  'tls-name': {
    check: 'ways',
    severity: 'error',
    meaning: 'The certificate of the registry is for other names.',
    accepted: 'a certificate with the name that is asked for',
    advice: 'use a name that the certificate has, as key or as `url` in the policy',
  },
  'tls-ended': {
    check: 'ways',
    severity: 'error',
    meaning: 'The certificate of the registry has ended or is not valid yet.',
    accepted: 'a certificate that is valid now',
    advice: 'tell the operators of the registry; compare the clock here (`date --utc`)',
  },
  'tls-plain': {
    check: 'ways',
    severity: 'error',
    meaning: 'The port speaks something else than TLS, such as plain HTTP.',
    accepted: 'TLS',
    advice: 'if the registry speaks plain HTTP, set `url: http://…` for it in the policy',
  },
  'tls-old': {
    check: 'ways',
    severity: 'error',
    meaning: 'The TLS of the registry lacks secure renegotiation (RFC 5746).',
    accepted: 'TLS with secure renegotiation',
    advice: 'set `legacyTls: true` for it in the policy',
  },
  'tls-client': {
    check: 'ways',
    severity: 'error',
    meaning: 'The registry wants a certificate of the client (mTLS), and gets none or another one.',
    accepted: 'a client certificate that the registry knows',
    advice: 'set `clientCertificate` for it in the policy',
  },
  'tls-failed': {
    check: 'ways',
    severity: 'error',
    meaning: 'TLS fails for another reason.',
    accepted: 'a TLS handshake that ends well',
    advice: 'try `openssl s_client -connect HOST:PORT -servername HOST` on the host',
  },
  'answer-silent': {
    check: 'ways',
    severity: 'error',
    meaning: 'The connection comes about, and no answer comes or it breaks off.',
    accepted: 'an answer within 8 seconds',
    advice: 'look at the registry, and at a load balancer or firewall in between',
  },
  'answer-page': {
    check: 'ways',
    severity: 'error',
    meaning:
      'A web page comes in place of an answer of a registry: from a portal, a firewall, or a wrong `url`.',
    accepted: 'a registry',
    advice:
      'open the URL by `curl --include`; correct `url` in the policy, or allow the host at the firewall',
  },
  'answer-error': {
    check: 'ways',
    severity: 'error',
    meaning: 'The registry answers its first request with an error.',
    accepted: '200, or 401 with a challenge',
    advice: 'look at the status page of the registry; correct `url` in the policy',
  },
  'answer-busy': {
    check: 'ways',
    severity: 'warning',
    meaning: 'The registry answers 429: it has had too many requests from this address or login.',
    accepted: '200, or 401 with a challenge',
    advice: 'log in at the registry with a higher limit; the cache waits by itself',
  },
  'address-forbidden': {
    check: 'ways',
    severity: 'error',
    meaning:
      'The registry is at an address that the cache never asks, such as that of the metadata of a cloud.',
    accepted: 'an address of a registry',
    advice: 'correct the name, or the answer of the name server',
  },
} as const satisfies Readonly<Record<string, Fault>>;
