import { loadDryRunModel, type Model, renderTree, type Settings } from '@registry-cache/config';
import {
  CHECK_NAMES,
  CHECKS,
  type CheckReport,
  formatReport,
  hasError,
  runChecks,
} from '@registry-cache/doctor';
import {
  InvalidInputError,
  type Issue,
  quoteFound,
  runPaths,
  unwrap,
} from '@registry-cache/domain';
import { type Command, Option } from 'commander';
import { isElsewhere } from '../admin/admin-place.ts';
import { askHere } from '../admin/ask-here.ts';
import { becomeRunUser } from '../become-run-user.ts';
import { addInputOptions, type InputOptions, readSettings } from '../inputs.ts';
import { formatJson } from '../print-json.ts';

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
  const reports = isElsewhere() ? await diagnoseElsewhere(options) : await diagnoseHere(options);
  const isGood = !hasError(reports);
  const text = options.json
    ? formatJson({ ok: isGood, checks: reports })
    : formatReport(reports).join('\n');
  // A name server that is silent would keep the process for long.
  process.stdout.write(`${text}\n`, () => process.exit(isGood ? 0 : 1));
}

/** The server tries everything, by its own files. */
async function diagnoseElsewhere(options: DoctorOptions): Promise<CheckReport[]> {
  for (const name of ['pullSecret', 'policy'] as const) {
    if (options[name] === undefined) continue;
    const path = name === 'policy' ? '--policy' : '--pull-secret';
    throw new InvalidInputError([{ path, found: '--server', accepted: 'one of both' }]);
  }
  const { checks } = await askHere('doctor', {});
  return checks
    .filter(({ check }) => isWanted(check, options))
    .map(({ check, kind, seen = '', reason = '', findings = [] }) => {
      const report = kind === 'tried' ? { check, kind, seen, findings } : { check, kind, reason };
      // Names of another version are shown as they are.
      return report as CheckReport;
    });
}

function isWanted(name: string, { only }: DoctorOptions): boolean {
  return only.length === 0 || only.includes(name);
}

async function diagnoseHere(options: DoctorOptions): Promise<CheckReport[]> {
  const { settings, model, issues } = await load(options);
  const run = runPaths(process.env.RUNDIR);
  const tree = model && renderTree(model, run, undefined);
  const wasRoot = process.getuid?.() === 0;
  // The operator's files are read now. All else is tried as the programs would do it.
  await becomeRunUser();
  // Its client is large, and no other command needs it.
  const { openCheckContext } = await import('../doctor/open-context.ts');
  const context = openCheckContext({ settings, model, issues, run, tree, wasRoot });
  return runChecks(
    CHECKS.filter(({ name }) => isWanted(name, options)),
    context,
  );
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
