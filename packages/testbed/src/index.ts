export * from './appliance/appliance.ts';
export { type Container, type ExecOptions, runContainer } from './appliance/container.ts';
export { endByPodman } from './appliance/end.ts';
export { removeLeftovers } from './appliance/leftovers.ts';
export * from './appliance/network.ts';
export type { ReplaceMethod } from './appliance/operator-files.ts';
export { type ApplianceOptions, imageName } from './appliance/options.ts';
export * from './cdn.ts';
export * from './certificates.ts';
export * from './clients/artifact-tools.ts';
export type { ClientOptions } from './clients/client-home.ts';
export * from './clients/containerd.ts';
export * from './clients/containers-image.ts';
export * from './clients/cri.ts';
export * from './clients/docker.ts';
export type { MachineClient } from './clients/machine-client.ts';
export * from './clients/podman.ts';
export * from './clients/prompt.ts';
export * from './clients/skopeo.ts';
export * from './fault-proxy/fault-proxy.ts';
export type { RequestKind, RequestMatcher, SeenRequest } from './fault-proxy/requests.ts';
export type {
  FaultAction,
  FaultResponse,
  FaultRule,
} from './fault-proxy/rules.ts';
export * from './forward-proxy.ts';
export * from './free-port.ts';
export * from './http-client.ts';
export * from './images/content.ts';
export * from './images/images.ts';
export * from './images/media-types.ts';
export * from './images/push.ts';
export * from './images/seeded-bytes.ts';
export * from './images/tar.ts';
export * from './interruptible-server.ts';
export type { DebianSuite } from './machine/client-root.ts';
export * from './machine/machine.ts';
export * from './pull.ts';
export * from './registry/daemon.ts';
export * from './registry/find-registry-binary.ts';
export * from './registry/htpasswd.ts';
export type { RegistryOptions, TokenTrust } from './registry/registry-config.ts';
export type { LoggedRequest } from './registry/registry-log.ts';
export * from './registry/registry-process.ts';
export * from './run-command.ts';
export * from './temporary-folder.ts';
export * from './tokens/token-service.ts';
export * from './until.ts';
