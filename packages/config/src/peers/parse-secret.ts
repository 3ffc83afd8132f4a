import { accept, type Issue, type Parsed, reject, Secret } from '@registry-cache/domain';
import { derivePeerCertificate } from './derive-certificate.ts';

/** What a replica shows to its peers, and what it accepts of them. */
export interface PeerCertificates {
  /** Certificate and key in one PEM text, of the first line. */
  readonly shown: Secret;
  /** The certificates of all lines, PEM. */
  readonly accepted: string;
}

const LEAST_CHARACTERS = 16;
const MOST_LINES = 2;
const ACCEPTED = `one secret, or two while it is changed, each a line of ${LEAST_CHARACTERS} characters or more`;

/** Reads the secret of the peers. An issue tells lengths alone. */
export function parsePeerSecret(path: string, text: string): Parsed<PeerCertificates> {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const [first] = lines;
  const issues: Issue[] = lines
    .filter((line) => line.length < LEAST_CHARACTERS)
    .map((line) => ({ path, found: `a line of ${line.length} characters`, accepted: ACCEPTED }));
  if (first === undefined || lines.length > MOST_LINES) {
    issues.push({ path, found: `${lines.length} lines`, accepted: ACCEPTED });
  }
  if (first === undefined || issues.length > 0) return reject(...issues);
  const own = derivePeerCertificate(new Secret(first));
  const others = lines.slice(1).map((line) => derivePeerCertificate(new Secret(line)));
  return accept({
    shown: own.shownPem,
    accepted: [own, ...others].map(({ certificatePem }) => certificatePem).join(''),
  });
}
