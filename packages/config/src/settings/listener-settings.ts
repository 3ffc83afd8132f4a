/** The settings with the addresses of listeners. Each is empty where its listener is off. */
export const LISTENER_SETTINGS = [
  'HEALTH_LISTEN',
  'CONNECT_LISTEN',
  'REDIRECT_LISTEN',
  'HTTP_LISTEN',
  'PEER_LISTEN',
  'ADMIN_LISTEN',
] as const;
