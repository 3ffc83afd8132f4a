import { readFile } from 'node:fs/promises';
import { unwrap } from '@registry-cache/domain';
import { createAuthority } from '../certificate/create-authority.ts';
import { createServerCertificate } from '../certificate/create-server.ts';
import type { AuthorityFiles } from '../certificate/ensure-authority.ts';
import { ensureAuthority } from '../certificate/ensure-authority.ts';
import { ensureCertificate } from '../certificate/ensure-server.ts';
import { listWantedNames } from '../certificate/names.ts';
import { parseServerCertificate, type ServerCertificate } from '../certificate/parse.ts';
import { type Authority, parseAuthority } from '../certificate/parse-authority.ts';
import { obtainProxyCertificate } from '../certificate/proxy.ts';
import type { CertificateFiles } from '../inputs/read-certificates.ts';
import type { Certificates } from '../model/build.ts';
import { listProxyNames } from '../model/connect.ts';
import { listHostNames } from '../model/host-names.ts';
import type { ModelPlan } from '../model/plan.ts';
import type { LoadOptions } from './load-options.ts';

/**
 * Adds the certificates that a plan lacks. With `find` only the proxy's own can be lacking: any
 * other was an issue of the plan.
 */
export async function completeCertificates(
  plan: ModelPlan,
  files: CertificateFiles,
  options: LoadOptions,
): Promise<Certificates> {
  const server = plan.certificate ?? (await addServerCertificate(plan, files, options));
  if (files.authority === undefined) return { server, proxy: undefined };
  const authority = plan.authority ?? (await addAuthority(files.authority, options));
  const names = listProxyNames(plan.targets);
  const certificate = await obtainProxyCertificate(authority, names, options.run, new Date());
  return { server, proxy: { authority, certificate } };
}

async function addServerCertificate(
  plan: ModelPlan,
  { certificate }: CertificateFiles,
  options: LoadOptions,
): Promise<ServerCertificate> {
  const pem =
    options.certificates === 'make'
      ? await makeServerCertificate(plan, options)
      : await createServerCertificate(['localhost'], new Date());
  return unwrap(parseServerCertificate(certificate, pem));
}

/** The served registries give a new certificate its names. */
async function makeServerCertificate(
  { settings, declared }: ModelPlan,
  { run, log }: MakeOptions,
): Promise<string> {
  const wanted = listWantedNames({ settings, hostNames: listHostNames(declared, []) });
  return readFile(await ensureCertificate(settings, run, wanted, log), 'utf8');
}

async function addAuthority(files: AuthorityFiles, options: LoadOptions): Promise<Authority> {
  const { certificatePem, keyPem } =
    options.certificates === 'make'
      ? await makeAuthority(files, options)
      : await createAuthority(new Date());
  return unwrap(parseAuthority(files.certificate, certificatePem, keyPem));
}

async function makeAuthority(found: AuthorityFiles, { settings, run, log }: MakeOptions) {
  const { certificate, key } = (await ensureAuthority(settings, run, log)) ?? found;
  return {
    certificatePem: await readFile(certificate, 'utf8'),
    keyPem: await readFile(key, 'utf8'),
  };
}

type MakeOptions = Extract<LoadOptions, { readonly certificates: 'make' }>;
