import { runApplianceToEnd } from '@registry-cache/testbed';
import { describe, expect, it } from 'vitest';
import { CASES, SECRET } from './bad-input-cases.ts';

const GOOD = { pullSecret: { auths: { 'quay.io': {} } } };

describe.concurrent('a start with', () => {
  it.each(CASES)('$what is refused, with one line for each issue', async ({ options, lines }) => {
    const { exitCode, logs } = await runApplianceToEnd({ ...GOOD, ...(await options()) });
    const said = logs.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('{'));
    expect(said).toEqual(lines.map((line) => expect.stringContaining(`registry-cache: ${line}`)));
    expect(exitCode).toBe(1);
    expect(logs).not.toContain(SECRET);
  });
});
