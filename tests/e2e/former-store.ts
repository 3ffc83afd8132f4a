import { chown, mkdir, symlink, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Bundle, Content } from '@registry-cache/testbed';

/** The image's unprivileged user. */
const UID = 10_001;
const FOLDER_MODE = 0o755;

export const FORMER_AUDIT =
  '{"time":"2026-01-01T00:00:00.000Z","event":"pin","user":"operator","way":"operator","verdict":"allowed","image":"reg.test/team/app","reference":"v1"}\n';

/**
 * Writes a store as the cache kept it before it had a history and an object store (commit f14a3935):
 * an image with its tag, a pin, and a line of the audit. Nothing here comes from the code of today,
 * so that a path that changes makes a test of it fail. There is no release yet; with the first one,
 * its image makes this store.
 */
export async function writeFormerStore(root: string, image: Bundle): Promise<void> {
  const put = async (path: string, content: string | Uint8Array) => {
    const file = join(root, path);
    await makeFolder(root, dirname(path));
    await writeFile(file, content, { mode: 0o644 });
    await chown(file, UID, UID);
  };
  for (const folder of ['blobs', 'registries', 'egress', 'audit']) await makeFolder(root, folder);
  await chown(root, UID, UID);
  const hexOf = ({ digest }: Content) => digest.slice('sha256:'.length);
  const upstream = 'registries/reg.test/docker/registry/v2';
  const repository = `${upstream}/repositories/team/app`;
  const { top, manifests, blobs } = image;
  for (const content of [...manifests, ...blobs]) {
    const hex = hexOf(content);
    await put(`blobs/sha256/${hex.slice(0, 2)}/${hex}/data`, content.bytes);
  }
  for (const content of blobs) {
    await put(`${repository}/_layers/sha256/${hexOf(content)}/link`, content.digest);
  }
  for (const content of manifests) {
    const link = `${repository}/_manifests/revisions/sha256/${hexOf(content)}/link`;
    await put(link, content.digest);
  }
  const tag = `${repository}/_manifests/tags/v1`;
  await put(`${tag}/index/sha256/${hexOf(top)}/link`, top.digest);
  await put(`${tag}/current/link`, top.digest);
  await symlink('../../../../../blobs', join(root, upstream, 'blobs'));
  const pin = { digest: top.digest, why: 'pin', by: 'operator', since: '2026-01-01T00:00:00.000Z' };
  await put('pins/reg.test/team/app/_tags/v1.json', `${JSON.stringify(pin)}\n`);
  await put('audit/audit.log', FORMER_AUDIT);
  const confirmed = new Date(Date.now() - 60_000);
  await utimes(join(root, tag, 'current/link'), confirmed, confirmed);
}

async function makeFolder(root: string, path: string): Promise<void> {
  let at = root;
  for (const name of path.split('/')) {
    at = join(at, name);
    await mkdir(at, { mode: FOLDER_MODE }).catch(() => undefined);
    await chown(at, UID, UID);
  }
}
