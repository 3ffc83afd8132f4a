import { draftModel, findStrayVariables } from '@registry-cache/config';
import { unwrap } from '@registry-cache/domain';
import type { Command } from 'commander';
import { addInputOptions, type InputOptions, readSettings } from '../inputs.ts';
import { warn } from '../warn.ts';

export function addCheck(program: Command): void {
  const command = program
    .command('check')
    .description('Checks settings, pull secret, policy, certificate and htpasswd.');
  addInputOptions(command).action(async (options: InputOptions) => {
    const model = unwrap(await draftModel(readSettings(options)));
    for (const { key, url, prefixes, credential } of model.upstreams) {
      const paths = prefixes.map((prefix) => `/v2/${prefix}/`).join(' ');
      console.log(`${key}: ${paths} from ${url}, ${credential?.kind ?? 'anonymous'}`);
    }
    for (const name of findStrayVariables(process.env)) warn(`nothing reads the variable ${name}`);
    console.log('all input is good');
  });
}
