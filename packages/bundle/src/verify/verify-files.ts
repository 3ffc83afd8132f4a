import type { Archive } from '../archive/archive.ts';
import type { CheckedManifest } from '../formats/checked-manifest.ts';
import { matches, type VerifyResult, type VerifyRun } from './verify-run.ts';

/** Checks every file, or every part, that the manifest of a bundle names. */
export async function verifyFiles(
  archive: Archive,
  { manifest, digest }: CheckedManifest,
  run: VerifyRun,
): Promise<VerifyResult> {
  const problems: string[] = [];
  const listed = manifest.parts?.files ?? manifest.files;
  let bytes = 0;
  run.onTotal?.(listed.reduce((sum, { size }) => sum + size, 0));
  for (const wanted of listed) {
    const file = archive.files.get(wanted.name);
    if (wanted.digest === undefined) problems.push(`unfinished ${wanted.name}: not made yet`);
    else if (file === undefined) problems.push(`missing ${wanted.name}`);
    else if (file.sizeBytes !== wanted.size) {
      problems.push(`cut ${wanted.name}: ${file.sizeBytes} bytes, not ${wanted.size}`);
    } else {
      bytes += wanted.size;
      if (await matches(archive.stream(file), wanted.digest, run)) continue;
      problems.push(`damaged ${wanted.name}: its digest is not ${wanted.digest}`);
    }
  }
  return { files: listed.length, bytes, digest, problems };
}
