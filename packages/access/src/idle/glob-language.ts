import { compileGlob, type Glob, isWildcard, takesCharacter, tokenizeGlob } from '../glob.ts';

/** The texts that a glob is about: no others come to be matched. */
export interface Grammar {
  readonly separator: string | undefined;
  /** The state after one more character; undefined where no text goes on like that. */
  next(state: number, character: string, isSeparator: boolean): number | undefined;
  isEnd(state: number): boolean;
}

/** Texts that are not empty: tags, and names of users and groups. */
export const WORDS: Grammar = {
  separator: undefined,
  next: () => 1,
  isEnd: (state) => state === 1,
};

/** `registry/repository`: two parts or more, none of them empty. */
export const IMAGES: Grammar = {
  separator: '/',
  // Even states are at the start of a part. From 2 on it is a part of the repository.
  next(state, _character, isSeparator) {
    if (isSeparator) return state % 2 === 0 ? undefined : 2;
    return state < 2 ? 1 : 3;
  },
  isEnd: (state) => state === 3,
};

/** How much may still be compared. Comparing globs can take exponential time. */
export interface Effort {
  left: number;
}

/** One pair of globs may take so many steps. Usual ones take as many as they have characters. */
const STEPS_OF_A_PAIR = 1_000;
/** A step takes longer than a look at both ends of a glob. */
const STEP = 4;
/** Stands for every character that neither glob names. */
const ANY_OTHER = '\u{10FFFF}';

/** All texts of a grammar that a glob matches. */
export class GlobLanguage {
  readonly pattern: string;
  readonly #grammar: Grammar;
  readonly #tokens: readonly string[];
  /** The characters before the first wildcard, and those behind the last one. */
  readonly #start: string;
  readonly #end: string;
  readonly #hasWildcard: boolean;
  readonly #matches: Glob;

  constructor(pattern: string, grammar: Grammar) {
    this.pattern = pattern;
    this.#grammar = grammar;
    this.#tokens = tokenizeGlob(pattern);
    this.#matches = compileGlob(pattern, grammar.separator);
    const first = this.#tokens.findIndex(isWildcard);
    this.#hasWildcard = first !== -1;
    this.#start = this.#hasWildcard ? this.#tokens.slice(0, first).join('') : pattern;
    this.#end = this.#tokens.slice(this.#tokens.findLastIndex(isWildcard) + 1).join('');
  }

  /** Whether each of the other's texts is one of these. False where that is not certain. */
  covers(other: GlobLanguage, effort: Effort): boolean {
    effort.left -= 1;
    if (this.pattern === other.pattern) return true;
    if (!this.#hasWildcard || !other.#start.startsWith(this.#start)) return false;
    if (!other.#end.endsWith(this.#end)) return false;
    if (this.pattern === `${this.#start}**`) return true;
    if (!other.#hasWildcard) return this.#isText(other.pattern, effort);
    return this.#find(other, (isHere, isThere) => isThere && !isHere, effort) === false;
  }

  /** Whether some text is one of both. True where the opposite is not certain. */
  overlaps(other: GlobLanguage, effort: Effort): boolean {
    effort.left -= 1;
    if (!other.#hasWildcard) return this.#isText(other.pattern, effort);
    if (!this.#hasWildcard) return other.#isText(this.pattern, effort);
    const [one, two] = [this.#start, other.#start];
    if (!one.startsWith(two) && !two.startsWith(one)) return false;
    return this.#find(other, (isHere, isThere) => isThere && isHere, effort) !== false;
  }

  #isText(text: string, effort: Effort): boolean {
    effort.left -= STEP * text.length;
    return this.#matches(text);
  }

  /**
   * Whether there is a text of the other language that is wanted. It follows all texts at once, by
   * the states that they lead to in both globs. Undefined where that takes too long.
   */
  #find(
    other: GlobLanguage,
    isWanted: (isHere: boolean, isThere: boolean) => boolean,
    effort: Effort,
  ): boolean | undefined {
    const [here, there] = [new Automaton(this.#tokens), new Automaton(other.#tokens)];
    const { separator } = this.#grammar;
    const alphabet = new Set([...here.characters, ...there.characters, ANY_OTHER]);
    if (separator !== undefined) alphabet.add(separator);
    const queue = [{ mine: here.start, theirs: there.start, state: 0 }];
    const seen = new Set<string>();
    for (const { mine, theirs, state } of queue) {
      effort.left -= STEP * alphabet.size;
      if (seen.size > STEPS_OF_A_PAIR || effort.left < 0) return undefined;
      if (this.#grammar.isEnd(state) && isWanted(here.isEnd(mine), there.isEnd(theirs))) {
        return true;
      }
      for (const character of alphabet) {
        const next = this.#grammar.next(state, character, character === separator);
        const theirNext = there.step(theirs, character, separator);
        if (next === undefined || theirNext === 0n) continue;
        const myNext = here.step(mine, character, separator);
        const key = `${myNext} ${theirNext} ${next}`;
        if (seen.has(key)) continue;
        seen.add(key);
        queue.push({ mine: myNext, theirs: theirNext, state: next });
      }
    }
    return false;
  }
}

/** A glob as an automaton. A set of its states is a number with a bit for each of them. */
class Automaton {
  readonly #tokens: readonly string[];
  /** The states before each character, and those before each wildcard. */
  readonly #before = new Map<string, bigint>();
  readonly #wildcards: readonly (readonly [string, bigint])[];
  readonly #beforeWildcard: bigint;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
    const bits = tokens.map((token, index) => [token, 1n << BigInt(index)] as const);
    this.#wildcards = bits.filter(([token]) => isWildcard(token));
    this.#beforeWildcard = this.#wildcards.reduce((all, [, bit]) => all | bit, 0n);
    for (const [token, bit] of bits) {
      if (!isWildcard(token)) this.#before.set(token, (this.#before.get(token) ?? 0n) | bit);
    }
  }

  get characters(): Iterable<string> {
    return this.#before.keys();
  }

  get start(): bigint {
    return this.#closeOver(1n);
  }

  isEnd(states: bigint): boolean {
    return ((states >> BigInt(this.#tokens.length)) & 1n) === 1n;
  }

  step(states: bigint, character: string, separator: string | undefined): bigint {
    const behind = (states & (this.#before.get(character) ?? 0n)) << 1n;
    const staying = this.#wildcards
      .filter(([wildcard]) => takesCharacter(wildcard, character, separator))
      .reduce((all, [, bit]) => all | (states & bit), 0n);
    return this.#closeOver(behind | staying);
  }

  /** Adds the states behind wildcards, because a wildcard may stand for nothing. */
  #closeOver(states: bigint): bigint {
    let all = states;
    for (let more = all; ; all = more) {
      more = all | ((all & this.#beforeWildcard) << 1n);
      if (more === all) return all;
    }
  }
}
