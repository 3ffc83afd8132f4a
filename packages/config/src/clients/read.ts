import type { Parsed, RunPaths } from '@registry-cache/domain';
import { findAuthority } from '../certificate/authority.ts';
import { findCertificate } from '../certificate/ensure.ts';
import { describePlaceholders } from '../draft.ts';
import { readInputs } from '../inputs/read.ts';
import { buildModel, type Model } from '../model/build.ts';
import type { Settings } from '../settings/table.ts';

/**
 * The model that clients are set up by: the operator's files as they are, with the certificate
 * that is in use. Unlike a draft it has no other, since clients would trust the wrong one.
 */
export async function readClientModel(
  settings: Settings,
  run: RunPaths,
  { withAuthority = false } = {},
): Promise<Parsed<Model>> {
  const CERTIFICATEPATH = await findCertificate(settings, run);
  // Its key is read along, which is not for everybody who asks about a mirror.
  const authority = withAuthority ? await findAuthority(settings, run) : undefined;
  return buildModel(
    settings,
    await readInputs({ ...settings, CERTIFICATEPATH }, authority),
    describePlaceholders(),
  );
}
