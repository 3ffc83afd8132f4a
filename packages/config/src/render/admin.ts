import { type RunPaths, socketPath } from '@registry-cache/domain';
import type { Model } from '../model/build.ts';
import { describeTrusted } from './ingress.ts';

/** The view of the listener for the admin API; undefined where there is none. */
export function describeAdminListener(
  { settings, hasIpv6 }: Pick<Model, 'settings' | 'hasIpv6'>,
  run: RunPaths,
): object | undefined {
  const { ADMIN_LISTEN: listen } = settings;
  if (listen === '') return undefined;
  return {
    listen,
    // HAProxy takes an absent address for IPv4 alone.
    listenIpv6: hasIpv6 && listen.startsWith(':') ? `::${listen}` : undefined,
    socket: socketPath(run, 'admin-remote'),
    // A balancer for TCP speaks no PROXY protocol here, and passes the headers of clients on.
    trusted: settings.PROXY_PROTOCOL ? undefined : describeTrusted({ settings }),
  };
}
