import type { PinsAnswer } from '../../contract/pins.ts';
import { sumOf } from '../../sources/parse-metrics.ts';
import { readMetrics } from '../../sources/read-metrics.ts';
import { readServedNames } from '../../sources/read-served-names.ts';
import type { AnswerDeps } from '../answer-deps.ts';
import { listPins } from './list-pins.ts';

export async function answerPins({ options }: AnswerDeps): Promise<PinsAnswer> {
  const { storeRoot, registriesFile, metricsDirs } = options;
  const { hostOf } = await readServedNames(registriesFile);
  const limitBytes = sumOf(await readMetrics(metricsDirs), 'registry_cache_store_limit_bytes');
  return listPins({ storeRoot, limitBytes, hostOf });
}
