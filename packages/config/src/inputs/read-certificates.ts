import type { Issue } from '@registry-cache/domain';
import { type AuthorityFiles, hasAuthority } from '../certificate/ensure-authority.ts';
import type { AuthorityInput, CertificateInputs } from './inputs.ts';
import { readText } from './read-text.ts';

/** Where the certificates of the edge are. */
export interface CertificateFiles {
  readonly certificate: string;
  /** Undefined where the proxy is off. */
  readonly authority: AuthorityFiles | undefined;
}

/**
 * Reads the certificates of the edge. A bad file is added to `issues`.
 *
 * @param isRequired - Whether a missing certificate is an issue. Half an authority always is one.
 */
export async function readCertificates(
  files: CertificateFiles,
  issues: Issue[],
  isRequired: boolean,
): Promise<CertificateInputs> {
  const { certificate, authority } = files;
  const mayLackAuthority =
    authority === undefined || !(isRequired || (await hasAuthority(authority)));
  return {
    certificate: await readText(certificate, 'a certificate and its key', issues, isRequired),
    authority: mayLackAuthority ? undefined : await readAuthority(authority, issues),
  };
}

async function readAuthority(
  { certificate, key }: AuthorityFiles,
  issues: Issue[],
): Promise<AuthorityInput | undefined> {
  const accepted = "an authority's certificate and its key, or neither";
  const texts = [
    await readText(certificate, accepted, issues, true),
    await readText(key, accepted, issues, true),
  ] as const;
  if (texts[0] === undefined || texts[1] === undefined) return undefined;
  return { file: certificate, certificate: texts[0], key: texts[1] };
}
