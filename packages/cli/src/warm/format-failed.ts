import { stringify } from 'yaml';
import { formatImage, USUAL } from './plan/plan-targets.ts';
import type { FailedEntry } from './run-warm.ts';

/**
 * The list of what failed, which `warm` reads again: one image a line, or YAML where lines cannot
 * say it all.
 */
export function formatFailed(failed: readonly FailedEntry[]): string {
  if (failed.every(isPlain)) return failed.map(({ name }) => `${name}\n`).join('');
  const documents = failed.flatMap(({ entry, image }) => {
    if (image === undefined) return 'source' in entry ? [entry.source] : [];
    return entry.kind === 'chart' ? [toChart(image)] : [];
  });
  const images = failed.flatMap(({ entry, image }) => {
    return image === undefined || entry.kind === 'chart' ? [] : [toSync(image)];
  });
  const all = images.length > 0 ? [{ sync: images }, ...documents] : documents;
  return all.map((one) => `---\n${stringify(one)}`).join('');
}

function isPlain({ entry, image }: FailedEntry): boolean {
  const isUsual = image?.platforms.every((platform) => platform === USUAL) ?? false;
  return entry.kind === 'image' && isUsual;
}

function toSync(image: NonNullable<FailedEntry['image']>): object {
  const platforms = image.platforms.filter((platform) => platform !== USUAL);
  const source = formatImage(image);
  return { source, type: 'image', ...(platforms.length > 0 && { platforms }) };
}

function toChart({ image, reference }: NonNullable<FailedEntry['image']>): object {
  const chart = { name: `oci://${image}`, version: reference };
  return {
    apiVersion: 'content.hauler.cattle.io/v1',
    kind: 'Charts',
    spec: { charts: [chart] },
  };
}
