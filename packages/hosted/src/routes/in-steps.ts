import type { Reserve } from './context.ts';

/** Few questions for a large layer, and little room that stands reserved in vain. */
const STEP_BYTES = 64 * 1024 * 1024;

/**
 * Reserves room for a body whose pieces are small.
 * @param offset the bytes of the same blob that are here.
 * @param lengthBytes the announced length of the body; 0 where it is not known.
 * @returns whether there is room for the next piece.
 */
export function inSteps(
  reserve: Reserve,
  offset: number,
  lengthBytes: number,
): (bytes: number) => Promise<boolean> {
  let granted = offset;
  let taken = offset;
  const grant = async (bytes: number) => {
    const isGranted = await reserve(bytes, granted);
    if (isGranted) granted += bytes;
    return isGranted;
  };
  return async (bytes) => {
    taken += bytes;
    if (taken <= granted) return true;
    const missing = taken - granted;
    const announced = offset + lengthBytes - granted;
    if (announced >= missing) return grant(announced);
    // The room that is left may be enough for the end of a body of unknown length.
    return (await grant(Math.max(missing, STEP_BYTES))) || grant(missing);
  };
}
