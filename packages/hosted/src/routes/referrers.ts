import { appendFile, mkdir, readFile } from 'node:fs/promises';
import {
  asObject,
  OCI_INDEX,
  parseObject,
  referrersDir,
  referrersFile,
} from '@registry-cache/domain';
import { orMissing } from '@registry-cache/runtime';
import { type Exchange, send } from '../http/answer.ts';
import { parseManifestParts } from '../sweep/manifest-parts.ts';
import { type Context, requireDigest } from './context.ts';

/** Notes that a manifest, which may come next, refers to a subject. */
export async function noteReferrer(
  { store }: Pick<Context, 'store'>,
  repository: string,
  subject: string,
  digest: string,
): Promise<void> {
  const directory = store.repositoryDir(repository);
  if ((await readNotes(directory, subject)).includes(digest)) return;
  await mkdir(referrersDir(directory), { recursive: true });
  await appendFile(referrersFile(directory, subject), `${digest}\n`);
}

/**
 * `GET …/referrers/<digest>`: an index of the manifests here with that subject. An unknown subject
 * has none. Source: OCI distribution specification 1.1, "Listing Referrers".
 */
export async function listReferrers(
  { store }: Context,
  exchange: Exchange,
  repository: string,
  text: string,
): Promise<void> {
  const subject = requireDigest(text);
  const wanted = exchange.query.get('artifactType');
  const manifests: object[] = [];
  for (const digest of await readNotes(store.repositoryDir(repository), subject)) {
    // A note stays when its manifest goes, or never came.
    if (!(await store.hasRevision(repository, digest))) continue;
    const bytes = await store.readManifest(digest);
    if (bytes === undefined || parseManifestParts(bytes).subject !== subject) continue;
    const entry = describeReferrer(digest, bytes);
    if (wanted === null || entry.artifactType === wanted) manifests.push(entry);
  }
  send(
    exchange,
    200,
    {
      'content-type': OCI_INDEX,
      ...(wanted !== null && { 'oci-filters-applied': 'artifactType' }),
    },
    JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }),
  );
}

function describeReferrer(digest: string, bytes: Buffer) {
  const { mediaType, artifactType, config, annotations } = parseObject(bytes);
  const kind = artifactType || asObject(config).mediaType;
  return {
    mediaType,
    digest,
    size: bytes.length,
    ...(typeof kind === 'string' && kind !== '' && { artifactType: kind }),
    ...(annotations !== undefined && { annotations }),
  };
}

async function readNotes(directory: string, subject: string): Promise<string[]> {
  const text = await orMissing(readFile(referrersFile(directory, subject), 'utf8'));
  return [...new Set((text ?? '').split('\n').filter((line) => line !== ''))];
}
