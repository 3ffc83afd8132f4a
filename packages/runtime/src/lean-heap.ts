import { setFlagsFromString } from 'node:v8';

/**
 * Keeps the heap's nursery at 2 MB instead of letting it grow to 32: a worker that makes a lot
 * of short-lived garbage stays some 60 MB smaller, at the same speed (scripts/bench). To be
 * called once, first thing in a worker's `main`.
 */
export function keepHeapLean(): void {
  setFlagsFromString('--max-semi-space-size=2');
  setFlagsFromString('--semi-space-growth-factor=1');
}
