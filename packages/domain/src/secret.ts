import { createHash, timingSafeEqual } from 'node:crypto';
import { inspect } from 'node:util';

const REDACTED = '[redacted]';

/** A value that always prints as `[redacted]`. Only `reveal()` gives it away. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  /** Compares in a time that does not depend on the position of a difference. */
  equals(other: string | Secret): boolean {
    const text = other instanceof Secret ? other.#value : other;
    return timingSafeEqual(sha256(this.#value), sha256(text));
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }
}

function sha256(value: string): Buffer {
  return createHash('sha256').update(value).digest();
}
