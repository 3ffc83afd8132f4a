import {
  describeCheapHashes,
  findAccessNotices,
  findStrayVariables,
  loadDryRunModel,
} from '@registry-cache/config';
import { formatIssue, formatNotice, unwrap } from '@registry-cache/domain';
import type { Command } from 'commander';
import { addInputOptions, type InputOptions, readSettings } from '../inputs.ts';
import { warn } from '../warn.ts';

export function addCheck(program: Command): void {
  const command = program
    .command('check')
    .description('Checks settings, pull secret, policy, certificate and htpasswd.');
  addInputOptions(command).action(async (options: InputOptions) => {
    const model = unwrap(await loadDryRunModel(readSettings(options)));
    for (const { key, url, mirrors, prefixes, credential } of model.upstreams) {
      const paths = prefixes.map((prefix) => `/v2/${prefix}/`).join(' ');
      const sources = [...mirrors, { url, credential }].map(
        (source) => `${source.url}, ${source.credential?.kind ?? 'anonymous'}`,
      );
      console.log(`${key}: ${paths} from ${sources.join(', then ')}`);
    }
    for (const name of model.hosted?.names ?? []) {
      console.log(`${name}: /v2/${name}/ from what is pushed here`);
    }
    if (model.isPublic) {
      const { PULLSECRETPATH } = model.settings;
      warn(`${PULLSECRETPATH}: no pull secret is there, so public registries are served`);
    }
    for (const notice of [...model.notices, ...findAccessNotices(model)]) {
      warn(formatNotice(notice));
    }
    const cheapHashes = describeCheapHashes(model);
    if (cheapHashes !== undefined) warn(cheapHashes);
    for (const name of findStrayVariables(process.env)) warn(`nothing reads the variable ${name}`);
    for (const issue of model.leftOut) warn(formatIssue(issue));
    if (model.leftOut.length === 0) console.log('all input is good');
    else {
      // A start would go on without these entries, and their author wants to know that.
      process.exitCode = 1;
      console.log('entries of the pull secret are left out');
    }
  });
}
