import { readFile } from 'node:fs/promises';
import type { IssuerKeys, IssuerOptions, IssuersFile } from '@registry-cache/domain';
import { type Logger, parseJson, type WatchedFile, watchFile } from '@registry-cache/runtime';
import * as z from 'zod/mini';

const keys: z.ZodMiniType<IssuerKeys> = z.discriminatedUnion('from', [
  z.object({ from: z.literal('file'), keys: z.array(z.record(z.string(), z.string())) }),
  z.object({ from: z.literal('url'), url: z.string() }),
  z.object({ from: z.literal('discovery') }),
]);

const issuer: z.ZodMiniType<IssuerOptions> = z.object({
  issuer: z.string(),
  audience: z.string(),
  keys,
  user: z.string(),
  groups: z.optional(z.string()),
  require: z.record(z.string(), z.array(z.string())),
  prefix: z.string(),
  line: z.string(),
});

const ISSUERS_FILE: z.ZodMiniType<IssuersFile> = z.object({
  issuers: z.array(issuer),
  ca: z.string(),
});

/**
 * Follows `issuers.json`. While it is missing or broken, the last good one stays in force.
 *
 * @throws Error if the file is bad at the start; config never writes such a file.
 */
export async function openIssuersFile(
  file: string,
  log: Logger,
): Promise<WatchedFile<IssuersFile>> {
  const parse = (text: string) => parseJson(text, ISSUERS_FILE);
  return watchFile(file, parse(await readFile(file, 'utf8')), {
    parse,
    onChange: ({ issuers }) => log.info({ file, issuers: issuers.length }, 'issuers read'),
    onBroken: (error) =>
      log.error({ file, err: error }, 'the file of issuers is not usable, the last good one stays'),
  });
}
