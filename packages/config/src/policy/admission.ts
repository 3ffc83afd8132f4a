import { parseDuration } from '@registry-cache/domain';
import { z } from 'zod';
import { duration } from './duration.ts';
import { imagesWithoutTag } from './images.ts';

const URL_ACCEPTED =
  'http://HOST[:PORT]/PATH or https://…, without a #, and without a login (see token)';
const TIMEOUT_ACCEPTED = 'a duration up to 10m, such as 30s';
const MAX_TIMEOUT_MS = 600_000;
const CONDITION = 'minimumAge, or ask, or both';
const NO_ASK = 'only together with ask';
const PATH = 'an absolute path';

/** A login in a URL would get into logs and rendered files. */
function isScannerUrl(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) return false;
  return url.username === '' && url.password === '' && !text.includes('#');
}

const rule = z
  .strictObject({
    images: imagesWithoutTag,
    minimumAge: duration
      .optional()
      .describe(
        'How long ago a digest was first seen here under its tag, at least. Until then the tag keeps its last digest.',
      ),
    ask: z
      .string(URL_ACCEPTED)
      .refine(isScannerUrl, URL_ACCEPTED)
      .optional()
      .describe('URL of a scanner that is asked about each new digest.'),
    token: z
      .string(PATH)
      .regex(/^\//, PATH)
      .optional()
      .describe('Path of a file with a token that only this scanner gets, as a Bearer token.'),
    timeout: duration
      .refine((text) => {
        const parsed = parseDuration('', text);
        return !parsed.ok || parsed.value <= MAX_TIMEOUT_MS;
      }, TIMEOUT_ACCEPTED)
      .optional()
      .describe('How long the scanner may take. No answer is a refusal. Default `30s`.'),
  })
  .refine(({ minimumAge, ask }) => minimumAge !== undefined || ask !== undefined, CONDITION)
  .refine(({ ask, timeout }) => timeout === undefined || ask !== undefined, {
    message: NO_ASK,
    path: ['timeout'],
  })
  .refine(({ ask, token }) => token === undefined || ask !== undefined, {
    message: NO_ASK,
    path: ['token'],
  });

/** `admission` of the policy file. */
export const admissionSchema = z.array(rule);

export type AdmissionSpec = z.infer<typeof admissionSchema>;
