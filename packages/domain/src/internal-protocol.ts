/**
 * The headers that only programs of the cache exchange. Code and templates take them from here, and
 * the paths from internal-paths.ts; docs/architecture.md lists both (`pnpm run docs`). Some of them
 * carry permissions, so each says why no client and no registry can forge it.
 */
export interface InternalName {
  /** As configuration writes it: `X-Repeat-For`, `/alive`. */
  readonly name: string;
  /** Its meaning. */
  readonly meaning: string;
  readonly sender: string;
  readonly reader: string;
  /** Why the reader may trust it, or why it does no harm. */
  readonly safety: string;
}

export interface InternalHeader extends InternalName {
  /** As Node.js and HAProxy's `hdr()` look it up. */
  readonly key: string;
  /** As the end of nginx's variables: `$http_x_repeat_for`. */
  readonly variable: string;
}

/**
 * The version of the protocol that replicas speak to each other. It is raised only by a change that
 * a replica of the version before would answer wrongly. Then replicas of both versions ask the
 * upstream in place of each other.
 */
export const PEER_PROTOCOL = 1;

export const INTERNAL_HEADERS = {
  received: header('X-Received', {
    meaning: 'when the request arrived, in milliseconds since the epoch',
    sender: 'edge',
    reader: 'egress',
    safety: "The edge sets it on every request, in place of a client's own.",
  }),
  requestId: header('X-Request-Id', {
    meaning: 'the id of the request, for lines of the logs; every answer has it too',
    sender: 'edge',
    reader: 'egress, clients',
    safety:
      "The edge sets it on every request. It keeps a client's own only if that is a word of at most 64 plain characters.",
  }),
  registry: header('X-Registry', {
    meaning:
      'the registry that a client wants and the cache does not serve yet, or whose catalog it wants',
    sender: 'edge, `registry-cache warm`',
    reader: 'egress, on `on-demand.sock`, and below `/v2/_catalog`',
    safety:
      "The edge replaces a client's own. Both senders send only what `ON_DEMAND_REGISTRIES` or a key with `*` allows.",
  }),
  upstream: header('X-Upstream', {
    meaning: 'the id of the upstream that answered, for the access log',
    sender: 'egress, on `on-demand.sock`',
    reader: 'edge, `registry-cache warm`',
    safety: "Egress replaces a registry's own. It is read from that socket alone.",
  }),
  clientAuthorization: header('X-Client-Authorization', {
    meaning: "the client's own `Authorization`, for the registry",
    sender: 'edge, auth',
    reader: 'egress, below `/pass` and `/try`',
    safety: "The edge removes a client's own before it sets this one. Auth sends none of a client.",
  }),
  engineStatus: header('X-Engine-Status', {
    meaning: 'the status with which the engine failed; egress gives the reason',
    sender: 'hot lane',
    reader: 'egress',
    safety: "nginx sets it on every request, and so replaces or drops a client's own.",
  }),
  repeatFor: header('X-Repeat-For', {
    meaning: 'that the edge may repeat the manifest until this second ends',
    sender: 'hot lane',
    reader: 'edge',
    safety:
      'nginx drops it from the responses of egress and engines; the edge drops it in the end.',
  }),
  cache: header('X-Cache', {
    meaning: '`HIT`, `MISS` or `STALE`',
    sender: 'egress, hot lane',
    reader: 'hot lane, edge, clients',
    safety: "With a pull, egress drops a registry's own. The header grants no permission.",
  }),
  accelRedirect: header('X-Accel-Redirect', {
    meaning: 'the blob of the store that nginx shall send: a path below `/stored`',
    sender: 'egress',
    reader: 'hot lane',
    safety:
      "With a pull, egress drops a registry's own. Passed-through requests bypass the hot lane.",
  }),
  accelExpires: header('X-Accel-Expires', {
    meaning: 'the seconds for which the hot lane may repeat a manifest',
    sender: 'egress',
    reader: 'hot lane',
    safety: 'As for `X-Accel-Redirect`.',
  }),
  noFetch: header('X-No-Fetch', {
    meaning:
      'that the caller may have only what is here, and the refusal of all else, percent-encoded',
    sender: 'edge; egress, to a peer',
    reader: 'hot lane, egress',
    safety: "The edge removes a client's own. It only takes permissions away.",
  }),
  fromPeer: header('X-From-Peer', {
    meaning: '`1`: a peer asks, which has decided the request; no peer is asked again for it',
    sender: 'peer listener',
    reader: 'egress',
    safety:
      "Every other listener removes a client's own. The peer listener takes connections of peers alone.",
  }),
  ownerKey: header('X-Owner-Key', {
    meaning: 'what is hashed to find the peer that it belongs to',
    sender: 'egress',
    reader: 'edge, on `peers.sock`',
    safety: 'Only programs of the cache can open that socket, of mode 0660.',
  }),
  ownerUpstream: header('X-Owner-Upstream', {
    meaning: 'the id of the upstream that a peer is asked for',
    sender: 'egress',
    reader: 'peer listener of another replica',
    safety: 'The peer listener takes connections of peers alone.',
  }),
  peerProtocol: header('X-Peer-Protocol', {
    meaning:
      "the version of the peers' protocol that the request needs; a request without it needs the first",
    sender: 'egress',
    reader: 'peer listener of another replica',
    safety: 'As for `X-Owner-Upstream`. A peer that does not know the version answers 421.',
  }),
  asker: header('X-Asker', {
    meaning:
      'the random id of the egress that asks a peer for a blob; egress answers its own with 421, and the same header',
    sender: 'egress',
    reader: 'egress of the owner, and the one that asked',
    safety:
      "Egress reads it in requests of peers alone. Each process has an id of its own. A wrong one is no egress's, and a forged answer only sends egress to the upstream.",
  }),
  viaEgress: header('X-Via-Egress', {
    meaning: '`1`: egress must see this request, whatever is on disk',
    sender: 'edge',
    reader: 'hot lane',
    safety: "The edge removes a client's own. It only makes an answer slower.",
  }),
  caller: header('X-Caller', {
    meaning:
      'user, groups and address of the client, as JSON in base64url, for lists, pushes, and parts that only their uploader sees; or `operator`, for whom no rules count',
    sender: 'edge, `registry-cache warm`, `registry-cache import`',
    reader: 'egress, the hosted worker',
    safety: "The edge removes a client's own.",
  }),
  mirrored: header('X-Mirrored', {
    meaning: 'the id of the upstream into whose name a client pushes',
    sender: 'edge',
    reader: 'the hosted worker',
    safety:
      "The edge sets or removes it on every request to that socket, and so drops a client's own.",
  }),
  audit: header('X-Audit', {
    meaning:
      'the event for the audit log: `entered` and `late` for a manifest that is here for the first time, or `refused` and a reason',
    sender: 'egress',
    reader: 'edge, `registry-cache warm`',
    safety: "Egress drops a registry's own, and the edge that of a passed-on request.",
  }),
  answer: header('X-Answer', {
    meaning:
      'the answer of the rules, what it holds for, for how many seconds, and whether a login may help or the caller may have uploaded the part',
    sender: 'auth',
    reader: 'edge',
    safety: 'It goes over a unix socket of mode 0600.',
  }),
  refusal: header('X-Refusal', {
    meaning: 'the refusal without its tag or digest: the text before and after it, percent-encoded',
    sender: 'auth',
    reader: 'edge',
    safety: 'As for `X-Answer`.',
  }),
  source: header('X-Source', {
    meaning:
      "the client's address or /64 network, by which wrong passwords and redirects to the bucket are counted",
    sender: 'edge, admin',
    reader: 'auth, egress, admin',
    safety:
      "The edge sets it on every request to auth and admin, in place of a client's own. Egress reads it with `S3_REDIRECT` alone, and then the edge sets or removes it on each request.",
  }),
  address: header('X-Address', {
    meaning: "the client's address, for the rules of access and the audit log",
    sender: 'edge',
    reader: 'auth, admin',
    safety: 'As for `X-Source`.',
  }),
  guest: header('X-Guest', {
    meaning: 'that a login is not of the cache, and may be one of a registry',
    sender: 'auth',
    reader: 'edge',
    safety: 'It goes over a unix socket of mode 0600.',
  }),
  user: header('X-User', {
    meaning: 'the user of valid credentials',
    sender: 'auth',
    reader: 'edge, admin',
    safety: 'It goes over a unix socket of mode 0600.',
  }),
  groups: header('X-Groups', {
    meaning: 'the groups of the user of an issuer, as a JSON list',
    sender: 'auth',
    reader: 'edge, admin',
    safety: 'It goes over a unix socket of mode 0600.',
  }),
  expires: header('X-Expires', {
    meaning: 'until when the edge may remember the user of an issuer, in seconds since the epoch',
    sender: 'auth',
    reader: 'edge',
    safety: 'It goes over a unix socket of mode 0600.',
  }),
} as const satisfies Record<string, InternalHeader>;

/** In `X-Caller`: the command line, for which no rule of access counts. */
export const OPERATOR_CALLER = 'operator';

type About = Omit<InternalName, 'name'>;

function header<const Name extends string>(name: Name, about: About) {
  const key = name.toLowerCase() as Lowercase<Name>;
  return { name, key, variable: key.replaceAll('-', '_'), ...about };
}
