import {
  describeCheapHashes,
  findAccessNotices,
  findStrayVariables,
  listReferenceNames,
  loadDryRunModel,
  type Model,
} from '@registry-cache/config';
import {
  escapeUnprintable,
  formatDuration,
  formatIssue,
  formatNotice,
  unwrap,
} from '@registry-cache/domain';
import type { Command } from 'commander';
import { isElsewhere } from '../admin/admin-place.ts';
import { askHere } from '../admin/ask-here.ts';
import { formatCheck } from '../admin/format-check.ts';
import { count } from '../count.ts';
import { formatFailure } from '../format-failure.ts';
import { addInputOptions, type InputOptions, readSettings } from '../inputs.ts';
import { readPlainPlan } from '../warm/read-plan.ts';
import { warn } from '../warn.ts';

export function addCheck(program: Command): void {
  const command = program
    .command('check')
    .description('Checks settings, pull secret, policy, certificate and htpasswd.');
  addInputOptions(command).action(async (options: InputOptions) => {
    if (isElsewhere()) {
      for (const line of formatCheck(await askHere('check', {}))) {
        console.log(escapeUnprintable(line));
      }
      return;
    }
    const model = unwrap(await loadDryRunModel(readSettings(options)));
    for (const { key, url, mirrors, prefixes, credential } of model.upstreams) {
      const paths = prefixes.map((prefix) => `/v2/${prefix}/`).join(' ');
      const sources = [...mirrors, { url, credential }].map(
        (source) => `${source.url}, ${source.credential?.kind ?? 'anonymous'}`,
      );
      console.log(`${key}: ${paths} from ${sources.join(', then ')}`);
    }
    for (const { host, login = 'anonymous' } of model.settings.OFFLINE ? [] : model.onDemandKeys) {
      console.log(`${host}: on demand, ${login}`);
    }
    for (const name of model.hosted?.names ?? []) {
      console.log(`${name}: /v2/${name}/ from what is pushed here`);
    }
    const badLists = await checkLists(model);
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
    // A start would go on without these entries and lists, and their author wants to know that.
    if (model.leftOut.length + badLists > 0) process.exitCode = 1;
    if (model.leftOut.length > 0) console.log('entries of the pull secret are left out');
    if (badLists > 0) console.log(`${count(badLists, 'followed list')} cannot be used`);
    if (model.leftOut.length + badLists === 0) console.log('all input is good');
  });
}

/** Returns how many of the followed lists are missing or broken. */
async function checkLists(model: Model): Promise<number> {
  const names = listReferenceNames(model);
  let bad = 0;
  for (const { list, everyMs } of model.warm) {
    try {
      const plan = await readPlainPlan(list, names);
      const entries = count(plan.targets.length, 'entry');
      console.log(`${list}: warmed every ${formatDuration(everyMs)}, ${entries}`);
    } catch (error) {
      bad += 1;
      for (const line of formatFailure(error)) warn(`${list}: ${line}`);
    }
  }
  return bad;
}
