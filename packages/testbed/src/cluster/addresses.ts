/** The networks of a cluster. They exist on its nodes only, so two clusters may have the same. */

export const POD_NETWORK = '10.244.0.0/16';
export const SERVICE_NETWORK = '10.96.0.0/16';

/** The address of the service `kubernetes`: the first of the network. */
export const API_SERVICE = '10.96.0.1';

export const DOMAIN = 'cluster.local';

/** The addresses of the pods of a node. */
export function podNetworkOf(index: number): string {
  return `10.244.${index}.0/24`;
}
