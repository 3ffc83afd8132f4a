import type { Issue } from '@registry-cache/domain';
import { type AuthorityFiles, hasAuthority } from '../certificate/ensure-authority.ts';
import type { AuthorityInput, CertificateInputs } from './inputs.ts';
import { type PairWait, readPair } from './read-pair.ts';
import { readText } from './read-text.ts';

/** Where the certificates of the edge are. */
export interface CertificateFiles {
  readonly certificate: string;
  /** Undefined where the key is in the certificate's file. */
  readonly certificateKey: string | undefined;
  /** Undefined where the proxy is off. */
  readonly authority: AuthorityFiles | undefined;
}

/**
 * Reads the certificates of the edge. A bad file is added to `issues`.
 *
 * @param isRequired - Whether a missing certificate is an issue. Half an authority always is one, and
 *   so is a missing certificate whose key has a file of its own: none is made for it.
 * @param wait - For a certificate and a key that do not fit. Without it, that is an issue at once.
 */
export async function readCertificates(
  files: CertificateFiles,
  issues: Issue[],
  isRequired: boolean,
  wait: PairWait | undefined,
): Promise<CertificateInputs> {
  const { authority } = files;
  const mayLackAuthority =
    authority === undefined || !(isRequired || (await hasAuthority(authority)));
  return {
    ...(await readServerCertificate(files, issues, isRequired, wait)),
    authority: mayLackAuthority ? undefined : await readAuthority(authority, issues),
  };
}

async function readServerCertificate(
  { certificate, certificateKey }: CertificateFiles,
  issues: Issue[],
  isRequired: boolean,
  wait: PairWait | undefined,
): Promise<Pick<CertificateInputs, 'certificate' | 'certificateKey'>> {
  if (certificateKey !== undefined) {
    return readPair({ certificate, key: certificateKey }, issues, wait);
  }
  const accepted = 'a certificate and its key';
  return { certificate: await readText(certificate, accepted, issues, isRequired) };
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
