import { type Parsed, Secret } from '@registry-cache/domain';
import { createServerCertificate } from './certificate/create.ts';
import { inspectMachine } from './host/machine.ts';
import { createTokenKey } from './host/token-key.ts';
import { type Inputs, readInputs } from './inputs/read.ts';
import { buildModel, type Host, type Model } from './model/build.ts';
import type { Settings } from './settings/table.ts';

/** Shown in place of the secrets that each boot makes. */
const PLACEHOLDER = new Secret('made-at-each-boot');

/**
 * The model of an appliance that is not running, to look at or to check: the operator's files
 * as they are, with placeholders for what only a boot makes. A certificate that is missing
 * is no issue, as a boot would make it.
 */
export async function draftModel(
  settings: Settings,
  host: Host = describePlaceholders(),
): Promise<Parsed<Model>> {
  const inputs = await withCertificate(settings, await readInputs(settings));
  return buildModel(settings, inputs, host);
}

/** What belongs to a boot, where there is none. */
export function describePlaceholders(): Host {
  return { bootSecret: PLACEHOLDER, tokenKey: createTokenKey(), ...inspectMachine() };
}

async function withCertificate(settings: Settings, inputs: Inputs): Promise<Inputs> {
  const isMissing = (issue: Inputs['issues'][number]) =>
    issue.path === settings.CERTIFICATEPATH && issue.found === 'no such file';
  if (!inputs.issues.some(isMissing)) return inputs;
  return {
    ...inputs,
    certificate: await createServerCertificate(['localhost'], new Date()),
    issues: inputs.issues.filter((issue) => !isMissing(issue)),
  };
}
