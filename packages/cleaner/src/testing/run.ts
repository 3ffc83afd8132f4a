import { type RunReport, runOnce } from '../run/run-once.ts';
import type { TestStore } from './store.ts';

/** Cleans a store now. */
export function run(
  store: TestStore,
  targetBytes: number,
  startBytes = targetBytes,
): Promise<RunReport> {
  return runOnce({
    root: store.root,
    limits: { startBytes, targetBytes },
    nowMs: Date.now,
    sweepAlways: true,
  });
}

/** An image in a repository: a manifest, a config and a layer, each of 100 bytes. */
export function addImage(store: TestStore, upstream: string, repository: string, age: number) {
  const [manifest, config, layer] = [
    store.blob(100, age),
    store.blob(100, age),
    store.blob(100, age),
  ];
  for (const digest of [config, layer]) store.layer(upstream, repository, digest);
  store.manifest(upstream, repository, manifest);
  store.tag(upstream, repository, 'latest', manifest);
  return { manifest, config, layer, directory: store.repository(upstream, repository) };
}
