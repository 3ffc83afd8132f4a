import {
  type Bundle,
  type FaultProxy,
  openNetwork,
  pushBundle,
  type RegistryProcess,
  startFaultProxy,
  startRegistry,
  type TestNetwork,
} from '@registry-cache/testbed';
import { type Contender, startBare, startOurs } from './contender.ts';

/** The appliance and bare distribution with nothing in them, and an upstream that is far away. */
export interface Outside extends AsyncDisposable {
  readonly network: TestNetwork;
  /** In front of the real registry: its rules make the distance. */
  readonly faultProxy: FaultProxy;
  readonly ours: Contender;
  readonly bare: Contender;
  /** As `bench/<name>:v1`, at the upstream alone. */
  push(name: string, image: Bundle): Promise<void>;
}

export async function openOutside(): Promise<Outside> {
  const stack = new AsyncDisposableStack();
  try {
    const network = stack.use(await openNetwork());
    const host = network.gateway;
    const registry: RegistryProcess = stack.use(await startRegistry({ host }));
    const faultProxy = stack.use(await startFaultProxy({ host, upstream: registry.url }));
    const ours = stack.use(await startOurs(network, faultProxy.url));
    const bare = stack.use(await startBare(network, faultProxy.url));
    return {
      network,
      faultProxy,
      ours,
      bare,
      push: (name, image) => pushBundle(registry, `bench/${name}`, 'v1', image),
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

/** The upstream itself, asked from where a contender's clients are: this machine. */
export function directTo(faultProxy: FaultProxy, beside: Contender): Contender {
  return {
    ...beside,
    url: faultProxy.url,
    path: (rest) => `/v2/${rest}`,
    [Symbol.asyncDispose]: async () => {},
  };
}
