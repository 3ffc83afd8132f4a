import { INDEX_TYPES, SERVED_TYPES } from '@registry-cache/domain';

/** The types in an Accept header, all its lines joined. Without a header every type is accepted. */
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

  /** Whether the header lists this range, with any quality. */
  lists(range: string): boolean {
    return this.#qualities.has(range);
  }

  accepts(type: string): boolean {
    if (this.#qualities.size === 0) return true;
    const group = `${type.split('/')[0]}/*`;
    // The most specific range decides (RFC 9110 12.5.1).
    const quality = [type, group, '*/*']
      .map((range) => this.#qualities.get(range))
      .find((found) => found !== undefined);
    return (quality ?? 0) > 0;
  }

  /** A key of equal headers. All clients that accept every storable type share one key. */
  get kind(): string {
    return SERVED_TYPES.every((type) => this.accepts(type)) ? 'any' : (this.header ?? 'any');
  }

  /**
   * Whether an answer of this type is the same for every client. To a client that does not accept an
   * index, an upstream may answer with one manifest that it chose from the index.
   */
  isSameForAll(type: string): boolean {
    return INDEX_TYPES.includes(type) || INDEX_TYPES.every((index) => this.accepts(index));
  }
}

/** The header with every other storable type added. */
export function acceptAllStorable(header: string | undefined): string {
  const accepted = new Accepted(header);
  const missing =
    header === undefined ? SERVED_TYPES : SERVED_TYPES.filter((type) => !accepted.accepts(type));
  return [header, ...missing].filter((part) => part !== undefined && part !== '').join(', ');
}
