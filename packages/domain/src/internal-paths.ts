import type { InternalName } from './internal-protocol.ts';

/** The paths that only programs of the cache ask for. */
export const INTERNAL_PATHS = {
  alive: path('/alive', {
    meaning: 'whether the program answers',
    sender: 'edge',
    reader: 'hot lane, auth, peer listener of another replica',
    safety: 'The answer is 204 and nothing else; of a peer, that of `/readyz`.',
  }),
  stored: path('/stored', {
    meaning: 'a blob, by algorithm and hex digits',
    sender: 'egress, in `X-Accel-Redirect`',
    reader: 'hot lane',
    safety: 'The location is `internal`: a request from outside gets 404.',
  }),
  pass: path('/pass', {
    meaning: 'a request that goes to the registry itself, below this prefix',
    sender: 'edge',
    reader: 'egress, on `egress.sock`',
    safety:
      'The edge adds the prefix to paths of the proxy alone, and proves itself by the boot secret.',
  }),
  try: path('/try', {
    meaning: "whether a registry lets a client's own login pull the path below this prefix",
    sender: 'auth',
    reader: 'egress, on `egress.sock`',
    safety:
      'Auth proves itself by the boot secret. Logins go to registries with `authorize` alone.',
  }),
  forecast: path('/forecast', {
    meaning: 'what the next pull of the manifest below this prefix would do, as JSON',
    sender: 'admin',
    reader: 'egress, on `egress.sock`',
    safety: 'Admin proves itself by the boot secret. No upstream is asked, and nothing changes.',
  }),
  probe: path('/probe', {
    meaning: 'what the upstream says of the manifest below this prefix, by one HEAD',
    sender: 'admin',
    reader: 'egress, on `egress.sock`',
    safety:
      'Admin proves itself by the boot secret, and asks for operators with `admin` alone. Two run at once at most, and nothing is stored.',
  }),
  tunnel: path('/tunnel', {
    meaning: 'a request for a tunnel to a host and port',
    sender: 'edge',
    reader: 'egress, on `egress.sock`',
    safety:
      'Egress refuses forbidden addresses. Only programs of the cache can open the socket, of mode 0660.',
  }),
  ready: path('/readyz', {
    meaning: 'whether egress answers',
    sender: 'edge, for `HEALTH_LISTEN`',
    reader: 'egress, on `egress.sock`',
    safety: 'The page is public there. Its only content is `ok`.',
  }),
  metrics: path('/metrics', {
    meaning: "the metrics of all programs; on the edge's own socket, HAProxy's",
    sender: 'edge, for `HEALTH_LISTEN`; egress',
    reader: 'egress, on `egress.sock`; edge',
    safety: 'The page is public there, and holds no secret.',
  }),
  state: path('/state', {
    meaning: 'which upstreams answer, their rate limits, and running fetches, as JSON',
    sender: 'admin',
    reader: 'egress, on `egress.sock`',
    safety: 'Only programs of the cache can open the socket, of mode 0660. It holds no secret.',
  }),
  verify: path('/verify', {
    meaning: 'whether credentials are valid',
    sender: 'edge, admin',
    reader: 'auth',
    safety: "Of clients' requests, the edge sends only those for the token endpoint there.",
  }),
  decide: path('/decide', {
    meaning: 'whether the rules of access allow a request',
    sender: 'edge',
    reader: 'auth',
    safety: 'As for `/verify`. The edge writes the query from what it has checked itself.',
  }),
  confirm: path('/confirm', {
    meaning: 'whether a registry lets the login of a guest pull',
    sender: 'edge',
    reader: 'auth',
    safety: 'As for `/decide`.',
  }),
  reservations: path('/reservations', {
    meaning: 'whether a number of bytes may be written to the store',
    sender: 'egress',
    reader: 'cleaner',
    safety: 'Only programs of the cache can open the socket, of mode 0660.',
  }),
} as const satisfies Record<string, InternalName>;

function path<const Name extends `/${string}`>(name: Name, about: Omit<InternalName, 'name'>) {
  return { name, ...about };
}
