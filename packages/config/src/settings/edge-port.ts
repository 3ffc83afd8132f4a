/** The TLS port that templates/haproxy.cfg.hbs binds. Operators publish it under any other. */
export const EDGE_PORT = 8443;
