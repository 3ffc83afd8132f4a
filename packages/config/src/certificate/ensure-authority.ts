import { X509Certificate } from 'node:crypto';
import { chmod, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunPaths } from '@registry-cache/domain';
import { type Logger, writeFileAtomic } from '@registry-cache/runtime';
import type { Settings } from '../settings/table.ts';
import { createAuthority } from './create-authority.ts';

/** Where the authority's two files are. */
export interface AuthorityFiles {
  readonly certificate: string;
  readonly key: string;
}

/**
 * Makes the proxy's authority where it is wanted and missing. It is kept in CA_DIR; where that
 * cannot be written to, it lasts for this boot. Half of an authority is left for the reader to
 * refuse: a new one would replace the one that clients trust.
 *
 * @returns the files of the authority; undefined where the proxy is off.
 */
export async function ensureAuthority(
  settings: Settings,
  run: RunPaths,
  log: Logger,
): Promise<AuthorityFiles | undefined> {
  const files = await findAuthority(settings, run);
  if (files === undefined || (await hasAuthority(files))) return files;
  const { certificatePem, keyPem } = await createAuthority(new Date());
  const fingerprint = new X509Certificate(certificatePem).fingerprint256;
  const write = async (directory: string) => {
    await mkdir(directory, { recursive: true });
    // The certificate last: with it, the authority is complete.
    await writeFileAtomic(join(directory, 'ca.key'), keyPem, 0o600);
    await writeFileAtomic(join(directory, 'ca.crt'), certificatePem);
    // Everybody may read it, whatever the umask says.
    await chmod(join(directory, 'ca.crt'), 0o644);
  };
  try {
    await write(settings.CA_DIR);
    log.info({ directory: settings.CA_DIR, fingerprint }, 'made an authority for the proxy');
    return filesIn(settings.CA_DIR);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    await write(madeAuthorityDir(run));
    const fields = { directory: settings.CA_DIR, code, fingerprint };
    log.warn(fields, 'made an authority for the proxy that cannot be kept');
    return filesIn(madeAuthorityDir(run));
  }
}

/** The files of the authority; undefined where the proxy is off. */
export async function findAuthority(
  { CONNECT_PROXY, CA_DIR }: Settings,
  run: RunPaths,
): Promise<AuthorityFiles | undefined> {
  if (CONNECT_PROXY === 'off') return undefined;
  if (CONNECT_PROXY === 'auto' && !(await isThere(CA_DIR))) return undefined;
  const made = filesIn(madeAuthorityDir(run));
  const own = filesIn(CA_DIR);
  return !(await isThere(own.certificate)) && (await isThere(made.certificate)) ? made : own;
}

/** Whether one of the two files is there. Half an authority counts. */
export async function hasAuthority({ certificate, key }: AuthorityFiles): Promise<boolean> {
  return (await isThere(certificate)) || (await isThere(key));
}

function filesIn(directory: string): AuthorityFiles {
  return { certificate: join(directory, 'ca.crt'), key: join(directory, 'ca.key') };
}

function madeAuthorityDir(run: RunPaths): string {
  return join(run.root, 'made-authority');
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
