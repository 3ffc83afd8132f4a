import { parsePeers } from '../values/peers.ts';
import type { Setting } from '../values/setting.ts';
import { parseAbsolutePath, parseListenAddress, parseOptional } from '../values/value.ts';

/** Replicas that act as one cache. */
export const PEER_SETTINGS = {
  PEERS: {
    default: '',
    help: 'All replicas, this one included, the same everywhere: `dns:NAME:PORT` for every address behind a name, or `10.0.0.1:8444 10.0.0.2:8444`. What a replica does not have it asks of the one that it belongs to ([replicas](replicas.md)). Empty: no peers.',
    parse: parsePeers,
  },
  PEER_LISTEN: {
    default: '',
    help: 'The address on which this replica answers its peers, such as `:8444`. Needed with PEERS.',
    parse: parseOptional(parseListenAddress),
  },
  PEER_SECRET_PATH: {
    default: '',
    help: 'The file by which peers know each other, the same everywhere: one line of at least 16 characters. Of two lines the first is shown and both are accepted, so that it can be changed. Needed with PEERS.',
    parse: parseOptional(parseAbsolutePath),
  },
} as const satisfies Record<string, Setting<unknown>>;
