import type { Model, RenderedTree, Settings } from '@registry-cache/config';
import { type CheckContext, tryRegistries } from '@registry-cache/doctor';
import type { Issue, RunPaths } from '@registry-cache/domain';
import { openProbe, type Probe, REAL_DEPS } from '@registry-cache/egress/probe';

export interface DoctorInput {
  readonly settings: Settings | undefined;
  readonly model: Model | undefined;
  readonly issues: readonly Issue[];
  readonly run: RunPaths;
  /** All rendered files, in memory; undefined where the model is. */
  readonly tree: RenderedTree | undefined;
  readonly wasRoot: boolean;
}

/** The checks read the files that egress would read, as they are rendered now. */
export function openCheckContext({ tree, ...input }: DoctorInput): CheckContext {
  const probe = tree && openProbeOf(tree);
  let tried: ReturnType<CheckContext['registries']> | undefined;
  return {
    ...input,
    probe,
    env: process.env,
    now: Date.now,
    peerPem: tree?.get('etc/haproxy/peer.pem')?.content,
    registries: () => {
      tried ??= probe === undefined ? Promise.resolve([]) : tryRegistries(probe);
      return tried;
    },
  };
}

function openProbeOf(tree: RenderedTree): Probe {
  const read = (path: string) => tree.get(path)?.content ?? '{}';
  return openProbe(
    {
      options: read('etc/egress.json'),
      credentials: read('secrets/credentials.json'),
      clientCertificates: read('secrets/client-certificates.json'),
    },
    REAL_DEPS,
  );
}
