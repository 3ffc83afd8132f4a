import pulumi from '@pulumi/pulumi';

/** What Pulumi.prod.yaml says. */
export interface StackSettings {
  readonly registryNodePort: number;
  /** Lines of an htpasswd file. */
  readonly registryHtpasswd: pulumi.Output<string>;
  /** `user:password`, for nodes and pods. */
  readonly registryLogin: pulumi.Output<string>;
  /** The secret by which replicas know each other. Undefined: each fetches for itself. */
  readonly peerSecret: pulumi.Output<string> | undefined;
  readonly upstream: string;
  /** With a tag. */
  readonly image: string;
  /** The e-mail of a service account of Google. */
  readonly googleServiceAccount: string;
  readonly googleProject: string;
  readonly pullSecretNamespaces: readonly string[];
  readonly namespace: string;
  readonly replicas: number;
  /** More values of the chart. */
  readonly values: Readonly<Record<string, unknown>>;
}

/** @throws for a key that is missing or of another type, by name. */
export function readSettings(): StackSettings {
  const config = new pulumi.Config('registry-cache');
  return {
    registryNodePort: config.requireNumber('registryNodePort', { min: 1, max: 65_535 }),
    registryHtpasswd: config.requireSecret('registryHtpasswd'),
    registryLogin: config.requireSecret('registryLogin'),
    peerSecret: config.getSecret('peerSecret'),
    upstream: config.require('upstream'),
    image: config.require('image'),
    googleServiceAccount: config.require('googleServiceAccount'),
    googleProject: new pulumi.Config('gcp').require('project'),
    pullSecretNamespaces: config.getObject<string[]>('pullSecretNamespaces') ?? [],
    namespace: config.get('namespace') ?? 'registry-cache',
    replicas: config.getNumber('replicas') ?? 3,
    values: config.getObject<Record<string, unknown>>('values') ?? {},
  };
}
