import { INDEX_TYPES, SERVED_TYPES } from '@registry-cache/domain';

/** What a client takes: its Accept header, all lines in one. Without any it takes everything. */
export class Accepted {
  readonly header: string | undefined;
  readonly #qualities = new Map<string, number>();

  constructor(header: string | undefined) {
    this.header = header;
    for (const part of header?.split(',') ?? []) {
      const [range = '', ...parameters] = part.split(';').map((text) => text.trim());
      const quality = parameters.map((text) => /^q=([\d.]+)$/i.exec(text)?.[1]).find(Boolean);
      if (range !== '') this.#qualities.set(range.toLowerCase(), Number(quality ?? 1));
    }
  }

  /** Whether the header has this range itself, whatever its quality. */
  names(range: string): boolean {
    return this.#qualities.has(range);
  }

  takes(type: string): boolean {
    if (this.#qualities.size === 0) return true;
    const group = `${type.split('/')[0]}/*`;
    // The most specific range decides (RFC 9110 12.5.1).
    const quality = [type, group, '*/*']
      .map((range) => this.#qualities.get(range))
      .find((found) => found !== undefined);
    return (quality ?? 0) > 0;
  }

  /** One key for all that take whatever the store can hold, so that they share one answer. */
  get kind(): string {
    return SERVED_TYPES.every((type) => this.takes(type)) ? 'any' : (this.header ?? 'any');
  }

  /**
   * Whether an answer of this type is what the tag names for everybody. An upstream may answer who
   * takes no index with the one manifest that it thinks fits.
   */
  isUnchosen(type: string): boolean {
    return INDEX_TYPES.includes(type) || INDEX_TYPES.every((index) => this.takes(index));
  }
}

/** The same, and all that the store can hold besides. */
export function acceptAlso(header: string | undefined): string {
  const accepted = new Accepted(header);
  const missing =
    header === undefined ? SERVED_TYPES : SERVED_TYPES.filter((type) => !accepted.takes(type));
  return [header, ...missing].filter((part) => part !== undefined && part !== '').join(', ');
}
