import {
  type ApplianceOptions,
  createCertificateAuthority,
  type RegistryProcess,
} from '@registry-cache/testbed';
import type { Stage } from './stage.ts';

/** One real registry under several names with TLS and a port, as a pull secret names them. */
export interface NamedUpstreams {
  readonly registry: RegistryProcess & { readonly ca: string };
  /** `{auths: …}` with the given names. */
  pullSecret(...names: string[]): { auths: Record<string, object> };
  /** The part after /v2/ for one of the names, and also the upstream's id. */
  prefix(name: string): string;
  /** The options with which the appliance finds them. */
  readonly options: Pick<ApplianceOptions, 'hosts' | 'upstreamCa'>;
}

export async function startNamedUpstreams(
  stage: Stage,
  names: readonly string[],
): Promise<NamedUpstreams> {
  const authority = await createCertificateAuthority();
  const { gateway } = stage.network;
  const tls = await authority.issue({ names: [...names, gateway] });
  const registry = await stage.upstream({ tls });
  const ca = authority.certificatePem;
  return {
    registry: { ...registry, ca },
    pullSecret: (...some) => ({
      auths: Object.fromEntries(some.map((name) => [`${name}:${registry.port}`, {}])),
    }),
    prefix: (name) => `${name}_${registry.port}`,
    options: {
      hosts: Object.fromEntries(names.map((name) => [name, gateway])),
      upstreamCa: ca,
    },
  };
}
