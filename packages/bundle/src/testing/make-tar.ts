import { Header } from 'tar/header';

export interface TarEntry {
  readonly path: string;
  readonly content?: string | Uint8Array;
  readonly type?:
    | 'File'
    | 'SymbolicLink'
    | 'Link'
    | 'CharacterDevice'
    | 'Directory'
    | 'ExtendedHeader';
  readonly linkpath?: string;
  /** In the header, in bytes. Default that of the content. */
  readonly toldBytes?: number;
}

/** A tar of any entries, also of those that no good program writes. */
export function makeTar(entries: readonly TarEntry[]): Buffer {
  const pieces = entries.flatMap(
    ({ path, content = '', type = 'File', linkpath = '', toldBytes }) => {
      const bytes = Buffer.from(content);
      const block = Buffer.alloc(512);
      new Header({
        path,
        type,
        linkpath,
        mode: 0o644,
        size: toldBytes ?? bytes.length,
        mtime: new Date(0),
      }).encode(block, 0);
      return [block, bytes, Buffer.alloc(-bytes.length & 511)];
    },
  );
  return Buffer.concat([...pieces, Buffer.alloc(1024)]);
}

/** A record of an extended header. Its length counts its own digits. Source: POSIX.1-2017, "pax". */
export function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const withDigits = (digits: number) => digits + rest.length;
  const digits = String(withDigits(String(rest.length).length)).length;
  return `${withDigits(digits)}${rest}`;
}
