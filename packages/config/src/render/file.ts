/** One file of the rendered configuration. */
export interface RenderedFile {
  readonly content: string;
  /** Without the bits for others where the content holds a secret; see `secretFile` and `ownFile`. */
  readonly mode: number;
}

/** Paths relative to the run directory (`etc/haproxy/haproxy.cfg`) to files. */
export type RenderedTree = ReadonlyMap<string, RenderedFile>;

/** A file that everybody may read. */
export function publicFile(content: string): RenderedFile {
  return { content, mode: 0o644 };
}

/** A file for the programs alone. Where root owns it, their group may read it. */
export function secretFile(content: string): RenderedFile {
  return { content, mode: 0o640 };
}

/** A file for `config` and supervisord alone, which are root where the container is. */
export function ownFile(content: string): RenderedFile {
  return { content, mode: 0o600 };
}
