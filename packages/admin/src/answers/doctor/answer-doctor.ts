import { open, readFile, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { DOCTOR_LIMIT_MS, parseObject } from '@registry-cache/domain';
import { orMissing, parseJson } from '@registry-cache/runtime';
import { AdminError } from '../../contract/admin-error.ts';
import { DOCTOR, type DoctorAnswer } from '../../contract/doctor.ts';
import type { AnswerDeps } from '../answer-deps.ts';

type DoctorDeps = Pick<AnswerDeps, 'options' | 'nowMs'>;

const LOOK_EVERY_MS = 250;
/** Until the configurator sees the wish. */
const START_MS = 10_000;

let running: Promise<DoctorAnswer> | undefined;

/**
 * Has the configurator run the doctor, since only root can read the operator's files, and waits for
 * the report. Whoever asks meanwhile gets the same one.
 * @throws AdminError where no report comes.
 */
export function answerDoctor(deps: DoctorDeps): Promise<DoctorAnswer> {
  running ??= examine(deps).finally(() => {
    running = undefined;
  });
  return running;
}

async function examine({ options, nowMs }: DoctorDeps): Promise<DoctorAnswer> {
  const { wish, report } = options.doctor;
  const before = await readTime(report);
  const wishedMs = nowMs();
  const handle = await open(wish, 'a', 0o640);
  try {
    await handle.utimes(wishedMs / 1000, wishedMs / 1000);
  } finally {
    await handle.close();
  }
  const endMs = wishedMs + START_MS + DOCTOR_LIMIT_MS;
  while (nowMs() < endMs) {
    // Replaced as a whole.
    if ((await readTime(report)) !== before) return parseReport(await readFile(report));
    await sleep(LOOK_EVERY_MS);
  }
  throw new AdminError('UNAVAILABLE', 'no report of the doctor came; see the log of the cache');
}

function parseReport(bytes: Buffer): DoctorAnswer {
  const { failed } = parseObject(bytes);
  if (typeof failed === 'string') {
    throw new AdminError('UNAVAILABLE', `the doctor could not run: ${failed}`);
  }
  return parseJson(bytes.toString('utf8'), DOCTOR.output);
}

async function readTime(file: string): Promise<number | undefined> {
  return (await orMissing(stat(file)))?.mtimeMs;
}
