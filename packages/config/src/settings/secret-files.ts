/**
 * AUTH_REGISTRIES as it was given, in the run directory: for the updates of a start, as nothing
 * but its first program has it in its environment.
 */
export const AUTH_REGISTRIES_FILE = 'secrets/auth-registries';
