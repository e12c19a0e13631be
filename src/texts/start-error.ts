// Why a command can not do what was asked, in words for people.
import { fill, type TextKey, type Texts, type TextValues } from './texts.ts';

/** What went wrong: the operator's words, or the world. */
export type StartFailure = 'usage' | 'failure';

/**
 * Ends a command. The message is for people, in their language: `text(texts)`; `.message` is the key of it.
 */
export class StartError extends Error {
  readonly key: TextKey;
  readonly values: TextValues;
  readonly failure: StartFailure;

  constructor(key: TextKey, values: TextValues, failure: StartFailure = 'failure') {
    super(`${key} ${JSON.stringify(values)}`);
    this.name = 'StartError';
    this.key = key;
    this.values = values;
    this.failure = failure;
  }

  /** What to tell, and what to do about it. */
  text(texts: Texts): string {
    return fill(texts[this.key], this.values);
  }

  /** For the shell: 1 = failure, 2 = usage. */
  get exitCode(): 1 | 2 {
    return this.failure === 'usage' ? 2 : 1;
  }
}

/** The system's short name of an error (`EACCES`), or what it says. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  return code ?? error.message;
}
