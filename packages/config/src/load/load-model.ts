import { accept, type Issue, type Parsed } from '@registry-cache/domain';
import { findAuthority } from '../certificate/ensure-authority.ts';
import { findCertificate } from '../certificate/ensure-server.ts';
import { fingerprintInputs } from '../inputs/fingerprint.ts';
import type { Inputs } from '../inputs/inputs.ts';
import { type CertificateFiles, readCertificates } from '../inputs/read-certificates.ts';
import { readFiles } from '../inputs/read-files.ts';
import { readPolicyFiles } from '../inputs/read-policy-files.ts';
import { buildModel, type Model } from '../model/build.ts';
import { planModel } from '../model/plan.ts';
import { NO_POLICY, parsePolicy } from '../policy/parse.ts';
import { completeCertificates } from './complete-certificates.ts';
import type { LoadOptions } from './load-options.ts';

export interface LoadedModel {
  /** The model, or every issue of every input. */
  readonly model: Parsed<Model>;
  /** A hash of the inputs. */
  readonly fingerprint: string;
  /** The text of the policy file; empty where there is none. */
  readonly policy: string;
  /** Paths that only the policy names. */
  readonly policyFiles: readonly string[];
}

/** The straight line from files to model: read, parse, model. Never throws for a bad input. */
export async function loadModel(options: LoadOptions): Promise<LoadedModel> {
  const { settings, facts } = options;
  const issues: Issue[] = [];
  const files = await readFiles(settings, issues, options.hasPullSecret);
  const certificateFiles = await findCertificateFiles(options);
  const isRequired = options.certificates === 'find';
  const certificates = await readCertificates(
    certificateFiles,
    issues,
    isRequired,
    options.pairWait,
  );
  if (options.hasRules && (files.policy ?? '').trim() === '') {
    const accepted = 'the policy file; write {} into it to end all rules';
    issues.push({ path: settings.POLICYPATH, found: 'nothing', accepted });
  }
  const policy = parsePolicy(settings.POLICYPATH, files.policy ?? '');
  // A policy that does not parse names no files. The plan has its issues.
  const policyFiles = await readPolicyFiles(policy.ok ? policy.value : NO_POLICY, issues);
  const inputs: Inputs = { ...files, ...certificates, ...policyFiles, issues };
  const plan = planModel(settings, inputs, policy);
  const complete = async () => {
    if (!plan.ok) return plan;
    const all = await completeCertificates(plan.value, certificateFiles, options);
    return accept(buildModel(plan.value, all, facts));
  };
  return {
    model: await complete(),
    fingerprint: fingerprintInputs(inputs),
    policy: files.policy ?? '',
    policyFiles: inputs.policyFiles,
  };
}

/** A certificate that an earlier boot made in the run directory counts only while that boot runs. */
async function findCertificateFiles(options: LoadOptions): Promise<CertificateFiles> {
  const { settings, run, certificates } = options;
  const key = settings.CERTIFICATE_KEY_PATH === '' ? undefined : settings.CERTIFICATE_KEY_PATH;
  // No certificate is made where the key has a file of its own.
  const mayBeMade = certificates === 'find' && key === undefined;
  return {
    certificate: mayBeMade ? await findCertificate(settings, run) : settings.CERTIFICATEPATH,
    certificateKey: key,
    authority: await findAuthority(settings, run),
  };
}
