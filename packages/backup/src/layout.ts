import * as z from 'zod';

/**
 * The files of a backup, which is a tar:
 *
 *     backup.json        what it is; the first file
 *     store/…            files of the store, by their paths in it
 *     keys/<name>        certificates and keys that the cache has made
 *     sums.sha256        a line for each file before it, as `sha256sum` writes them; the last file
 */
export const INFO_NAME = 'backup.json';
export const SUMS_NAME = 'sums.sha256';
export const STORE_PREFIX = 'store/';
export const KEYS_PREFIX = 'keys/';

/** The names below `keys/`. */
export const KEY_NAMES = ['certs.pem', 'ca.crt', 'ca.key'] as const;
export type KeyName = (typeof KEY_NAMES)[number];

/** The folders and files at the top of a store that a backup may have. */
export const STORE_TOPS: ReadonlySet<string> = new Set([
  'admission',
  'audit',
  'blobs',
  'bundles',
  'hosted',
  'jobs',
  'on-demand.json',
  'pins',
  'registries',
  'trust',
]);

const INFO = z.object({
  format: z.literal('registry-cache-backup'),
  /** Of this layout. */
  version: z.literal(1),
  /** Of the program that wrote it. */
  madeBy: z.string(),
  /** ISO 8601, UTC. */
  createdAt: z.iso.datetime(),
});

export type BackupInfo = z.infer<typeof INFO>;

/** Undefined for anything but the first file of a backup that this program knows. */
export function parseInfo(text: string): BackupInfo | undefined {
  try {
    return INFO.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

export function formatSum(name: string, hex: string): string {
  return `${hex}  ${name}\n`;
}
