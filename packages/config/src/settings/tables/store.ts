import { parseDuration, parseSize } from '@registry-cache/domain';
import type { Setting } from '../values/setting.ts';
import { parseAbsolutePath, parseFreeSpace, parseInteger, parseWords } from '../values/value.ts';

/** The files of the operator, and the store with its limits. */
export const STORE_SETTINGS = {
  PULLSECRETPATH: {
    default: '/pull-secret.json',
    help: 'The pull secret; each of its keys is one upstream. If the variable is not set and nothing is mounted there, public registries are served.',
    parse: parseAbsolutePath,
  },
  POLICYPATH: {
    default: '/registry-cache.yaml',
    help: 'The policy file, for facts about upstreams that a pull secret cannot hold. Optional; see below.',
    parse: parseAbsolutePath,
  },
  REGISTRYDIR: {
    default: '/var/lib/registry',
    help: 'The store.',
    parse: parseAbsolutePath,
  },
  UPSTREAM_CA_PATH: {
    default: '/certs/upstream-ca.pem',
    help: 'More certificate authorities to trust towards every upstream. Optional.',
    parse: parseAbsolutePath,
  },
  IGNOREREGISTRYLIST: {
    default: 'cloud.openshift.com',
    help: 'Keys of the pull secret to leave out, space-separated.',
    parse: parseWords('keys of the pull secret', /^[^"\\]+$/),
  },
  CLEANER_MAXSIZE: {
    default: '10G',
    help: 'How large the store may be. Units: K, M, G, T (powers of 1024), KB, MB, GB, TB (of 1000).',
    parse: parseSize,
  },
  CLEANER_THRESHOLD_PERCENTAGE: {
    default: '20',
    help: 'Cleaning starts above CLEANER_MAXSIZE plus this many percent and ends at CLEANER_MAXSIZE.',
    parse: parseInteger(0, 1000),
  },
  CLEANER_RUNEVERY_TIME: {
    default: '30m',
    help: 'How often the store is measured. A store that has changed by more than a fiftieth is measured earlier.',
    parse: parseDuration,
  },
  CLEANER_MIN_FREE: {
    default: '1G 5%',
    help: "How much stays free on the store's disk: a size, a part of the disk, or both, of which the smaller counts. 0: nothing. The same part of the inodes stays free. The store may become smaller than CLEANER_MAXSIZE for this.",
    parse: parseFreeSpace,
  },
} as const satisfies Record<string, Setting<unknown>>;
