import { z } from 'zod';

const HOST = /^(?:[A-Za-z0-9][A-Za-z0-9.-]*|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?$/;

/** Hosts of token services, written as in an https URL. */
export const realms = z.array(
  z
    .string()
    .regex(HOST, 'a host as auth.example.com, with a port as auth.example.com:5001')
    .transform((host) => host.toLowerCase().replace(/:443$/, '')),
);
