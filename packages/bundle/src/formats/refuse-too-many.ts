import type { JsonMeasure } from '../layout/measured-json.ts';
import { MAX_IMAGES } from '../limits.ts';
import { BundleError } from '../problem.ts';

/** Refuses a list of too many images before any of it takes memory. */
export function refuseTooMany(place: string): (measure: JsonMeasure) => void {
  return ({ longest }) => {
    if (longest <= MAX_IMAGES) return;
    throw new BundleError(place, `${longest} images; at most ${MAX_IMAGES} are read`);
  };
}
