import { inspectPins } from '@registry-cache/pins';
import type { PinAnswer, PinsAnswer } from '../../contract/pins.ts';
import { readServedNames } from '../../sources/read-served-names.ts';
import type { AnswerDeps } from '../answer-deps.ts';
import { describePin, sumSizes } from './describe-pin.ts';

export async function answerPins({ options }: AnswerDeps): Promise<PinsAnswer> {
  const { hostOf } = await readServedNames(options.registriesFile);
  const unreadable: { directory: string; problem: string }[] = [];
  const sizes = new Map<string, number>();
  const pins: PinAnswer[] = [];
  for await (const inspected of inspectPins(options.storeRoot, unreadable)) {
    for (const [digest, sizeBytes] of inspected.sizes) sizes.set(digest, sizeBytes);
    pins.push(describePin(inspected, hostOf));
  }
  return { pins, heldBytes: sumSizes(sizes.values()), unreadable: unreadable.length };
}
