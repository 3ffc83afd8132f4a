import type { WhoamiAnswer } from '../../contract/whoami.ts';
import type { AnswerDeps } from '../answer-deps.ts';

export async function answerWhoami({
  operator: { user, rights, mayLogIn },
}: Pick<AnswerDeps, 'operator'>): Promise<WhoamiAnswer> {
  return { ...(user !== undefined && { user }), rights: [...rights], mayLogIn };
}
