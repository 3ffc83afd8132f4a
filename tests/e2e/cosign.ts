import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { makeTemporaryFolder, runOrThrow } from '@registry-cache/testbed';

/** `scripts/test` builds it. */
export const COSIGN = resolve(import.meta.dirname, '../../.tools/bin/cosign');

/** The forms in which cosign attaches a signature, with the arguments that choose them. */
const OLD = ['--use-signing-config=false', '--tlog-upload=false', '--new-bundle-format=false'];
export const COSIGN_FORMS = {
  'the tag of a signature': OLD,
  'a signature as a referrer': [...OLD, '--registry-referrers-mode=oci-1-1'],
  'a bundle as a referrer': [],
} as const;
export type CosignForm = keyof typeof COSIGN_FORMS;

export interface Cosign extends AsyncDisposable {
  /** A folder with the public key, `cosign.pub`. */
  readonly dir: string;
  /**
   * Signs `<host>/<repository>@<digest>`.
   * @param more arguments, such as another identity.
   */
  sign(form: CosignForm, image: string, more?: readonly string[]): Promise<void>;
  /** Attests the same, by a predicate of no known type. Old forms end in a tag, `sha256-….att`. */
  attest(form: CosignForm, image: string): Promise<void>;
}

/** The real cosign, with a key of its own. It asks nobody but the registry. */
export async function createCosign(): Promise<Cosign> {
  const folder = await makeTemporaryFolder('cosign');
  const env = { COSIGN_PASSWORD: '', COSIGN_EXPERIMENTAL: '1', HOME: folder.path };
  const run = (...args: string[]) => runOrThrow(COSIGN, args, { env });
  const prefix = join(folder.path, 'cosign');
  const noServices = join(folder.path, 'no-services.json');
  await run('generate-key-pair', `--output-key-prefix=${prefix}`);
  await run('signing-config', 'create', `--out=${noServices}`);
  const argumentsOf = (form: CosignForm) => {
    const chosen = COSIGN_FORMS[form];
    const services = chosen.length === 0 ? [`--signing-config=${noServices}`] : chosen;
    return [`--key=${prefix}.key`, ...services, '--allow-http-registry', '--yes'];
  };
  return {
    dir: folder.path,
    sign: async (form, image, more = []) => {
      await run('sign', ...argumentsOf(form), ...more, image);
    },
    attest: async (form, image) => {
      const predicate = join(folder.path, 'predicate.json');
      await writeFile(predicate, '{"tested": true}');
      // It has no such referrers in the old form.
      const known = argumentsOf(form).filter((one) => !one.startsWith('--registry-referrers'));
      await run('attest', ...known, `--predicate=${predicate}`, image);
    },
    [Symbol.asyncDispose]: () => folder.remove(),
  };
}
