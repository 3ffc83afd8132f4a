import type { ReferenceNames } from '@registry-cache/config';
import { findChartImages } from '@registry-cache/lists';
import { readChart } from './here/read-chart.ts';
import { planChartImages } from './plan/plan-chart-images.ts';
import { formatImage, type Plan, type WarmImage } from './plan/plan-targets.ts';
import type { WarmedImage } from './warm-image.ts';

export interface FindMoreOptions {
  readonly storeRoot: string;
  readonly names: ReferenceNames;
  readonly plan: Pick<Plan, 'isBlocked'>;
  readonly onNote: (text: string) => void;
}

/** Makes a function that finds the images of a chart in its stored archive. */
export function createFindMore({ storeRoot, names, plan, onNote }: FindMoreOptions) {
  return async (chart: WarmImage, warmed: WarmedImage): Promise<readonly WarmImage[]> => {
    const archive = warmed.blobs.find(({ isChart }) => isChart);
    if (chart.entry.kind !== 'chart' || archive === undefined) return [];
    if (warmed.status === 'missing' && warmed.missing.includes(archive)) {
      onNote(`${formatImage(chart)}: it is not here, and so its images are not counted`);
      return [];
    }
    const found = findChartImages(await readChart(storeRoot, archive.digest));
    const { images, notes } = planChartImages(chart, found, names, plan.isBlocked);
    for (const note of notes) onNote(note);
    return images;
  };
}
