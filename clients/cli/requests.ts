// Owns what the options of a command line add up to.
import { loginName } from './login-name.ts';
import type { SendRequest } from './send.ts';
import { safeText } from './safe-text.ts';
import type { TailRequest } from './tail.ts';
import { parseRoom, parseTarget, type Target, TargetError } from './target.ts';
import type { Texts } from './texts.ts';

/** A command line that makes no sense. The message is for the person, in their language. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export interface PlaceOptions {
  readonly name?: string;
  readonly room?: string;
}

export interface SendOptions extends PlaceOptions {
  readonly to?: string;
  readonly whole?: boolean;
  readonly id?: string;
}

export interface TailOptions extends PlaceOptions {
  readonly json?: boolean;
  readonly after?: string;
  readonly last?: string;
  readonly follow?: boolean;
}

const TAIL_LAST_DEFAULT = 10;

/** @throws UsageError */
export function chatTarget(text: string | undefined, { name, room }: PlaceOptions, texts: Texts): Target {
  try {
    const target = parseTarget(text ?? '');
    return {
      ...target,
      ...(name === undefined ? {} : { name }),
      ...(room === undefined ? {} : { room: parseRoom(room) }),
    };
  } catch (error) {
    if (error instanceof TargetError)
      throw new UsageError(texts.targets[error.problem](safeText(error.part)));
    throw error;
  }
}

/** @throws UsageError */
export function sendRequest(words: readonly string[], options: SendOptions, texts: Texts): SendRequest {
  const { help } = texts;
  const target = chatTarget(options.to, options, texts);
  const name = target.name ?? loginName();
  if (name === '') throw new UsageError(texts.chat.nameNeeded);
  const isWhole = options.whole === true;
  if (isWhole && words.length > 0) throw new UsageError(help.wholeNeedsInput);
  if (options.id !== undefined && words.length === 0 && !isWhole)
    throw new UsageError(help.idNeedsOneMessage);
  const id = options.id === undefined ? undefined : parseId(options.id, texts);
  if (words.length > 0)
    return { target: { ...target, name }, from: { is: 'text', text: words.join(' ') }, id };
  return { target: { ...target, name }, from: { is: isWhole ? 'whole' : 'lines' }, id };
}

/** @throws UsageError */
export function tailRequest(text: string | undefined, options: TailOptions, texts: Texts): TailRequest {
  const { help } = texts;
  const target = chatTarget(text, options, texts);
  if (target.room.startsWith('@')) throw new UsageError(help.privateTail);
  if (options.after !== undefined && options.last !== undefined) throw new UsageError(help.afterOrLast);
  return {
    target,
    json: options.json === true,
    follow: options.follow !== false,
    from:
      options.after === undefined
        ? { last: wholeNumber('--last', options.last ?? String(TAIL_LAST_DEFAULT), 0xffff_ffff, texts) }
        : { after: wholeNumber('--after', options.after, Number.MAX_SAFE_INTEGER, texts) },
  };
}

function wholeNumber(option: string, text: string, max: number, { help }: Texts): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > max) throw new UsageError(help.badNumber(option, safeText(text)));
  return value;
}

const ID = /^[0-9a-f]{8}(-?)[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{4}\1[0-9a-f]{12}$/i;

function parseId(text: string, { help }: Texts): Uint8Array {
  if (!ID.test(text)) throw new UsageError(help.badId(safeText(text)));
  return Buffer.from(text.replaceAll('-', ''), 'hex');
}
