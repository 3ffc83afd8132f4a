import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  type CommandResult,
  type Credentials,
  makeTemporaryFolder,
  runCommand,
} from '@registry-cache/testbed';

/** `scripts/test` builds it. */
const PROGRAM = resolve(import.meta.dirname, '../../.tools/bin/conformance');

export interface ConformanceQuestion {
  /** The start of image references: `quay.test.cache.test:8443`. Its host is 127.0.0.1. */
  readonly registry: string;
  readonly repository: string;
  /** PEM of the certificates to trust for it. */
  readonly ca: string;
  /** The content of the repository. */
  readonly holds: Readonly<Record<'tags' | 'manifests' | 'blobs' | 'referrers', readonly string[]>>;
}

export interface ConformanceReport {
  readonly text: string;
  /** A line for each failed test, with the reason. */
  readonly failures: readonly string[];
  /** Counts by outcome, as in the report: `Pass`, `FAIL`, `Skip` … */
  readonly counts: Readonly<Record<string, number>>;
}

/**
 * Runs the read-only part of the OCI distribution conformance program. Its text report is the
 * result: in this mode it crashes afterwards, while it writes its YAML.
 */
export async function runConformance(question: ConformanceQuestion): Promise<ConformanceReport> {
  return await run(question, {
    OCI_REPO1: question.repository,
    OCI_REPO2: question.repository,
    OCI_API_PUSH: 'false',
    OCI_API_BLOBS_DELETE: 'false',
    OCI_API_MANIFESTS_DELETE: 'false',
    OCI_API_TAGS_DELETE: 'false',
    OCI_RO_DATA_TAGS: question.holds.tags.join(' '),
    OCI_RO_DATA_MANIFESTS: question.holds.manifests.join(' '),
    OCI_RO_DATA_BLOBS: question.holds.blobs.join(' '),
    OCI_RO_DATA_REFERRERS: question.holds.referrers.join(' '),
  });
}

export interface WholeConformanceQuestion extends Pick<ConformanceQuestion, 'registry' | 'ca'> {
  /** Two repositories that the login may push to. */
  readonly repositories: readonly [string, string];
  readonly login: Credentials;
}

/**
 * Runs all four parts: pull, push, content discovery and content management. Without sha512, which
 * the registry does not have.
 */
export async function runWholeConformance(
  question: WholeConformanceQuestion,
): Promise<ConformanceReport> {
  const { repositories, login } = question;
  return await run(question, {
    OCI_REPO1: repositories[0],
    OCI_REPO2: repositories[1],
    OCI_USERNAME: login.username,
    OCI_PASSWORD: login.password,
    OCI_DATA_SHA512: 'false',
  });
}

async function run(
  { registry, ca }: Pick<ConformanceQuestion, 'registry' | 'ca'>,
  environment: Readonly<Record<string, string>>,
): Promise<ConformanceReport> {
  await using folder = await makeTemporaryFolder('conformance');
  const hosts = join(folder.path, 'hosts');
  const caFile = join(folder.path, 'ca.crt');
  await writeFile(hosts, `127.0.0.1 localhost ${registry.replace(/:\d+$/, '')}\n`);
  await writeFile(caFile, ca);
  // An /etc/hosts for this one process. All others keep theirs.
  const line = 'mount --bind "$1" /etc/hosts && exec "$2"';
  const result = await runCommand('unshare', ['-m', 'sh', '-c', line, 'sh', hosts, PROGRAM], {
    env: {
      SSL_CERT_FILE: caFile,
      OCI_RESULTS_DIR: join(folder.path, 'results'),
      OCI_REGISTRY: registry,
      ...environment,
    },
  });
  return readReport(result);
}

/** `  OCI Conformance Test/empty/referrers: FAIL`, `     - reason`; at the end the counts. */
function readReport({ stdout, stderr }: CommandResult): ConformanceReport {
  const failures = [
    ...stdout.matchAll(/^ *(OCI Conformance Test\/.+): (?:FAIL|Error)$((?:\n +- .+)*)/gm),
  ];
  const counts = [...stdout.matchAll(/^ {2}([A-Za-z]+)\.{3,}: +(\d+)$/gm)];
  return {
    text: `${stdout}\n${stderr}`,
    failures: failures.map(([, test, details = '']) => `${test}${details}`),
    counts: Object.fromEntries(counts.map(([, outcome, count]) => [outcome, Number(count)])),
  };
}
