import { setImmediate } from 'node:timers/promises';
import type { AuditBook } from '../audit/audit-book.ts';
import { createLineParser } from '../parse/line-parser.ts';
import { type Noted, readNote } from '../parse/read-note.ts';
import { ManifestChildren } from '../touch/manifest-children.ts';
import { touchBlob } from '../touch/touch-blob.ts';
import { Touches } from '../touch/touches.ts';
import type { Counts } from './counts.ts';

const TOUCHES_PER_SLICE = 256;

interface ToucherOptions {
  readonly storeRoot: string;
  readonly counts: Counts;
  readonly nowMs: () => number;
  readonly onNoted?: ((noted: Noted) => void) | undefined;
  readonly audit?: AuditBook | undefined;
}

/** Turns lines into access times, in batches, and gives them to the audit log. */
export class Toucher {
  /** The time of the newest line; undefined before the first one. */
  newestMs: number | undefined;
  readonly #root: string;
  readonly #counts: Counts;
  readonly #nowMs: () => number;
  readonly #onNoted: (noted: Noted) => void;
  readonly #audit: AuditBook | undefined;
  readonly #parse = createLineParser();
  readonly #touches = new Touches();
  readonly #children: ManifestChildren;

  constructor({ storeRoot, counts, nowMs, onNoted, audit }: ToucherOptions) {
    this.#root = storeRoot;
    this.#counts = counts;
    this.#nowMs = nowMs;
    this.#onNoted = onNoted ?? (() => {});
    this.#audit = audit;
    this.#children = new ManifestChildren(storeRoot);
  }

  get pending(): number {
    return this.#touches.size;
  }

  addLines(lines: readonly string[]): void {
    for (const line of lines) {
      this.#audit?.addLine(line);
      const noted = readNote(line);
      if (noted !== undefined) {
        this.#counts.notes.set(noted.note, (this.#counts.notes.get(noted.note) ?? 0) + 1);
        this.#onNoted(noted);
      }
      const parsed = this.#parse(line);
      if (parsed === 'garbage') {
        this.#counts.skippedLines += 1;
        continue;
      }
      this.#counts.answers.add(parsed.answer);
      const { served } = parsed;
      if (served === undefined) continue;
      this.newestMs = served.timeMs;
      this.#touches.add(served);
    }
    this.#counts.lines += lines.length;
  }

  /** Sets all gathered access times. A time in the future counts as now. */
  async apply(): Promise<void> {
    const latestMs = this.#nowMs();
    let done = 0;
    for (const [digest, timeMs] of this.#touches.take((manifest) => this.#children.of(manifest))) {
      const outcome = touchBlob(this.#root, digest, Math.min(timeMs, latestMs), latestMs);
      if (outcome === 'touched') this.#counts.touched += 1;
      if (outcome === 'failed') this.#counts.failedTouches += 1;
      done += 1;
      if (done % TOUCHES_PER_SLICE === 0) await setImmediate();
    }
  }
}
