import { escapeUnprintable, formatSize } from '@registry-cache/domain';
import { count } from '../../count.ts';
import type { BundleImportSummary } from './import-bundle.ts';

/** Prints the end of an import. The status is 1 if something of the bundle was not taken. */
export function reportBundle(summary: BundleImportSummary, isJson: boolean): void {
  if (countLeftOut(summary) > 0) process.exitCode = 1;
  const lines = isJson ? [JSON.stringify(summary)] : formatSummary(summary);
  for (const line of lines) console.log(escapeUnprintable(line));
}

/** The images of a bundle that were not taken. */
export function countLeftOut({ refused, notServed, nameless }: BundleImportSummary): number {
  const others = Object.values(notServed).reduce((sum, images) => sum + images, 0);
  return refused.length + nameless.length + others;
}

/** A line for each image that was not taken; the counts come last. */
function formatSummary(summary: BundleImportSummary): string[] {
  const { refused, notServed, nameless } = summary;
  return [
    ...refused.map(({ image, why }) => `refused ${image}: ${why}`),
    ...Object.entries(notServed).map(
      ([registry, images]) => `not served here: ${registry}, of ${count(images, 'image')}`,
    ),
    ...nameless.map((label) => `no registry in the name ${label}: give it by --as`),
    formatCounts(summary),
  ];
}

function formatCounts({ imported, toImport, here, newBytes, refused }: BundleImportSummary) {
  const size = formatSize(newBytes);
  if (toImport !== undefined) {
    return `${count(toImport.length, 'image')} (${size} not here) to import, ${refused.length} refused`;
  }
  const taken = `${count(imported.length, 'image')} (${size}) imported`;
  return `${taken}, ${here.length} here before, ${refused.length} refused`;
}
