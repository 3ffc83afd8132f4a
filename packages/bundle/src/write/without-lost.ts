import type { BundlePlan, Lacking } from '../collect/collect-bundle.ts';
import { formatImageName } from '../layout/image-name.ts';

/** The plan without the images that need one of these blobs. */
export function withoutLost(plan: BundlePlan, lost: ReadonlyMap<string, string>): BundlePlan {
  if (lost.size === 0) return plan;
  const lostIn = (digest: string) => {
    const image = plan.collected.get(digest);
    return [...(image?.manifests ?? []), ...(image?.blobs ?? [])].find((one) =>
      lost.has(one.digest),
    )?.digest;
  };
  const lacking: Lacking[] = plan.images.flatMap((image) => {
    const digest = lostIn(image.digest);
    return digest === undefined
      ? []
      : [{ image: formatImageName(image), why: lost.get(digest) ?? digest }];
  });
  const images = plan.images.filter(({ digest }) => lostIn(digest) === undefined);
  const collected = new Map(
    images.flatMap(({ digest }) => {
      const image = plan.collected.get(digest);
      return image === undefined ? [] : [[digest, image] as const];
    }),
  );
  const kept = [...collected.values()];
  const sizes = (parts: readonly { digest: string; sizeBytes: number }[]) =>
    parts.map(({ digest, sizeBytes }) => [digest, { sizeBytes }] as const);
  return {
    images,
    collected,
    manifests: new Map(kept.flatMap((image) => sizes(image.manifests))),
    blobs: new Map(kept.flatMap((image) => sizes(image.blobs))),
    lacking: [...plan.lacking, ...lacking],
  };
}
