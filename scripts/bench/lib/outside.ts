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

/** The empty appliance and bare distribution, and a distant upstream. */
export interface Outside extends AsyncDisposable {
  readonly network: TestNetwork;
  /** It is in front of the real registry, and its rules make the distance. */
  readonly faultProxy: FaultProxy;
  readonly ours: Contender;
  readonly bare: Contender;
  /** Pushes `bench/<name>:v1` to the upstream only. */
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

/** The upstream itself, asked from the place of a contender's clients: this machine. */
export function directTo(faultProxy: FaultProxy, beside: Contender): Contender {
  return {
    ...beside,
    url: faultProxy.url,
    path: (rest) => `/v2/${rest}`,
    [Symbol.asyncDispose]: async () => {},
  };
}
