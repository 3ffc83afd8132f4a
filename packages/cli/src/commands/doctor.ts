import { loadDryRunModel, type Model, renderTree, type Settings } from '@registry-cache/config';
import { CHECK_NAMES, CHECKS, formatReport, hasError, runChecks } from '@registry-cache/doctor';
import {
  InvalidInputError,
  type Issue,
  quoteFound,
  runPaths,
  unwrap,
} from '@registry-cache/domain';
import { type Command, Option } from 'commander';
import { becomeRunUser } from '../become-run-user.ts';
import { addInputOptions, type InputOptions, readSettings } from '../inputs.ts';

interface DoctorOptions extends InputOptions {
  readonly only: readonly string[];
  readonly json?: boolean;
}

export function addDoctor(program: Command): void {
  const command = program
    .command('doctor')
    .description('Tries what can go wrong around the cache, and says what to do.')
    .addOption(
      new Option('--only <check>', `one check, again for more: ${CHECK_NAMES.join(', ')}`)
        .argParser(addCheck)
        .default([], 'all'),
    )
    .option('--json', 'one line of JSON');
  addInputOptions(command).action(diagnose);
}

/** @throws InvalidInputError for a check that does not exist. */
function addCheck(name: string, names: readonly string[]): readonly string[] {
  if (CHECK_NAMES.some((known) => known === name)) return [...names, name];
  const accepted = CHECK_NAMES.join(', ');
  throw new InvalidInputError([{ path: '--only', found: quoteFound(name), accepted }]);
}

/** The status is 1 where a finding is an error. */
async function diagnose(options: DoctorOptions): Promise<void> {
  const { only, json = false } = options;
  const { settings, model, issues } = await load(options);
  const run = runPaths(process.env.RUNDIR);
  const tree = model && renderTree(model, run, undefined);
  const wasRoot = process.getuid?.() === 0;
  // The operator's files are read now. All else is tried as the programs would do it.
  await becomeRunUser();
  // Its client is large, and no other command needs it.
  const { openCheckContext } = await import('../doctor/open-context.ts');
  const context = openCheckContext({ settings, model, issues, run, tree, wasRoot });
  const checks = CHECKS.filter(({ name }) => only.length === 0 || only.includes(name));
  const reports = await runChecks(checks, context);
  const isGood = !hasError(reports);
  const text = json
    ? JSON.stringify({ ok: isGood, checks: reports })
    : formatReport(reports).join('\n');
  // A name server that is silent would keep the process for long.
  process.stdout.write(`${text}\n`, () => process.exit(isGood ? 0 : 1));
}

interface Loaded {
  readonly settings: Settings | undefined;
  readonly model: Model | undefined;
  readonly issues: readonly Issue[];
}

/** Broken input is a finding among others. */
async function load(options: InputOptions): Promise<Loaded> {
  let settings: Settings | undefined;
  try {
    settings = readSettings(options);
    return { settings, model: unwrap(await loadDryRunModel(settings)), issues: [] };
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    return { settings, model: undefined, issues: error.issues };
  }
}
