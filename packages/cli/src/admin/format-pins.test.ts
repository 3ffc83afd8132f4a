import { expect, it } from 'vitest';
import { formatPins } from './format-pins.ts';

it('shows each pin with its size and origin, and what is broken', () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  const pins = [
    {
      ...{ image: 'quay.io/team/app:v1', digest, heldBytes: 1024, whole: true, frozen: true },
      ...{ why: 'import', by: 'ann', since: '2026-11-30T10:00:00.000Z' },
    },
    {
      ...{ image: `quay.io/team/app@${digest}`, digest, heldBytes: 0, whole: false, frozen: false },
      problem: 'why: unknown',
    },
  ];
  expect(formatPins({ pins, heldBytes: 1024, limitBytes: 4096, unreadable: 1 })).toEqual([
    `quay.io/team/app:v1 ${digest} (1 KiB; import, frozen, by ann since 2026-11-30T10:00:00.000Z)`,
    `quay.io/team/app@${digest} (0 B, not whole here; broken: why: unknown)`,
    '1 folder of pins cannot be read',
    '2 pins, 1 KiB of 4 KiB',
  ]);
});
