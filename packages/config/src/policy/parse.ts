import {
  accept,
  describeHostsOfCloud,
  type Issue,
  isHostOfCloud,
  type Parsed,
  quoteFound,
  reject,
} from '@registry-cache/domain';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import { formatUpstreamName, parseUpstreamKey } from '../pull-secret/key.ts';
import { isWildcardKey } from '../pull-secret/wildcard.ts';
import type { AccessSpec } from './access.ts';
import type { AdmissionSpec } from './admission.ts';
import { type CloudGlob, parseCloudGlob } from './cloud-glob.ts';
import type { HostedSpec } from './hosted.ts';
import type { IssuerPolicy } from './issuers.ts';
import { type Policy, policySchema, type UpstreamPolicy } from './schema.ts';
import type { TrustSpec } from './trust.ts';
import type { WarmSpec } from './warm.ts';

export type UpstreamPolicies = ReadonlyMap<string, UpstreamPolicy>;

/** The policy file. Parts that it leaves out are undefined. */
export interface ParsedPolicy {
  /** By their normal key. */
  readonly upstreams: UpstreamPolicies;
  /** Keys with `*`: registries that get the identity of a cloud. */
  readonly cloudGlobs: readonly CloudGlob[];
  readonly access: AccessSpec | undefined;
  readonly issuers: readonly IssuerPolicy[];
  readonly trust: TrustSpec;
  readonly admission: AdmissionSpec;
  readonly hosted: HostedSpec | undefined;
  readonly warm: WarmSpec;
}

export const NO_POLICY: ParsedPolicy = {
  upstreams: new Map(),
  cloudGlobs: [],
  access: undefined,
  issuers: [],
  trust: [],
  admission: [],
  hosted: undefined,
  warm: [],
};

/** The policy with its upstreams by their normal key, or all issues at once, each with its path. */
export function parsePolicy(file: string, text: string): Parsed<ParsedPolicy> {
  const document = parseDocument(text, { prettyErrors: true });
  if (document.errors.length > 0) {
    return reject(
      ...document.errors.map((error) => ({
        path: file,
        found: error.message.split('\n')[0] ?? error.code,
        accepted: 'YAML 1.2',
      })),
    );
  }
  const root: unknown = document.toJS({ maxAliasCount: 100 }) ?? {};
  const result = policySchema.safeParse(root);
  if (!result.success) {
    return reject(...result.error.issues.flatMap((issue) => describeIssue(file, root, issue)));
  }
  const upstreams = normaliseKeys(file, result.data);
  if (!upstreams.ok) return upstreams;
  const { access, authentication, trust = [], admission = [], hosted, warm = [] } = result.data;
  return accept({
    ...upstreams.value,
    access,
    issuers: authentication?.issuers ?? [],
    trust,
    admission,
    hosted,
    warm,
  });
}

function normaliseKeys(
  file: string,
  policy: Policy,
): Parsed<Pick<ParsedPolicy, 'upstreams' | 'cloudGlobs'>> {
  const issues: Issue[] = [];
  const upstreams = new Map<string, UpstreamPolicy>();
  const cloudGlobs: CloudGlob[] = [];
  for (const [rawKey, value] of Object.entries(policy.upstreams ?? {})) {
    const path = `${file} upstreams[${JSON.stringify(rawKey)}]`;
    if (isWildcardKey(rawKey)) {
      const glob = parseCloudGlob(path, rawKey, value);
      if (glob.ok) cloudGlobs.push(glob.value);
      else issues.push(...glob.issues);
      continue;
    }
    const name = parseUpstreamKey(path, rawKey);
    if (!name.ok) issues.push(...name.issues);
    else if (upstreams.has(formatUpstreamName(name.value))) {
      issues.push({ path, found: 'a second entry', accepted: 'one entry for each upstream' });
    } else {
      issues.push(...checkCloud(path, name.value.host, value));
      upstreams.set(formatUpstreamName(name.value), value);
    }
  }
  return issues.length > 0 ? reject(...issues) : accept({ upstreams, cloudGlobs });
}

/** Another host would get a login of the whole cloud by a slip of the pen. */
function checkCloud(path: string, host: string, { credentials }: UpstreamPolicy): Issue[] {
  if (credentials === undefined || isHostOfCloud(credentials, host)) return [];
  const found = `${credentials} for ${host}`;
  return [{ path: `${path}.credentials`, found, accepted: describeHostsOfCloud(credentials) }];
}

function describeIssue(file: string, root: unknown, issue: z.core.$ZodIssue): Issue[] {
  const path = `${file} ${formatPath(issue.path)}`.trimEnd();
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(issue.path);
    return issue.keys.map((key) => ({
      path: `${file} ${formatPath([...issue.path, key])}`,
      found: 'a key that is not known',
      accepted: known.join(', ') || 'no key',
    }));
  }
  const value = issue.path.reduce<unknown>(
    (parent, key) => (parent as Record<PropertyKey, unknown> | undefined)?.[key],
    root,
  );
  return [{ path, found: quoteFound(withoutLogin(value)), accepted: describeAccepted(issue) }];
}

/** A URL is quoted without its login. */
function withoutLogin(value: unknown): unknown {
  return typeof value === 'string' ? value.replace(/\/\/[^/]*@/, '//…@') : value;
}

/** Accepted kinds, in place of zod's words ("Invalid input: expected array, …"). */
const KINDS: Readonly<Record<string, string>> = {
  array: 'a list, such as [one, two]',
  boolean: 'true or false',
  string: 'text',
};

function describeAccepted(issue: z.core.$ZodIssue): string {
  if (issue.code !== 'invalid_type' || !issue.message.startsWith('Invalid input')) {
    return issue.message;
  }
  const keys = keysAt(issue.path);
  if (keys.length > 0) return `a mapping with the keys ${keys.join(', ')}`;
  return KINDS[issue.expected] ?? 'a mapping, such as quay.io: {offline: true}';
}

function keysAt(path: readonly PropertyKey[]): string[] {
  // Goes down from the whole policy.
  const schema = path.reduce<unknown>((parent, key) => {
    const inner = unwrap(parent);
    if (inner instanceof z.ZodObject) return inner.shape[String(key)];
    if (inner instanceof z.ZodArray) return inner.element;
    return inner instanceof z.ZodRecord ? inner.valueType : undefined;
  }, policySchema);
  const inner = unwrap(schema);
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
}

function unwrap(schema: unknown): unknown {
  return schema instanceof z.ZodOptional ? schema.unwrap() : schema;
}

function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    const part = String(key);
    if (typeof key === 'number' || !/^[A-Za-z]\w*$/.test(part)) {
      return `${text}[${JSON.stringify(key)}]`;
    }
    return text === '' ? part : `${text}.${part}`;
  }, '');
}
