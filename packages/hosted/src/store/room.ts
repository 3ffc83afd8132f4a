/** The bytes that hosted images take, blob by blob and upload by upload. */
export class Room {
  readonly #sizes = new Map<string, number>();
  #heldBytes = 0;

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** @param name - a digest, or the id of an upload. */
  set(name: string, sizeBytes: number): void {
    this.#heldBytes += sizeBytes - (this.#sizes.get(name) ?? 0);
    this.#sizes.set(name, sizeBytes);
  }

  grow(name: string, bytes: number): void {
    this.set(name, (this.#sizes.get(name) ?? 0) + bytes);
  }

  /** Returns the bytes that are free now. */
  remove(name: string): number {
    const sizeBytes = this.#sizes.get(name) ?? 0;
    this.#heldBytes -= sizeBytes;
    this.#sizes.delete(name);
    return sizeBytes;
  }

  has(name: string): boolean {
    return this.#sizes.has(name);
  }
}
