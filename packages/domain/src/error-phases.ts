/** What one phase of a failed request means. `docs/debugging.md` shows this table. */
export interface ErrorPhaseInfo {
  /** The status that the client gets, unless the error carries another one. */
  readonly status: number;
  /** When the status is another one. */
  readonly otherStatus?: string;
  /** The failure, as Markdown. */
  readonly meaning: string;
  /** What the operator can do about it, as Markdown. */
  readonly action: string;
}

/** Every phase in which a request can fail. Metrics and log lines name the phase. */
export const ERROR_PHASES = {
  request: {
    status: 400,
    otherStatus: '404 or 405 for a path or method that egress does not serve',
    meaning: 'Egress does not serve this path, name or method.',
    action: 'Correct the image name or the client. A pull by a usual client never fails here.',
  },
  access: {
    status: 403,
    meaning:
      'The client may have only what is in the store, and this is not. The registry was not asked.',
    action: 'Give the client the right *fetch*, or let a client that has it pull the image first.',
  },
  'boot-secret': {
    status: 401,
    meaning: 'The caller did not show the boot secret, so it is not a program of this container.',
    action: 'Keep other programs away from `EGRESS_PORT`.',
  },
  'on-demand': {
    status: 404,
    otherStatus: '503 while the registry is being set up',
    meaning:
      'A registry on demand does not exist, is not ready yet, or exceeds the allowed number.',
    action: 'Check the name; see `ON_DEMAND_REGISTRIES`, and the keys with `*`.',
  },
  waiting: {
    status: 503,
    meaning: 'The registry has not answered yet. The request goes on in the background.',
    action: 'Nothing: clients send the request again, and get the answer of the first one.',
  },
  limit: {
    status: 429,
    meaning: "This cache's own limits left no place for the request.",
    action: 'Raise `limits` or `EGRESS_MAX_CONNECTIONS`, if the registry allows more.',
  },
  'cool-down': {
    status: 429,
    meaning: 'The registry answered 429 with `Retry-After`, and that time is not over.',
    action: 'Log in at the registry, or buy a higher rate limit.',
  },
  offline: {
    status: 503,
    meaning: 'The operator cut the upstream off, and the content is not in the store.',
    action: 'Change `OFFLINE`, or `offline` in the policy.',
  },
  'circuit-open': {
    status: 503,
    meaning: 'The registry or its token service does not answer. Only probes are sent.',
    action: 'Read the reason in the message. Egress sends requests again once a probe is answered.',
  },
  resolve: {
    status: 502,
    otherStatus: '504 for a timeout',
    meaning: 'The name of a host could not be resolved.',
    action: 'Check DNS in the container.',
  },
  connect: {
    status: 502,
    otherStatus: '504 for a timeout',
    meaning: 'No connection to a host.',
    action: 'Check firewall, port and proxy; `EGRESS_CONNECT_TIMEOUT`.',
  },
  tls: {
    status: 502,
    meaning: 'TLS failed: the certificate of a host is not trusted, or its TLS is too old.',
    action: 'Set `ca` or `legacyTls` in the policy, or mount `/certs/upstream-ca.pem`.',
  },
  proxy: {
    status: 502,
    meaning: 'The outbound proxy failed.',
    action: 'Check `HTTPS_PROXY` and the proxy itself.',
  },
  guard: {
    status: 502,
    meaning: 'The upstream led to an address or scheme that it must not lead to.',
    action: 'Set `storageHosts` in the policy, if the private address is meant.',
  },
  headers: {
    status: 502,
    otherStatus: '504 for a timeout',
    meaning: 'No answer came, the connection broke off, or the answer lacked a needed header.',
    action: 'Check the registry; `EGRESS_HEADERS_TIMEOUT`, `EGRESS_BLOB_HEADERS_TIMEOUT`.',
  },
  body: {
    status: 502,
    otherStatus: '504 for a timeout',
    meaning: 'The body broke off, stalled, or came too slowly.',
    action: 'Check the link to the registry; `EGRESS_IDLE_TIMEOUT`, `EGRESS_LOWEST_RATE`.',
  },
  credentials: {
    status: 502,
    meaning: 'A credential helper or a token service misbehaved, so no request was sent.',
    action: 'Run the helper by hand in the container; check the token service.',
  },
  token: {
    status: 502,
    otherStatus: "the token service's own from 400 to 599; 401 in place of 400 and 404",
    meaning: 'The token service refused to give a token.',
    action: 'Check the login in the pull secret, and its right to this repository.',
  },
  'upstream-status': {
    status: 502,
    otherStatus: "the registry's own from 400 to 599",
    meaning: 'The registry answered with an error.',
    action: "Read the registry's own text in the message.",
  },
  page: {
    status: 502,
    otherStatus: '404 for a page with that status',
    meaning: 'An HTML page came in place of an answer of a registry.',
    action: 'Look for a portal, a firewall or a bot rule in between.',
  },
  content: {
    status: 502,
    meaning: 'The answer is not a manifest.',
    action: 'Check `url` in the policy: it may lead to a web site.',
  },
  size: {
    status: 502,
    meaning: 'A manifest or list is larger than any registry should send.',
    action: 'Report it to the registry.',
  },
  digest: {
    status: 502,
    meaning: 'The bytes do not have the digest that was asked for.',
    action: 'Check mirrors and proxies in between. The cache keeps none of these bytes.',
  },
  trust: {
    status: 403,
    otherStatus: '503 where the registry could not be asked for the signature',
    meaning: 'The image has no signature that `trust` of the policy file accepts.',
    action: 'Read the reason in the message. Sign the image, or change the rule.',
  },
  admission: {
    status: 403,
    otherStatus: '503 where the scanner could not be asked, or has not answered yet',
    meaning: 'The image is too young, or the scanner of `admission` in the policy refused it.',
    action: 'Read the reason in the message: wait, ask the scanner, or change the rule.',
  },
  internal: {
    status: 502,
    meaning: 'Something else failed, such as the disk.',
    action: 'Read the message in the log of egress.',
  },
} as const satisfies Readonly<Record<string, ErrorPhaseInfo>>;

export type ErrorPhase = keyof typeof ERROR_PHASES;
