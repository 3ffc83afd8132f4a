import {
  type Appliance,
  type Bundle,
  layersOf,
  pushBundle,
  type RegistryProcess,
} from '@registry-cache/testbed';
import { ANN, BOB } from './hosted-stage.ts';
import type { Stage } from './stage.ts';

/** Repositories with tags of two users: of a hosted registry, and of two that are served. */
export const SHARED = ['apps/team/app', 'quay.test/team/app', 'gone.test/team/app'] as const;

const ACCESS = {
  default: [],
  rules: [
    { images: ['*/**'], users: ['ann'], allow: ['pull', 'fetch', 'push'] },
    { images: ['*/team/app:mine*'], users: ['bob'], allow: ['pull', 'push'] },
  ],
};

/** An appliance where bob may have the tags `mine*` of the shared repositories, and ann all. */
export function startShared(stage: Stage, upstream: RegistryProcess): Promise<Appliance> {
  const policy = {
    upstreams: { 'quay.test': { url: upstream.url }, 'gone.test': { url: 'http://127.0.0.1:1' } },
    hosted: { apps: {} },
    access: ACCESS,
  };
  return stage.appliance(
    {},
    {
      pullSecret: { auths: { 'quay.test': {}, 'gone.test': {} } },
      passwords: { [ANN.username]: ANN.password, [BOB.username]: BOB.password },
      policyYaml: JSON.stringify(policy),
    },
  );
}

/** Pushes as ann. */
export function pushAsAnn(
  appliance: Appliance,
  repository: string,
  tag: string,
  bundle: Bundle,
): Promise<void> {
  const target = { url: appliance.url, ca: appliance.ca, credentials: ANN };
  return pushBundle(target, repository, tag, bundle);
}

export function firstLayerOf(image: Bundle) {
  const [layer] = layersOf(image);
  if (layer === undefined) throw new Error('no layer');
  return layer;
}
