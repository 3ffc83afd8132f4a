import { planContainerd, planContainerdDefault } from './containerd.ts';
import { planDocker } from './docker.ts';
import { planK3s } from './k3s.ts';
import { planKind, renderKindScript } from './kind.ts';
import { planOpenshift, renderOpenshiftScript } from './openshift.ts';
import { planCrio, planPodman } from './podman.ts';
import { renderInstallScript } from './script.ts';
import type { ClientPlan, ClientSetup } from './setup.ts';

export interface Client {
  readonly plan: (setup: ClientSetup) => ClientPlan;
  /** The script that carries the plan out, as `https://<cache>/setup/<client>` serves it. */
  readonly script: (setup: ClientSetup) => string;
}

/** Every client with a set-up. This table feeds the command line and the edge. */
export const CLIENTS: Readonly<Record<string, Client>> = {
  podman: byFiles('podman, buildah and skopeo', planPodman),
  docker: byFiles('docker', planDocker),
  containerd: byFiles('containerd', planContainerd),
  'containerd-default': byFiles('containerd', planContainerdDefault),
  crio: byFiles('CRI-O', planCrio),
  k3s: byFiles('k3s', planK3s),
  kind: { plan: planKind, script: renderKindScript },
  openshift: { plan: planOpenshift, script: renderOpenshiftScript },
};

function byFiles(who: string, plan: Client['plan']): Client {
  return { plan, script: (setup) => renderInstallScript(setup, who, plan(setup)) };
}
