import {
  type Bundle,
  openNetwork,
  pushBundle,
  type RegistryProcess,
  startRegistry,
  type TestNetwork,
} from '@registry-cache/testbed';
import { warm } from './clients.ts';
import { type Contender, startBare, startOurs } from './contender.ts';

/** The appliance and bare distribution with one upstream, and with all of its content stored. */
export interface Pair extends AsyncDisposable {
  readonly network: TestNetwork;
  readonly upstream: RegistryProcess;
  readonly contenders: readonly [Contender, Contender];
}

/** Pushes each image as `bench/<name>:v1` and pulls it through both. */
export async function openPair(images: Readonly<Record<string, Bundle>>): Promise<Pair> {
  const stack = new AsyncDisposableStack();
  try {
    const network = stack.use(await openNetwork());
    const upstream = stack.use(await startRegistry({ host: network.gateway }));
    const ours = stack.use(await startOurs(network, upstream.url));
    const bare = stack.use(await startBare(network, upstream.url));
    for (const [name, image] of Object.entries(images)) {
      await pushBundle(upstream, `bench/${name}`, 'v1', image);
      for (const contender of [ours, bare]) await pull(contender, `bench/${name}`, image);
    }
    return {
      network,
      upstream,
      contenders: [ours, bare],
      [Symbol.asyncDispose]: () => stack.disposeAsync(),
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

/** Pulls all of an image, so that it is stored from now on. */
export async function pull(contender: Contender, repository: string, image: Bundle): Promise<void> {
  const references = ['v1', ...image.manifests.map(({ digest }) => digest)];
  const paths = [
    ...references.map((reference) => `${repository}/manifests/${reference}`),
    ...image.blobs.map(({ digest }) => `${repository}/blobs/${digest}`),
  ];
  // Twice, because only the second pull is served from the store.
  for (const path of [...paths, ...paths]) await warm(contender, contender.path(path));
}
