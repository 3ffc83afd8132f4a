import { expect, test } from 'vitest';
import { runOnTerminal } from './prompt.ts';

test('prompts are answered in order, and the screen is as a person sees it', async () => {
  const script = 'printf "Name: "; read -r n; printf "Age: "; read -r a; echo "$n is $a"; exit 3';
  const result = await runOnTerminal(
    'sh',
    ['-c', script],
    [
      { prompt: /Name: $/, text: 'Ada' },
      { prompt: /Age: $/, text: '36' },
    ],
  );
  expect(result).toEqual({ exitCode: 3, screen: 'Name: Ada\r\nAge: 36\r\nAda is 36\r\n' });
});
