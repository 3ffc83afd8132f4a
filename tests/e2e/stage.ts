import {
  type Appliance,
  type ApplianceOptions,
  type Bundle,
  type ImagePlan,
  makeImage,
  openNetwork,
  pushBundle,
  type RegistryOptions,
  type RegistryProcess,
  startAppliance,
  startRegistry,
  type TestNetwork,
} from '@registry-cache/testbed';

/** What most suites play on: a network of their own and, at its end, whatever they started. */
export interface Stage extends AsyncDisposable {
  readonly network: TestNetwork;
  /** A real registry that containers on the network reach; plain HTTP unless told otherwise. */
  upstream(options?: RegistryOptions): Promise<RegistryProcess>;
  /** An appliance whose pull secret names each upstream by the key it is given under. */
  appliance(
    upstreams: Readonly<Record<string, { readonly url: string }>>,
    options?: Partial<ApplianceOptions>,
  ): Promise<Appliance>;
  /** Ends with the stage, before what was given earlier. */
  use<T extends AsyncDisposable>(thing: T): T;
}

export async function openStage(): Promise<Stage> {
  const stack = new AsyncDisposableStack();
  const use = <T extends AsyncDisposable>(thing: T): T => stack.use(thing);
  const network = use(await openNetwork());
  return {
    network,
    use,
    upstream: async (options) => use(await startRegistry({ host: network.gateway, ...options })),
    appliance: async (upstreams, options) =>
      use(await startAppliance({ network, ...describeUpstreams(upstreams), ...options })),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** Pull secret (anonymous) and policy for upstreams under names that no DNS knows. */
export function describeUpstreams(upstreams: Readonly<Record<string, { readonly url: string }>>): {
  pullSecret: { auths: Record<string, object> };
  policyYaml: string;
} {
  const names = Object.keys(upstreams);
  return {
    pullSecret: { auths: Object.fromEntries(names.map((name) => [name, {}])) },
    policyYaml: JSON.stringify({
      upstreams: Object.fromEntries(
        Object.entries(upstreams).map(([name, { url }]) => [name, { url }]),
      ),
    }),
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
