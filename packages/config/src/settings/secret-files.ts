/**
 * Path of AUTH_REGISTRIES as it was given, in the run directory. Updates read it there, since only
 * the first program of a start has it in its environment.
 */
export const AUTH_REGISTRIES_FILE = 'secrets/auth-registries';
