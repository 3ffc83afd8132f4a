import {
  type Appliance,
  type ApplianceOptions,
  type Bundle,
  type ImagePlan,
  makeImage,
  type NetworkOptions,
  openNetwork,
  pushBundle,
  type RegistryOptions,
  type RegistryProcess,
  startAppliance,
  startRegistry,
  type TestNetwork,
} from '@registry-cache/testbed';

/** A network for one suite, and everything that the suite starts. All of it ends together. */
export interface Stage extends AsyncDisposable {
  readonly network: TestNetwork;
  /** A real registry that containers on the network can reach. Plain HTTP by default. */
  upstream(options?: RegistryOptions): Promise<RegistryProcess>;
  /** An appliance whose pull secret has each upstream under its key here. */
  appliance(
    upstreams: Readonly<Record<string, UpstreamUse>>,
    options?: Partial<ApplianceOptions>,
  ): Promise<Appliance>;
  /** Registers something that ends with the stage, in reverse order. */
  use<T extends AsyncDisposable>(thing: T): T;
}

export async function openStage(networkOptions?: NetworkOptions): Promise<Stage> {
  const stack = new AsyncDisposableStack();
  const use = <T extends AsyncDisposable>(thing: T): T => stack.use(thing);
  const network = use(await openNetwork(networkOptions));
  return {
    network,
    use,
    upstream: async (options) => use(await startRegistry({ host: network.gateway, ...options })),
    appliance: async (upstreams, options) =>
      use(await startAppliance({ network, ...describeUpstreams(upstreams), ...options })),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** The entries of one upstream in the operator's files. A `RegistryProcess` is enough. */
export interface UpstreamUse {
  readonly url: string;
  /** In the policy: a path in the container, or PEM. */
  readonly ca?: string;
  readonly aliases?: readonly string[];
  readonly limits?: object;
  readonly tags?: object;
  readonly offline?: boolean;
  readonly realms?: readonly string[];
  readonly authorize?: 'upstream';
  /** In the pull secret's `auths`. Default anonymous. */
  readonly entry?: object;
  /** In the pull secret's `credHelpers`, instead of an entry. */
  readonly helper?: string;
}

/** Pull secret and policy for upstreams under names without DNS records. */
export function describeUpstreams(upstreams: Readonly<Record<string, UpstreamUse>>): {
  pullSecret: { auths: Record<string, object>; credHelpers: Record<string, string> };
  policyYaml: string;
} {
  const auths: Record<string, object> = {};
  const credHelpers: Record<string, string> = {};
  const policies: Record<string, object> = {};
  for (const [name, { entry, helper, ...policy }] of Object.entries(upstreams)) {
    if (helper === undefined) auths[name] = entry ?? {};
    else credHelpers[name] = helper;
    const { url, ca, aliases, limits, tags, offline, realms, authorize } = policy;
    policies[name] = { url, ca, aliases, limits, tags, offline, realms, authorize };
  }
  return {
    pullSecret: { auths, credHelpers },
    policyYaml: JSON.stringify({ upstreams: policies }),
  };
}

/** Makes an image and pushes it as `repository:tag`. */
export async function pushImage(
  target: Parameters<typeof pushBundle>[0],
  repository: string,
  tag: string,
  plan: ImagePlan,
): Promise<Bundle> {
  const image = makeImage(plan);
  await pushBundle(target, repository, tag, image);
  return image;
}
