import type { Input } from '@pulumi/pulumi';
import type { StackSettings } from './settings.ts';

/** The Secret of the DaemonSet, with the login of the nodes. */
export const NODE_LOGIN = 'registry-cache-node-login';
/** The Secret that replicas show each other. */
export const PEER_SECRET = 'registry-cache-peers';
export const SERVICE_ACCOUNT = 'registry-cache';

type Values = Record<string, Input<unknown>>;

/** The values of deploy/helm/registry-cache: replicas without state, for one registry. */
export function buildChartValues(settings: StackSettings): Values {
  const { upstream, registryNodePort, registryHtpasswd, googleServiceAccount } = settings;
  const values: Values = {
    image: splitImage(settings.image),
    replicas: settings.replicas,
    store: { persistent: false, size: '30Gi' },
    service: { type: 'NodePort', nodePort: registryNodePort },
    pullSecret: { content: JSON.stringify({ auths: { [upstream]: {} } }) },
    policy: { upstreams: { [upstream]: { credentials: 'google' } } },
    htpasswd: { content: registryHtpasswd },
    serviceAccount: {
      name: SERVICE_ACCOUNT,
      annotations: { 'iam.gke.io/gcp-service-account': googleServiceAccount },
    },
    ...(settings.peerSecret !== undefined && {
      peers: { enabled: true, existingSecret: PEER_SECRET },
    }),
    nodes: { enabled: true, loginSecret: NODE_LOGIN },
    settings: { CLEANER_MAXSIZE: '20G', DEFAULT_REGISTRY: upstream },
  };
  return mergeValues(values, settings.values);
}

/**
 * `registry.example.com:5000/cache:0.1.0`, or the same with a digest.
 *
 * @throws for an image without either: `latest` would change by itself.
 */
export function splitImage(image: string): Record<'repository' | 'tag' | 'digest', string> {
  const match = /^([^@]+?)(?::([\w.-]+))?(?:@(sha256:[0-9a-f]{64}))?$/.exec(image);
  const [, repository = '', tag = '', digest = ''] = match ?? [];
  if (repository === '' || (tag === '' && digest === '')) {
    throw new Error(
      `image: found ${image}; accepted: one with a tag or a digest, such as registry.example.com/registry-cache:0.1.0`,
    );
  }
  return { repository, tag, digest };
}

/** As Helm merges: objects by their keys, all else as a whole. */
function mergeValues(base: Values, more: Readonly<Record<string, unknown>>): Values {
  const merged = { ...base };
  for (const [key, value] of Object.entries(more)) {
    const former = base[key];
    merged[key] = isPlain(former) && isPlain(value) ? mergeValues(former as Values, value) : value;
  }
  return merged;
}

/** An output of Pulumi is an object of a class. */
function isPlain(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
  );
}
