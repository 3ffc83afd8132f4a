import { X509Certificate } from 'node:crypto';
import { access, mkdir } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import type { RunPaths } from '@registry-cache/domain';
import { type Logger, writeFileAtomic } from '@registry-cache/runtime';
import type { Settings } from '../settings/table.ts';
import { createServerCertificate } from './create-server.ts';
import { listOwnNames } from './names.ts';

/**
 * Makes the edge's certificate where the operator brought none, with these names besides those of
 * this container. It is kept at the operator's path; where that cannot be written, it lasts for this
 * boot.
 *
 * @returns the path of the certificate.
 */
export async function ensureCertificate(
  settings: Settings,
  run: RunPaths,
  wantedNames: readonly string[],
  log: Logger,
): Promise<string> {
  const path = settings.CERTIFICATEPATH;
  if (await exists(path)) return path;
  const names = [...listOwnNames(hostname()), ...wantedNames];
  const pem = await createServerCertificate([...new Set(names)], new Date());
  const fingerprint = new X509Certificate(pem).fingerprint256;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFileAtomic(path, pem, 0o600);
    log.info({ path, fingerprint, names }, 'made a self-signed certificate');
    return path;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const fallback = madeCertificatePath(run);
    await writeFileAtomic(fallback, pem, 0o600);
    log.warn(
      { path, code, fingerprint, names },
      'made a self-signed certificate that cannot be kept',
    );
    return fallback;
  }
}

/** Path of the certificate in use: the operator's, else the one made for this boot. */
export async function findCertificate(settings: Settings, run: RunPaths): Promise<string> {
  const made = madeCertificatePath(run);
  const isMissing = !(await exists(settings.CERTIFICATEPATH));
  return isMissing && (await exists(made)) ? made : settings.CERTIFICATEPATH;
}

function madeCertificatePath(run: RunPaths): string {
  return join(run.config, 'made-certificate.pem');
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
