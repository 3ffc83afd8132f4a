import { rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatIssue, type Issue } from '@registry-cache/domain';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createServerCertificate } from '../certificate/create-server.ts';
import { readPair } from './read-pair.ts';

interface Pair {
  readonly certificate: string;
  readonly key: string;
}

let dir: string;
let files: Pair;
let old: Pair;
let next: Pair;

beforeAll(async () => {
  const make = async () => {
    const pem = await createServerCertificate(['cache.test'], new Date());
    const end = pem.indexOf('-----BEGIN PRIVATE');
    return { certificate: pem.slice(0, end), key: pem.slice(end) };
  };
  [old, next] = [await make(), await make()];
});

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'pair-'));
  files = { certificate: join(dir, 'tls.crt'), key: join(dir, 'tls.key') };
});

afterEach(() => rm(dir, { recursive: true }));

function write({ certificate, key }: Partial<Pair>): void {
  if (certificate !== undefined) writeFileSync(files.certificate, certificate);
  if (key !== undefined) writeFileSync(files.key, key);
}

/** Reads the pair, and calls `meanwhile` where a wait begins. */
async function read(timeoutMs: number, meanwhile: () => void = () => {}) {
  const issues: Issue[] = [];
  const waits: string[][] = [];
  const onStart = (found: readonly Issue[]) => {
    waits.push(found.map(formatIssue));
    meanwhile();
  };
  const { certificate, certificateKey } = await readPair(files, issues, { timeoutMs, onStart });
  return { pair: { certificate, key: certificateKey?.text }, waits, issues };
}

/** Longer than any of these tests may take. */
const LONG_MS = 60_000;

describe('readPair', () => {
  it('reads a pair that fits at once', async () => {
    write(old);
    expect(await read(LONG_MS)).toEqual({ pair: old, waits: [], issues: [] });
  });

  it.each([
    { what: 'the certificate is', first: 'certificate', second: 'key' },
    { what: 'the key is', first: 'key', second: 'certificate' },
  ] as const)('waits for the other file where $what new already', async ({ first, second }) => {
    write({ ...old, [first]: next[first] });
    const { pair, waits, issues } = await read(LONG_MS, () => write({ [second]: next[second] }));
    expect({ pair, issues }).toEqual({ pair: next, issues: [] });
    const found = "found a private key that is not the first certificate's";
    expect(waits).toEqual([[expect.stringContaining(found)]]);
  });

  it('waits for a file that is missing or half written', async () => {
    write({ certificate: next.certificate });
    expect((await read(LONG_MS, () => write(next))).pair).toEqual(next);
    write({ key: next.key.slice(0, 40) });
    expect((await read(LONG_MS, () => write(next))).pair).toEqual(next);
  });

  it('gives up once its time is over, and leaves the pair to its parser', async () => {
    write({ certificate: next.certificate, key: old.key });
    const { pair, waits, issues } = await read(1);
    expect(pair).toEqual({ certificate: next.certificate, key: old.key });
    expect([waits.length, issues]).toEqual([1, []]);
  });

  it('has an issue that names both files where one is missing', async () => {
    write(old);
    rmSync(files.key);
    const { pair, issues } = await read(1);
    expect(pair).toEqual({ certificate: undefined, key: undefined });
    expect(issues.map(formatIssue)).toEqual([
      `${files.key}: found no such file; accepted: the private key of ${files.certificate}`,
    ]);
  });

  it('does not wait unless it is told to', async () => {
    write({ certificate: next.certificate, key: old.key });
    const issues: Issue[] = [];
    const { certificateKey } = await readPair(files, issues, undefined);
    expect(certificateKey).toEqual({ file: files.key, text: old.key });
  });
});
