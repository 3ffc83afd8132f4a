import { LOGIN_FAULTS } from './logins.ts';
import { MACHINE_FAULTS } from './machine.ts';
import { NETWORK_FAULTS } from './network.ts';
import { OWN_FAULTS } from './own.ts';
import { SERVICE_FAULTS } from './services.ts';
import { WAY_FAULTS } from './ways.ts';

/** Every fault. `docs/doctor.md` has them in the order of the checks. */
export const FAULTS = {
  ...OWN_FAULTS,
  ...NETWORK_FAULTS,
  ...WAY_FAULTS,
  ...LOGIN_FAULTS,
  ...MACHINE_FAULTS,
  ...SERVICE_FAULTS,
};

export type FaultId = keyof typeof FAULTS;
