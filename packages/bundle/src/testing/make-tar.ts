import { Header } from 'tar/header';

export interface TarEntry {
  readonly path: string;
  readonly content?: string | Uint8Array;
  readonly type?: 'File' | 'SymbolicLink' | 'Link' | 'CharacterDevice' | 'Directory';
  readonly linkpath?: string;
}

/** A tar of any entries, also of those that no good program writes. */
export function makeTar(entries: readonly TarEntry[]): Buffer {
  const pieces = entries.flatMap(({ path, content = '', type = 'File', linkpath = '' }) => {
    const bytes = Buffer.from(content);
    const block = Buffer.alloc(512);
    new Header({
      path,
      type,
      linkpath,
      mode: 0o644,
      size: bytes.length,
      mtime: new Date(0),
    }).encode(block, 0);
    return [block, bytes, Buffer.alloc(-bytes.length & 511)];
  });
  return Buffer.concat([...pieces, Buffer.alloc(1024)]);
}
