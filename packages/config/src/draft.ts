import { accept, type Parsed, runPaths, Secret } from '@registry-cache/domain';
import { findAuthority, hasAuthority } from './certificate/authority.ts';
import { createServerCertificate } from './certificate/create.ts';
import { createAuthority } from './certificate/create-authority.ts';
import { withProxyCertificate } from './certificate/ensure-proxy.ts';
import { inspectMachine } from './host/machine.ts';
import { createTokenKey } from './host/token-key.ts';
import { type Inputs, readInputs } from './inputs/read.ts';
import { buildModel, type Host, type Model } from './model/build.ts';
import type { Settings } from './settings/table.ts';

/** Shown in place of the secrets that each boot makes. */
const PLACEHOLDER = new Secret('made-at-each-boot');

/**
 * The model of an appliance that is not running, to look at or to check: the operator's files
 * as they are, with placeholders for what only a boot makes. A certificate or an
 * authority that is missing is no issue, as a boot would make it.
 */
export async function draftModel(
  settings: Settings,
  host: Host = describePlaceholders(),
): Promise<Parsed<Model>> {
  const run = runPaths(process.env.RUNDIR);
  const files = await findAuthority(settings, run);
  const isMissing = files !== undefined && !(await hasAuthority(files));
  const read = await readInputs(settings, isMissing ? undefined : files);
  const inputs = await withCertificate(settings, read);
  const authority = isMissing ? await draftAuthority() : inputs.authority;
  const model = buildModel(settings, { ...inputs, authority }, host);
  return model.ok ? accept(await withProxyCertificate(model.value, run, new Date())) : model;
}

/** What belongs to a boot, where there is none. */
export function describePlaceholders(): Host {
  return {
    bootSecret: PLACEHOLDER,
    supervisorSecret: PLACEHOLDER,
    tokenKey: createTokenKey(),
    ...inspectMachine(),
  };
}

async function draftAuthority(): Promise<Inputs['authority']> {
  const { certificatePem, keyPem } = await createAuthority(new Date());
  return { file: 'ca.crt', certificate: certificatePem, key: keyPem };
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
