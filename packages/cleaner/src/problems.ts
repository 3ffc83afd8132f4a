/**
 * Errors with single files during a run. They never end the run. Each kind of error is reported
 * once, with its count and its first path.
 */
export interface Problem {
  /** The system's code: `EACCES`, `EIO`. */
  readonly code: string;
  readonly count: number;
  readonly firstPath: string;
}

export class Problems {
  readonly #byCode = new Map<string, { count: number; firstPath: string }>();

  add(error: unknown, path: string): void {
    const code = errorCode(error);
    const known = this.#byCode.get(code);
    if (known === undefined) this.#byCode.set(code, { count: 1, firstPath: path });
    else known.count += 1;
  }

  list(): Problem[] {
    return [...this.#byCode].map(([code, problem]) => ({ code, ...problem }));
  }
}

export function errorCode(error: unknown): string {
  return (error as NodeJS.ErrnoException | undefined)?.code ?? 'UNKNOWN';
}
