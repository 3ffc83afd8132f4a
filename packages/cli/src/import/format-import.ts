import { escapeUnprintable, formatSize } from '@registry-cache/domain';
import { count } from '../count.ts';
import type { Chosen } from './plan/choose-units.ts';
import type { ImportPlan, PlannedUnit } from './plan/read-plan.ts';
import type { ImportResult } from './run-import.ts';

/** An import's end, for people and as JSON. */
export interface ImportSummary extends Omit<ImportResult, 'crowdedOut'> {
  readonly upstream: string;
  /** Images for which the store has no room: `team/app:v1`, or by digest. */
  readonly left: readonly string[];
  /** Names in the source that no registry can have. */
  readonly skipped: readonly string[];
}

/** Said before the first byte moves. */
export function formatPlan(
  { repositories, units }: ImportPlan,
  chosen: Chosen,
  { isMoving, usedBytes, maxBytes }: { isMoving: boolean; usedBytes: number; maxBytes: number },
): string {
  const images = units.filter((unit) => unit.manifests.length > 0).length;
  const size = `${formatSize(chosen.newBytes)} to ${isMoving ? 'move' : 'copy'}`;
  const left = chosen.left.length === 0 ? '' : `, ${chosen.left.length} without room`;
  const room = `the store has ${formatSize(usedBytes)} of ${formatSize(maxBytes)}`;
  return `${count(images, 'image')} in ${count(repositories, 'repository')}, ${size}${left}; ${room}`;
}

/** A line for each rotten blob, image without room and skipped name; the counts come last. */
export function formatSummary(summary: ImportSummary): string[] {
  const { rotten, left, skipped, repositories, tags, manifests, blobs, bytes } = summary;
  const parts = [
    `${count(tags, 'tag')}, ${count(manifests, 'manifest')} and ${count(blobs, 'blob')} ` +
      `(${formatSize(bytes)}) imported for ${count(repositories, 'repository')} of ${summary.upstream}`,
    `${count(summary.storedBefore, 'blob')} and ${count(summary.tagsKept, 'tag')} were here`,
    `${rotten.length} rotten, ${left.length} without room, ${skipped.length} skipped`,
  ];
  return [
    ...rotten.map((one) => `rotten ${one.digest} ${one.repositories.join(' ')}`),
    ...left.map((name) => `without room ${name}`),
    ...skipped.map((name) => `skipped ${escapeUnprintable(name)}`),
    parts.join('; '),
  ];
}

/** The names of a unit for people: its tags, or its digest. */
export function nameUnit({ repository, tags, manifests, blobs }: PlannedUnit): string[] {
  if (tags.length > 0) return tags.map(({ tag }) => `${repository}:${tag}`);
  return [`${repository}@${manifests.at(-1) ?? blobs[0]}`];
}
