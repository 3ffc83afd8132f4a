import {
  type Appliance,
  type ApplianceOptions,
  type Bundle,
  pushBundle,
  type RegistryProcess,
} from '@registry-cache/testbed';
import { ANN, ask, BOB } from './hosted-stage.ts';
import type { Stage } from './stage.ts';

/** Bob may only pull, and only what is here. */
const ACCESS = {
  groups: { ops: ['ann'] },
  default: ['pull'],
  rules: [
    {
      images: ['quay.test/**'],
      users: ['group:ops'],
      allow: ['pull', 'fetch', 'push', 'delete'],
    },
    { images: ['gone.test/**'], users: ['group:ops'], allow: ['pull', 'push', 'delete'] },
    { images: ['quay.test/secret/**'], users: ['ann'], deny: ['pull'], because: 'not for ann' },
  ],
};

/** The name that a registry has for clients that reach it. */
export function nameOf({ url }: RegistryProcess): string {
  return new URL(url).host;
}

/**
 * An appliance in front of `quay.test`, and of `gone.test`, which nobody reaches. `policy` has more
 * sections of the policy file, or others.
 */
export async function startMirrored(
  stage: Stage,
  upstream: RegistryProcess,
  { policy: more, ...options }: Partial<ApplianceOptions> & { readonly policy?: object } = {},
): Promise<Appliance> {
  const policy = {
    upstreams: { 'quay.test': { url: upstream.url }, 'gone.test': { url: 'http://127.0.0.1:1' } },
    access: ACCESS,
    ...more,
  };
  return await stage.appliance(
    {},
    {
      pullSecret: { auths: { 'quay.test': {}, 'gone.test': {} } },
      passwords: { [ANN.username]: ANN.password, [BOB.username]: BOB.password },
      policyYaml: JSON.stringify(policy),
      ...options,
    },
  );
}

/** Pushes as ann. The repository begins with the registry. */
export function pushTo(
  appliance: Appliance,
  repository: string,
  tag: string | undefined,
  bundle: Bundle,
): Promise<void> {
  const target = { url: appliance.url, ca: appliance.ca, credentials: ANN };
  return pushBundle(target, repository, tag, bundle);
}

/** The digest of a tag, as bob gets it; the status where there is none. */
export async function digestAt(
  appliance: Appliance,
  repository: string,
  tag: string,
  user = BOB,
): Promise<string | number> {
  const answer = await ask(appliance, 'GET', `/v2/${repository}/manifests/${tag}`, user);
  if (answer.status !== 200) return answer.status;
  return answer.headers['docker-content-digest'] ?? 'no digest';
}
