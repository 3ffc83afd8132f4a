import { InvalidArgumentError } from 'commander';

/** @throws InvalidArgumentError for text that is no number; the admin API knows the largest. */
export function readLimit(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('accepted: 1 to 10000');
  return Number(text);
}
