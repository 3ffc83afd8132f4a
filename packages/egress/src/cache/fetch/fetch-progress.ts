import type { BodyVersion } from '../../wire/body/version.ts';
import type { FetchFacts } from './fetch-deps.ts';
import type { SharedBody } from './shared-body.ts';

/** Follows one fetch, for those who ask how far it is and for the history. */
export class FetchProgress {
  readonly #now: () => number;
  readonly #sinceMs: number;
  #firstByteMs: number | undefined;
  #bytes = 0;

  /** The fetch begins now. */
  constructor(now: () => number) {
    this.#now = now;
    this.#sinceMs = now();
  }

  /** The first good reply came. A later one changes nothing. */
  noteReply(): void {
    this.#firstByteMs ??= this.#now() - this.#sinceMs;
  }

  noteBytes(bytes: number): void {
    this.#bytes += bytes;
  }

  describe(
    what: Pick<FetchFacts, 'repository' | 'digest'>,
    { host: from, source }: BodyVersion,
    { sizeBytes, readers, mostReaders }: SharedBody,
  ): FetchFacts {
    const times = { sinceMs: this.#sinceMs, firstByteMs: this.#firstByteMs };
    return { ...what, from, source, ...times, bytes: this.#bytes, sizeBytes, readers, mostReaders };
  }
}
