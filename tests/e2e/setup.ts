import { removeLeftovers, runOrThrow } from '@registry-cache/testbed';

/** Before the first suite: removes the leftovers of an interrupted run, and checks the image. */
export async function setup(): Promise<void> {
  await removeLeftovers();
  const image = process.env.REGISTRY_CACHE_IMAGE ?? 'localhost/registry-cache:latest';
  await runOrThrow('podman', ['image', 'inspect', image]).catch((cause: unknown) => {
    throw new Error(`there is no image ${image}; run ./scripts/build first`, { cause });
  });
}

export async function teardown(): Promise<void> {
  await removeLeftovers();
}
