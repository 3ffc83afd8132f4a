import type { AccessPolicy, Right } from '@registry-cache/access';
import type { Hosted } from './hosted.ts';

/** Whether rules let anybody push or delete anything. Without rules nobody may. */
export function letsPush(access: AccessPolicy | undefined): boolean {
  if (access === undefined) return false;
  const rights = [access.default, access.anonymous, ...access.rules.map(({ allow }) => allow)];
  return rights.some((some) => some !== undefined && PUSHING.some((right) => some.includes(right)));
}

/** Whether the worker of hosted images is needed: for them, or for pushes into upstreams' names. */
export function takesUploads(model: {
  readonly hosted: Hosted | undefined;
  readonly access: AccessPolicy | undefined;
}): boolean {
  return model.hosted !== undefined || letsPush(model.access);
}

const PUSHING: readonly Right[] = ['push', 'delete'];
