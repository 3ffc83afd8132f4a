import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { isDigest, referrersFile, referrersTag, revisionsDir } from '@registry-cache/domain';
import { listNamesSync, orMissingSync, readQuietly } from '@registry-cache/runtime';
import { parseArtifactType, parseReferrers, parseSubject } from './parse-parts.ts';
import type { StoredFiles } from './stored-files.ts';

/** A signature, SBOM or other artifact of an image. */
export interface StoredReferrer {
  readonly digest: string;
  /** Empty where it is not known. */
  readonly artifactType: string;
  readonly bytes: number;
  readonly here: boolean;
}

/** As many manifests of the repository are looked at. */
const MAX_REVISIONS = 500;
const MAX_REFERRERS = 100;
const MAX_LIST_BYTES = 256 * 1024;
/** After so many files, other work of the process goes on. */
const BATCH = 50;

/**
 * Finds the referrers of a manifest that are known here: those that the upstream listed, those of the
 * tag `sha256-…` and of cosign's tags, and manifests of the repository with it as their subject.
 */
export async function readReferrers(
  files: StoredFiles,
  subject: string,
): Promise<{ readonly referrers: StoredReferrer[]; readonly isWhole: boolean }> {
  const found = new Map<string, StoredReferrer>();
  const add = async (digest: string, known: { artifactType?: string; sizeBytes?: number } = {}) => {
    if (found.has(digest) || found.size >= MAX_REFERRERS) return;
    const isLinked = await files.mayServeManifest(digest);
    const bytes = isLinked ? files.manifest(digest) : undefined;
    const { artifactType = '', sizeBytes = 0 } = known;
    found.set(digest, {
      digest,
      artifactType: artifactType || (bytes === undefined ? '' : parseArtifactType(bytes)),
      bytes: bytes?.length ?? sizeBytes,
      here: bytes !== undefined,
    });
  };
  const fallback = referrersTag(subject);
  const index = files.tag(fallback);
  const entries = index === undefined ? [] : parseReferrers(files.manifest(index) ?? Buffer.of());
  for (const { digest, ...known } of entries) await add(digest, known);
  for (const ending of ['sig', 'att', 'sbom']) {
    const digest = files.tag(`${fallback}.${ending}`);
    if (digest !== undefined) await add(digest, { artifactType: `cosign .${ending}` });
  }
  for (const digest of readListed(files, subject)) await add(digest);
  const revisions = listRevisions(files);
  for (const [number, digest] of revisions.slice(0, MAX_REVISIONS).entries()) {
    if (number % BATCH === BATCH - 1) await setImmediate();
    const bytes = files.manifest(digest);
    if (bytes !== undefined && parseSubject(bytes) === subject) await add(digest);
  }
  const isWhole = revisions.length <= MAX_REVISIONS && found.size < MAX_REFERRERS;
  return { referrers: [...found.values()], isWhole };
}

/** The referrers that the upstream listed. */
function readListed({ directory }: StoredFiles, subject: string): string[] {
  const read = () => readQuietly(referrersFile(directory, subject), MAX_LIST_BYTES);
  return (orMissingSync(read)?.toString('latin1') ?? '').split('\n').filter(isDigest);
}

function listRevisions({ directory }: StoredFiles): string[] {
  const top = revisionsDir(directory);
  return listNamesSync(top).flatMap((algorithm) =>
    listNamesSync(join(top, algorithm))
      .map((hex) => `${algorithm}:${hex}`)
      .filter(isDigest),
  );
}
