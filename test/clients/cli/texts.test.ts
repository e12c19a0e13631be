import { describe, expect, test } from 'vitest';
import { type Circumstances, errorText, exitCodeOf } from '../../../clients/cli/errors.ts';
import { EXIT } from '../../../clients/cli/exit-codes.ts';
import { foldHelp } from '../../../clients/cli/fold.ts';
import { languageFlag, languageOf, textsOf } from '../../../clients/cli/language.ts';
import { LANGUAGES, type Language } from '../../../clients/cli/texts.ts';
import { ClientError, type ClientErrorReason, type TlsProblem } from '../../../clients/sdk/index.ts';
import { KnownHostsError } from '../../../clients/sdk/known-hosts.ts';
import { FaultCode } from '../../../src/protocol/index.ts';

/** Every text of a table by its path; functions are called, so that what they say is seen. */
function leaves(value: unknown, path: string): Map<string, string> {
  if (typeof value === 'string') return new Map([[path, value]]);
  if (typeof value === 'function') {
    const call = value as (...args: unknown[]) => string;
    const facts = {
      name: 'NAME',
      limit: 7,
      retryAfterSeconds: 3,
      wanted: 'WANTED',
      address: 'ADDRESS',
      byKey: true,
      isPlain: false,
    };
    // Facts for the faults; for all others something that is both text and number.
    const args = path.startsWith('.faults')
      ? path.endsWith('UNKNOWN')
        ? [1999, facts]
        : [facts]
      : Array.from({ length: 4 }, () => (path.startsWith('.security') ? '7' : 7));
    return new Map([[path, call(...args)]]);
  }
  const found = new Map<string, string>();
  for (const [key, inner] of Object.entries(value as object)) {
    for (const [where, text] of leaves(inner, `${path}.${key}`)) found.set(where, text);
  }
  return found;
}

const TABLES = new Map(LANGUAGES.map((language) => [language, leaves(textsOf(language), '')]));
/** Words that are the same in both languages. */
const SAME =
  /^\.(language|locale|help\.(titles|program)|lines\.program|chat\.(who|help\.\d+\.0)|faults\.UNKNOWN)/;

describe.each(LANGUAGES)('the table %s', (language) => {
  const table = TABLES.get(language) ?? new Map<string, string>();

  test('has every text that another table has', () => {
    for (const other of TABLES.values()) expect([...table.keys()]).toEqual([...other.keys()]);
  });

  test('has no empty text, and nothing that was forgotten in it', () => {
    for (const [path, text] of table) {
      expect(text, path).not.toBe('');
      expect(text, path).not.toMatch(/undefined|NaN|\[object|TODO/);
    }
  });

  test('has its own words', () => {
    if (language === 'en') return expect(table.get('.chat.back')).toBe('Connected again.');
    const english = TABLES.get('en') ?? new Map<string, string>();
    const same = [...table].filter(([path, text]) => !SAME.test(path) && english.get(path) === text);
    return expect(same).toEqual([]);
  });

  test('says every fault, and what to do', () => {
    const { faults } = textsOf(language);
    for (const [name, code] of Object.entries(FaultCode)) {
      if (code === 0) continue;
      expect(Object.hasOwn(faults, name), name).toBe(true);
      expect(textOfFault(code, language)).toMatch(/[.]$/);
    }
    expect(new Set([1999, 2999, 3999, 4999].map((code) => textOfFault(code, language))).size).toBe(4);
  });

  test('names the exit codes and has help whose lines fit', () => {
    const { help } = textsOf(language);
    for (const code of Object.values(EXIT)) expect(help.exitCodes).toContain(String(code));
    for (const text of [
      help.chatEnd,
      help.sendEnd,
      help.tailEnd,
      help.trustEnd,
      help.identityEnd,
      help.overviewEnd,
      help.exitCodes,
    ]) {
      for (const line of foldHelp(text, 79).split('\n')) {
        // A link that is typed can not be cut.
        if (!line.includes('kentongan://')) expect(line.length, line).toBeLessThanOrEqual(79);
      }
    }
  });

  test('describes every field of a JSON line', () => {
    const { tailEnd } = textsOf(language).help;
    for (const field of [
      'type',
      'room',
      'log',
      'seq',
      'time',
      'id',
      'author',
      'text',
      'replyTo',
      'reason',
      'by',
      'code',
      'args',
      'next',
    ]) {
      expect(tailEnd).toMatch(new RegExp(`^  ${field} `, 'm'));
    }
  });
});

const HERE: Circumstances = { host: 'host', port: 7660, transport: 'tls', name: 'wanted' };

function textOfFault(code: number, language: Language): string {
  return errorText(
    new ClientError('fault', 'for logs', { code, about: 'NAME', limit: 7 }),
    HERE,
    textsOf(language),
  );
}

describe('an error', () => {
  test.each<[string, RegExp]>([
    ['ECONNREFUSED', /Nobody answers at host:7660.*kentongan serve/],
    ['ENOTFOUND', /no machine called "host".*\/host/],
    ['ETIMEDOUT', /No answer from host:7660/],
    ['EHOSTUNREACH', /no way to host:7660/],
    ['EPIPE', /failed: EPIPE/],
  ])('of the network, %s, says what to do', (code, text) => {
    const error = new ClientError('unreachable', '', { cause: Object.assign(new Error('x'), { code }) });
    expect(errorText(error, HERE, textsOf('en'))).toMatch(text);
    expect(exitCodeOf(error)).toBe(3);
  });

  test.each<[ClientErrorReason, number, number]>([
    ['fault', FaultCode.NAME_TAKEN, 1],
    ['fault', FaultCode.SERVER_BUSY, 3],
    ['fault', FaultCode.REPLACED, 1],
    ['disconnected', 0, 3],
    ['silent', 0, 3],
    ['protocol', 0, 3],
    ['closed', 0, 1],
    ['log-changed', 0, 1],
  ])('%s %i ends with %i', (reason, code, exitCode) => {
    const error = new ClientError(reason, '', { code });
    expect(exitCodeOf(error)).toBe(exitCode);
    expect(errorText(error, HERE, textsOf('id'))).not.toBe('');
  });

  test('shows nothing dangerous that the server put into it', () => {
    const error = new ClientError('fault', '', {
      code: FaultCode.NAME_CONFUSABLE,
      about: '\u001b[31mmallory',
    });
    expect(errorText(error, HERE, textsOf('en'))).toContain('\\e[31mmallory');
  });
});

describe('a fault says who, where and what to do:', () => {
  const said = (name: keyof typeof FaultCode, circumstances: Partial<Circumstances> = {}): string =>
    errorText(
      new ClientError('fault', '', { code: FaultCode[name], about: 'budi', retryAfterMs: 4_100 }),
      { ...HERE, ...circumstances },
      textsOf('en'),
    );

  test.each<[keyof typeof FaultCode, Partial<Circumstances>, RegExp]>([
    ['PASSWORD_WRONG', {}, /host:7660 wants its password or an invite code.*--code/],
    ['KEY_REQUIRED', {}, /identity create --name wanted,.* come with --code CODE/],
    ['KEY_REQUIRED', { transport: 'plain' }, /come without kentongan\+plain:/],
    ['NAME_HELD', { byKey: true }, /guest without your key.*5 seconds/],
    ['KEY_REQUIRED', { name: undefined }, /identity create, .*come as NAME@HOST/],
    ['NAME_BOUND', {}, /name wanted belongs to somebody with a key.*come with its key/],
    ['NAME_BOUND', { byKey: true }, /name wanted was taken from your key.* for an hour yet/],
    ['NAME_BOUND', { transport: 'plain' }, /without kentongan\+plain:/],
    ['NAME_CONFUSABLE', {}, /wanted looks too much like budi/],
    ['TLS_REQUIRED', { transport: 'plain' }, /Write host:7660 without kentongan\+plain:.*--plain lan/],
    ['TLS_REQUIRED', { transport: 'plain' }, /or knows you from an encrypted connection/],
    ['AUTH_FAILED', { byKey: true }, /proof of your key.*trust --list/],
    ['SECRET_USED', { byKey: true }, /your key stands for the name budi.*budi@host:7660/],
    ['SECRET_USED', {}, /still here as budi/],
    ['RATE_LIMITED', {}, /Wait 5 seconds/],
    ['SERVER_BUSY', {}, /full.*in 5 seconds/],
  ])('%s %j', (name, circumstances, text) => {
    expect(said(name, circumstances)).toMatch(text);
  });
});

describe('a server that can not be trusted', () => {
  const [old, now] = ['1a2b'.repeat(16), '3c4d'.repeat(16)];
  const untrusted = (by: 'pin' | 'invite', expected = old): ClientError =>
    new ClientError('untrusted', '', {
      certificate: { host: '::1', port: 7661, presented: now, expected, by },
    });

  test.each(LANGUAGES)('is shown with both fingerprints and the command that accepts, in %s', (language) => {
    const text = errorText(untrusted('pin'), HERE, textsOf(language));
    expect(text).toContain('1a2b 1a2b 1a2b');
    expect(text).toContain('3c4d 3c4d 3c4d');
    expect(text).toMatch(new RegExp(`\\n  kentongan trust \\[::1\\]:7661 ${now}$`));
    expect(exitCodeOf(untrusted('pin'))).toBe(4);
  });

  test.each(LANGUAGES)('is not accepted by a command when a link told another one, in %s', (language) => {
    const text = errorText(untrusted('invite'), HERE, textsOf(language));
    expect(text).toContain('1a2b 1a2b');
    expect(text).toContain('3c4d 3c4d');
    expect(text).not.toContain('kentongan trust');
    expect(exitCodeOf(untrusted('invite'))).toBe(4);
  });

  test('was vouched for before', () => {
    expect(errorText(untrusted('pin', ''), HERE, textsOf('en'))).toMatch(/before {2}one that an authority/);
  });

  test.each<[TlsProblem, RegExp]>([
    ['not-tls', /speaks no TLS[^]*kentongan\+plain:\/\/host:7660\nThen everybody on the way can read/],
    ['other-protocol', /no kentongan server/],
    ['refused', /ended the TLS handshake/],
    ['timeout', /did not finish/],
  ])('for want of TLS: %s', (tlsProblem, text) => {
    const error = new ClientError('tls', '', { tlsProblem });
    expect(errorText(error, HERE, textsOf('en'))).toMatch(text);
    expect(exitCodeOf(error)).toBe(3);
  });

  test('because of a damaged file says which line', () => {
    const cause = new KnownHostsError('damaged', '/state/known-hosts', { line: 3 });
    const certificate = { host: 'host', port: 1, presented: now, expected: '', by: 'nobody' } as const;
    const error = new ClientError('untrusted', '', { certificate, cause });
    expect(errorText(error, HERE, textsOf('en'))).toMatch(/line 3 of \/state\/known-hosts is damaged/);
    expect(exitCodeOf(error)).toBe(1);
  });
});

describe('the language', () => {
  test.each<[Record<string, string>, Language]>([
    [{}, 'en'],
    [{ LANG: 'id_ID.UTF-8' }, 'id'],
    [{ LANG: 'in_ID' }, 'id'],
    [{ LANG: 'ID' }, 'id'],
    [{ LANG: 'id_ID.UTF-8', LC_MESSAGES: 'en_GB.UTF-8' }, 'en'],
    [{ LANG: 'en_GB.UTF-8', LC_MESSAGES: 'en_GB', LC_ALL: 'id_ID' }, 'id'],
    [{ LC_ALL: '', LANG: 'id_ID' }, 'id'],
    [{ LANG: 'C.UTF-8' }, 'en'],
    [{ LANG: 'de_DE' }, 'en'],
    [{ KENTONGAN_LANG: 'id', LC_ALL: 'en_GB' }, 'id'],
    [{ KENTONGAN_LANG: 'fr', LANG: 'id_ID' }, 'id'],
  ])('of %j is %s', (variables, language) => {
    expect(languageOf(variables, () => 'en-US')).toBe(language);
  });

  test('is that of the system when the environment has none', () => {
    expect(languageOf({}, () => 'id-ID')).toBe('id');
  });

  test('is read from the command line before everything else', () => {
    expect(languageFlag(['chat', '--lang', 'id'])).toBe('id');
    expect(languageFlag(['--lang=en', 'chat'])).toBe('en');
    expect(languageFlag(['send', '--', '--lang', 'id'])).toBeUndefined();
  });
});
