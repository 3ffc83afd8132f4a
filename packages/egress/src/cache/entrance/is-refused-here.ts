import { RegistryError } from '../../wire/errors/registry-error.ts';

/** Whether the entrance refused an image, or could not check it. The upstream did neither. */
export function isRefusedHere(error: unknown): boolean {
  if (!(error instanceof RegistryError)) return false;
  return error.phase === 'trust' || error.phase === 'admission';
}
