import { makeHtpasswd, type RegistryProcess, startGoogle } from '@registry-cache/testbed';
import { startArtifactRegistry } from '../e2e/cloud-registries.ts';
import { type ClusterStage, SMALL } from './stage.ts';

/** The registry that the program is for. */
const UPSTREAM = 'us-central1-docker.pkg.dev';
const LOGIN = 'cluster:password-of-the-cluster';

export interface PulumiConfigOptions {
  /** The namespace of the cache, which the program makes. */
  readonly namespace: string;
  /** A namespace that gets an image pull secret. */
  readonly apps: string;
  readonly nodePort: number;
}

export interface PulumiConfig {
  /** The keys of Pulumi.prod.yaml. */
  readonly config: Readonly<Record<string, string>>;
  /** What the Artifact Registry has, without its login. */
  readonly behind: RegistryProcess;
}

/**
 * The configuration of deploy/pulumi for this cluster, with an Artifact Registry and a metadata
 * server of Google on this machine.
 *
 * @param stack - Stops both.
 */
export async function startPulumiConfig(
  stack: AsyncDisposableStack,
  stage: ClusterStage,
  { namespace, apps, nodePort }: PulumiConfigOptions,
): Promise<PulumiConfig> {
  const { host } = stage;
  const google = stack.use(await startGoogle({ host }));
  const behind = await stage.upstream();
  const registry = stack.use(await startArtifactRegistry({ host, behind }, google));
  // The image is on the nodes already.
  const { repository, tag, pullPolicy } = SMALL.image;
  const values = {
    image: { pullPolicy },
    resources: SMALL.resources,
    store: SMALL.store,
    policy: { upstreams: { [UPSTREAM]: { url: registry.url, credentials: 'google' } } },
    extraEnv: [{ name: 'GCE_METADATA_HOST', value: `${host}:${google.metadata.port}` }],
    settings: SMALL.settings,
  };
  const [user = '', password = ''] = LOGIN.split(':');
  const config = {
    'gcp:project': 'project-1',
    'registry-cache:namespace': namespace,
    'registry-cache:registryNodePort': String(nodePort),
    'registry-cache:registryHtpasswd': await makeHtpasswd({ [user]: password }, 10),
    'registry-cache:registryLogin': LOGIN,
    'registry-cache:upstream': UPSTREAM,
    'registry-cache:image': `${repository}:${tag}`,
    'registry-cache:googleServiceAccount': 'images@project-1.iam.gserviceaccount.com',
    'registry-cache:pullSecretNamespaces': JSON.stringify([apps]),
    'registry-cache:values': JSON.stringify(values),
  };
  return { config, behind };
}
