import type { Machine } from '@registry-cache/testbed';
import { CACHE, type Cache } from './client-stage.ts';

/** Where podman, buildah and skopeo look for the certificate. */
export async function trustInContainers(machine: Machine, { ca }: Cache): Promise<void> {
  await machine.write(`/etc/containers/certs.d/${CACHE}/ca.crt`, ca);
}

export async function trustInDocker(machine: Machine, { ca }: Cache): Promise<void> {
  await machine.write(`/etc/docker/certs.d/${CACHE}/ca.crt`, ca);
}

/** Trusts it for the whole machine, by Debian's own program. */
export async function trustInSystem(machine: Machine, { ca }: Cache): Promise<void> {
  await machine.write('/usr/local/share/ca-certificates/registry-cache.crt', ca);
  const { exitCode, stderr } = await machine.run('update-ca-certificates', []);
  if (exitCode !== 0) throw new Error(`update-ca-certificates: ${stderr}`);
}
