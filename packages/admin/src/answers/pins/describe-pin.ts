import { type InspectedPin, isBrokenPin, isFrozen, namePin } from '@registry-cache/pins';
import type { PinAnswer } from '../../contract/pins.ts';

/** @param hostOf the registry of an upstream by its id. */
export function describePin(
  { pin, digest, sizes, isWhole }: InspectedPin,
  hostOf: (upstreamId: string) => string | undefined,
): PinAnswer {
  const content = {
    image: namePin(pin, hostOf),
    ...(digest !== undefined && { digest }),
    heldBytes: sumSizes(sizes.values()),
    whole: isWhole,
  };
  if (isBrokenPin(pin)) return { ...content, frozen: false, problem: pin.problem };
  const { why, by, since } = pin;
  return { ...content, frozen: isFrozen(pin), why, by, since };
}

export function sumSizes(sizes: Iterable<number>): number {
  let total = 0;
  for (const size of sizes) total += size;
  return total;
}
