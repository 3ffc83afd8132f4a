import { formatSize } from '@registry-cache/domain';
import { PIN_REASONS } from '@registry-cache/pins';
import type { Logger, Metric } from '@registry-cache/runtime';
import type { RunReport } from './run-once.ts';

/** The files that one line names. */
const MAX_NAMED = 20;

/**
 * Logs a line for pins that cannot be read, and one if pins hold more than the limit: then no other
 * content fits beside them, or little. Neither is repeated while nothing changes.
 *
 * @param isEarly whether the run may follow the one before within seconds.
 * @param known the state that was logged last.
 * @returns the state that is logged by now.
 */
export function logPins(
  log: Logger,
  { pinned, limitBytes }: Pick<RunReport, 'pinned' | 'limitBytes'>,
  isEarly: boolean,
  known: string,
): string {
  const { bytes, blobs, broken, unreadable, mayHoldAnything } = pinned;
  const isAbove = bytes > limitBytes;
  const files = broken.map(({ file, problem }) => `${file}: ${problem}`);
  const places = unreadable.map(({ directory, problem }) => `${directory}: ${problem}`);
  const state = JSON.stringify([isAbove, files, places]);
  if (isEarly && state === known) return state;
  if (files.length > 0) {
    const fields = { count: files.length, files: files.slice(0, MAX_NAMED) };
    log.warn(fields, 'pins could not be read; their images are kept, as far as names tell');
  }
  if (places.length > 0) {
    const kept = mayHoldAnything ? 'nothing is evicted' : 'their repositories are kept whole';
    const fields = { count: places.length, places: places.slice(0, MAX_NAMED), kept };
    log.warn(fields, 'folders of pins or pinned images could not be read');
  }
  if (isAbove) {
    const fields = { pinnedBytes: bytes, pinned: formatSize(bytes), blobs, limitBytes };
    log.warn(fields, 'pinned images are larger than the limit of the store');
  }
  return state;
}

/** What pins hold, and how many there are. */
export function buildPinMetrics({ pinned }: Pick<RunReport, 'pinned'>): Metric[] {
  const unreadable = pinned.broken.length + pinned.unreadable.length;
  return [
    { name: 'registry_cache_store_pinned_bytes', value: pinned.bytes },
    { name: 'registry_cache_store_pinned_blobs', value: pinned.blobs },
    ...PIN_REASONS.map((why): Metric => {
      return {
        name: 'registry_cache_store_pins',
        value: pinned.pins.get(why) ?? 0,
        labels: { why },
      };
    }),
    { name: 'registry_cache_store_unreadable_pins', value: unreadable },
  ];
}
