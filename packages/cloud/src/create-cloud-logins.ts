import { type Cloud, parseEcrHost } from '@registry-cache/domain';
import type { CloudDeps, CloudLogin, CloudRegistry, FreshLogin } from './cloud-login.ts';
import { Renewing } from './renewing.ts';
import type { Send } from './send.ts';
import { sendInside } from './send-inside.ts';

/** The logins that the clouds' identities give now. */
export interface CloudLogins {
  /** @throws CloudError if the cloud gives none. */
  current(registry: CloudRegistry): Promise<CloudLogin>;
  /** Another login than one that the registry refused; undefined if that would not help. */
  replace(registry: CloudRegistry, refused: CloudLogin): Promise<CloudLogin | undefined>;
}

export interface CloudLoginsOptions {
  readonly sendOut: Send;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds of a clock that is never set. Default: that of the process. */
  readonly now?: () => number;
  /** Called after each renewal; `error` is undefined after a good one. */
  readonly onRenewal: (cloud: Cloud, error: unknown) => void;
}

/** Renews logins for all requests together. The modules of a cloud are loaded at its first use. */
export function createCloudLogins({
  sendOut,
  env,
  now = () => performance.now(),
  onRenewal,
}: CloudLoginsOptions): CloudLogins {
  const deps: CloudDeps = { sendOut, sendInside, env };
  const known = new Map<string, Renewing<CloudLogin>>();
  /** The way to a registry may change while its login lasts. */
  const latest = new Map<string, CloudRegistry>();
  const renewing = (registry: CloudRegistry): Renewing<CloudLogin> => {
    const key = describeIdentity(registry);
    latest.set(key, registry);
    const one =
      known.get(key) ??
      new Renewing<CloudLogin>({
        fetch: async (signal) => {
          const { login, lifetimeMs } = await fetchLogin(latest.get(key) ?? registry, deps, signal);
          return { value: login, lifetimeMs };
        },
        now,
        onOutcome: (error) => onRenewal(registry.cloud, error),
      });
    known.set(key, one);
    return one;
  };
  return {
    current: (registry) => renewing(registry).get(),
    replace: (registry, refused) => renewing(registry).replace(refused),
  };
}

/** Registries with the same key have the same login. */
function describeIdentity({ cloud, host, origin }: CloudRegistry): string {
  // Google's token is for all its registries, and a login of ECR for those of its region.
  if (cloud === 'google') return cloud;
  if (cloud === 'aws') return JSON.stringify([cloud, parseEcrHost(host)]);
  return JSON.stringify([cloud, host, origin]);
}

async function fetchLogin(
  registry: CloudRegistry,
  deps: CloudDeps,
  signal: AbortSignal,
): Promise<FreshLogin> {
  switch (registry.cloud) {
    case 'google':
      return (await import('./google/fetch-google-login.ts')).fetchGoogleLogin(deps, signal);
    case 'aws':
      return (await import('./aws/fetch-ecr-login.ts')).fetchEcrLogin(registry.host, deps, signal);
    case 'azure':
      return (await import('./azure/fetch-acr-login.ts')).fetchAcrLogin(registry, deps, signal);
  }
}
