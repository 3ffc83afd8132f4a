import { expect, test } from 'vitest';
import { createLogger } from './log.ts';

test('a field from outside stays on one line of JSON, without control characters', () => {
  const lines: string[] = [];
  const logger = createLogger('egress', 'info', { write: (line) => void lines.push(line) });
  const path = '/v2/\u001b[2J\u009b31m\u202e\u007f\nsecond';
  logger.warn({ path }, 'could not pass on');
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^[ -~]+\n$/);
  const said = JSON.parse(lines[0] ?? '');
  expect(said).toMatchObject({ level: 'warn', program: 'egress', path, msg: 'could not pass on' });
});
