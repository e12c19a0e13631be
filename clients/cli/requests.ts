// Owns what the options of a command line add up to.
import type { Environment } from './environment.ts';
import { parseFingerprint } from './fingerprint.ts';
import { defaultName } from './identity.ts';
import { loginName } from './login-name.ts';
import type { ChatRequest } from './chat.ts';
import type { SendRequest } from './send.ts';
import { safeText } from './safe-text.ts';
import { stateDirectory } from './state-directory.ts';
import type { TailRequest } from './tail.ts';
import { checkCode, parseRoom, parseServer, parseTarget, type Target, TargetError } from './target.ts';
import type { Texts } from './texts.ts';
import type { TrustRequest } from './trust.ts';

/** A command line that makes no sense. The message is for the person, in their language. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What a command line is read with. */
type Setting = Pick<Environment, 'texts' | 'variables'>;

export interface PlaceOptions {
  readonly name?: string;
  readonly room?: string;
  readonly guest?: boolean;
  readonly code?: string;
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
export function chatRequest(text: string | undefined, options: PlaceOptions, setting: Setting): ChatRequest {
  return { target: targetOf(text, options, setting), isGuest: options.guest === true };
}

/** What stands in options counts more than what stands in the target. */
function targetOf(text: string | undefined, options: PlaceOptions, { texts, variables }: Setting): Target {
  return inWords(texts, () => {
    const target = parseTarget(text ?? '');
    const { name = target.name, room, code = target.code ?? codeOf(variables) } = options;
    return {
      ...target,
      name,
      room: room === undefined ? target.room : parseRoom(room),
      code: code === undefined ? undefined : checkCode(code),
    };
  });
}

function codeOf(variables: Setting['variables']): string | undefined {
  const code = variables['KENTONGAN_CODE'];
  return code === '' ? undefined : code;
}

/** @throws UsageError in the place of TargetError */
function inWords<T>(texts: Texts, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof TargetError)
      throw new UsageError(texts.targets[error.problem](safeText(error.part)));
    throw error;
  }
}

/** @throws UsageError */
export function sendRequest(words: readonly string[], options: SendOptions, setting: Setting): SendRequest {
  const { texts } = setting;
  const { help } = texts;
  const { target, isGuest } = chatRequest(options.to, options, setting);
  const name = target.name ?? (isGuest ? loginName() : defaultName(stateDirectory(setting.variables)));
  if (name === '') throw new UsageError(texts.chat.nameNeeded);
  const isWhole = options.whole === true;
  if (isWhole && words.length > 0) throw new UsageError(help.wholeNeedsInput);
  if (options.id !== undefined && words.length === 0 && !isWhole)
    throw new UsageError(help.idNeedsOneMessage);
  const id = options.id === undefined ? undefined : parseId(options.id, texts);
  if (words.length > 0)
    return { target: { ...target, name }, isGuest, from: { is: 'text', text: words.join(' ') }, id };
  return { target: { ...target, name }, isGuest, from: { is: isWhole ? 'whole' : 'lines' }, id };
}

/** @throws UsageError */
export function tailRequest(text: string | undefined, options: TailOptions, setting: Setting): TailRequest {
  const { texts } = setting;
  const { help } = texts;
  const { target, isGuest } = chatRequest(text, options, setting);
  if (target.room.startsWith('@')) throw new UsageError(help.privateTail);
  if (options.after !== undefined && options.last !== undefined) throw new UsageError(help.afterOrLast);
  return {
    target,
    isGuest,
    json: options.json === true,
    follow: options.follow !== false,
    from:
      options.after === undefined
        ? { last: wholeNumber('--last', options.last ?? String(TAIL_LAST_DEFAULT), 0xffff_ffff, texts) }
        : { after: wholeNumber('--after', options.after, Number.MAX_SAFE_INTEGER, texts) },
  };
}

export interface TrustOptions {
  readonly list?: boolean;
  readonly forget?: boolean;
}

/** @throws UsageError */
export function trustRequest(
  [server, ...digits]: readonly string[],
  { list = false, forget = false }: TrustOptions,
  { texts }: Setting,
): TrustRequest {
  const { trust } = texts.security;
  if (list ? forget || server !== undefined : server === undefined || (forget && digits.length > 0))
    throw new UsageError(trust.oneThing);
  if (server === undefined) return { do: 'list' };
  const address = inWords(texts, () => parseServer(server));
  if (forget) return { do: 'forget', server: address };
  // Groups that are copied from a screen without quotes are several words.
  const text = digits.join('');
  if (text === '') throw new UsageError(trust.needsFingerprint);
  const fingerprint = parseFingerprint(text);
  if (fingerprint === undefined) throw new UsageError(trust.badFingerprint(safeText(text)));
  return { do: 'trust', server: address, fingerprint };
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
