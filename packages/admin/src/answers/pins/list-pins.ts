import { inspectPins, isBrokenPin } from '@registry-cache/pins';
import type { PinAnswer, PinsAnswer } from '../../contract/pins.ts';
import { describePin, sumSizes } from './describe-pin.ts';

export interface ListPinsOptions {
  readonly storeRoot: string;
  /** Undefined where it is not known. */
  readonly limitBytes: number | undefined;
  /** The registry of an upstream by its id. */
  readonly hostOf: (upstreamId: string) => string | undefined;
}

/** A pin or a folder of pins that cannot be read. */
export interface PinProblem {
  readonly place: string;
  readonly problem: string;
}

/** Lists the pins as the verb `pins` answers, here and by the command line in the container. */
export async function listPins(
  { storeRoot, limitBytes, hostOf }: ListPinsOptions,
  onProblem: (problem: PinProblem) => void = () => undefined,
): Promise<PinsAnswer> {
  const unreadable: { directory: string; problem: string }[] = [];
  const sizes = new Map<string, number>();
  const pins: PinAnswer[] = [];
  for await (const inspected of inspectPins(storeRoot, unreadable)) {
    for (const [digest, sizeBytes] of inspected.sizes) sizes.set(digest, sizeBytes);
    const { pin } = inspected;
    if (isBrokenPin(pin)) {
      const problem = `${pin.problem}; its image is kept as far as its name tells`;
      onProblem({ place: pin.file, problem });
    }
    pins.push(describePin(inspected, hostOf));
  }
  for (const { directory: place, problem } of unreadable) onProblem({ place, problem });
  return {
    ...{ pins, heldBytes: sumSizes(sizes.values()), unreadable: unreadable.length },
    ...(limitBytes !== undefined && { limitBytes }),
  };
}
