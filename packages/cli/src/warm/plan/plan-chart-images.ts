import { type ReferenceNames, resolveReference } from '@registry-cache/config';
import type { ChartImages } from '@registry-cache/lists';
import { formatImage, type Plan, planUpstream, USUAL, type WarmImage } from './plan-targets.ts';

export interface ChartPlan {
  readonly images: readonly WarmImage[];
  /** What is not fetched, and why. */
  readonly notes: readonly string[];
}

/** The images that a chart names, as far as they are served here and not blocked. */
export function planChartImages(
  chart: WarmImage,
  { images, templated }: ChartImages,
  names: ReferenceNames,
  isBlocked: Plan['isBlocked'],
): ChartPlan {
  const path = formatImage(chart);
  const notes: string[] = [];
  if (templated > 0) {
    const lines =
      templated === 1 ? '1 line of its templates' : `${templated} lines of its templates`;
    notes.push(`${path}: ${lines} may name more images, which only helm itself can tell`);
  }
  const found = images.flatMap((text) => {
    const resolved = resolveReference(path, text, names);
    const upstream = resolved.ok ? planUpstream(resolved.value) : undefined;
    if (!resolved.ok || upstream === undefined) {
      notes.push(`${path}: ${text} is not fetched: its registry is not served here`);
      return [];
    }
    const { registry, repository, reference } = resolved.value;
    const image = `${registry}/${repository}`;
    if (isBlocked(image, reference)) return [];
    const entry = { path, kind: 'image', platforms: [], reference: text } as const;
    const platforms = chart.platforms.length > 0 ? chart.platforms : [USUAL];
    return [{ entry, ...upstream, repository, image, reference, platforms }];
  });
  return { images: found, notes };
}
