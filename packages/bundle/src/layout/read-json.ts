import { BundleError } from '../problem.ts';
import { findExcess, type JsonMeasure, measureJson } from './measured-json.ts';

/**
 * Parses JSON of a bundle, whose size is known to be small.
 * @param check looks at the counts of its values first, and may refuse them.
 * @throws BundleError for text that is not JSON, or that would take much memory.
 */
export function readJson(
  place: string,
  bytes: Uint8Array,
  check: (measure: JsonMeasure) => void = () => undefined,
): unknown {
  const measure = measureJson(bytes);
  check(measure);
  const excess = findExcess(measure);
  if (excess !== undefined) throw new BundleError(place, excess);
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    throw new BundleError(place, 'not JSON');
  }
}
