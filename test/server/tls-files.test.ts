// The files of the server's key and certificate: made once, never half, and what is told when something is wrong with them.
import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeCertificate } from '../../src/net/certificate.ts';
import { startListening } from '../../src/server/listening.ts';
import { machineNames, ownTlsPaths, readTls, takeTls } from '../../src/server/tls-files.ts';
import { StartError } from '../../src/texts/start-error.ts';
import { LANGUAGES, textsOf } from '../../src/texts/texts.ts';

let data: string;
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'kentongan-'));
});
afterEach(() => rmSync(data, { recursive: true }));

const NONE = { cert: undefined, key: undefined };

/** The key of the error, and its words, which name no braces and every value. */
function refusal(attempt: () => unknown): { key: string; values: Readonly<Record<string, string | number>> } {
  try {
    attempt();
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    for (const language of LANGUAGES) {
      const text = error.text(textsOf(language));
      expect(text).not.toMatch(/[{}]/);
      expect(text).toContain(String(error.values['path'] ?? error.values['cert'] ?? error.values['there']));
    }
    return { key: error.key, values: error.values };
  }
  throw new Error('it was not refused');
}

function put(name: string, text: string): string {
  const path = join(data, name);
  writeFileSync(path, text);
  return path;
}

/** A key that needs a password. */
function locked(key: string): string {
  const options = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' } as const;
  return createPrivateKey(key).export(options).toString();
}

describe('the first start', () => {
  test('makes a key and a certificate for the names and addresses of this machine, for the user alone', () => {
    const made = takeTls(data, NONE, ['kelas.example', '192.0.2.77']);
    const own = ownTlsPaths(data);
    expect(readFileSync(own.cert, 'utf8')).toBe(made.cert);
    expect(readFileSync(own.key, 'utf8')).toBe(made.key);
    const x509 = new X509Certificate(made.cert);
    for (const name of ['localhost', 'kelas.example']) expect(x509.checkHost(name)).toBe(name);
    for (const address of ['127.0.0.1', '::1', '192.0.2.77']) expect(x509.checkIP(address)).toBe(address);
    expect(machineNames()).toContain(hostname().toLowerCase());
    if (process.platform === 'win32') return;
    expect(statSync(join(data, 'tls')).mode & 0o777).toBe(0o700);
    for (const path of [own.cert, own.key]) expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('is the only one that does', () => {
    const made = takeTls(data, NONE, []);
    expect(takeTls(data, NONE, ['another.example'])).toEqual(made);
  });

  test('that was cut off in the middle leaves nothing that counts', () => {
    const half = join(data, 'tls.making-0123456789ab');
    mkdirSync(half);
    writeFileSync(join(half, 'key.pem'), 'half');
    const made = takeTls(data, NONE, []);
    expect(readdirSync(data)).toEqual(['tls']);
    expect(takeTls(data, NONE, [])).toEqual(made);
  });

  test('takes an empty directory for none', () => {
    mkdirSync(join(data, 'tls'));
    takeTls(data, NONE, []);
    expect(existsSync(ownTlsPaths(data).key)).toBe(true);
  });

  test('where something else has the name', () => {
    put('tls', 'a file');
    expect(refusal(() => takeTls(data, NONE, [])).key).toBe('start.tls-make');
    // Nothing is left of the attempt but what the next one sweeps.
    rmSync(join(data, 'tls'));
    takeTls(data, NONE, []);
    expect(readdirSync(data)).toEqual(['tls']);
  });
});

describe('own files', () => {
  const made = makeCertificate({ names: ['a'], addresses: [] });
  const other = makeCertificate({ names: ['b'], addresses: [] });

  test('are taken as they are, with the chain', () => {
    const cert = put('c.pem', made.cert + other.cert);
    const key = put('k.pem', made.key);
    expect(takeTls(data, { cert, key }, [])).toEqual({ cert: made.cert + other.cert, key: made.key });
    expect(existsSync(join(data, 'tls'))).toBe(false);
  });

  test.each([
    ['the certificate alone', 'cert'],
    ['the key alone', 'key'],
  ] as const)('%s', (_what, which) => {
    const path = put('x.pem', made[which]);
    expect(refusal(() => takeTls(data, { ...NONE, [which]: path }, [])).key).toBe('start.tls-both');
  });

  test.each([
    ['a file that is not there', () => join(data, 'absent'), 'start.tls-read'],
    ['a directory', () => data, 'start.tls-read'],
    ['a text', () => put('t', 'hello'), 'start.tls-certificate'],
    ['an empty file', () => put('t', ''), 'start.tls-certificate'],
    ['a key', () => put('t', made.key), 'start.tls-certificate'],
    ['the certificate of another key', () => put('t', other.cert), 'start.tls-pair'],
    ['another certificate first', () => put('t', other.cert + made.cert), 'start.tls-pair'],
    [
      'one that has expired',
      () => put('t', makeCertificate({ names: [], addresses: [], now: Date.UTC(2010, 0, 1) }).cert),
      'start.tls-pair',
    ],
  ])('%s is no certificate', (_what, cert, key) => {
    const path = cert();
    expect(refusal(() => readTls({ cert: path, key: put('k.pem', made.key) }))).toMatchObject({ key });
  });

  test.each([
    ['a file that is not there', () => join(data, 'absent'), 'start.tls-read'],
    ['a text', () => put('t', 'hello'), 'start.tls-key'],
    ['a certificate', () => put('t', made.cert), 'start.tls-key'],
    ['a key with a password', () => put('t', locked(made.key)), 'start.tls-key'],
    ['another key', () => put('t', other.key), 'start.tls-pair'],
  ])('%s is no key', (_what, key, expected) => {
    const path = key();
    expect(refusal(() => readTls({ cert: put('c.pem', made.cert), key: path })).key).toBe(expected);
  });

  test('that do not belong together are no reason to blame the address', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    const tls = { key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), cert: made.cert };
    const options = { host: '127.0.0.1', port: 0, tls, accept: () => undefined };
    await expect(startListening(options)).rejects.toMatchObject({ key: 'start.tls-refused' });
  });

  test('that have expired are refused with the date, but for those that the server has made', () => {
    const old = makeCertificate({ names: [], addresses: [], now: Date.UTC(2010, 0, 2) });
    const paths = { cert: put('c.pem', old.cert), key: put('k.pem', old.key) };
    expect(refusal(() => readTls(paths))).toMatchObject({
      key: 'start.tls-expired',
      values: { date: '2020-01-02' },
    });
    mkdirSync(join(data, 'tls'));
    put(join('tls', 'cert.pem'), old.cert);
    put(join('tls', 'key.pem'), old.key);
    // Of the made one nobody asks for a date, and a clock may have jumped.
    expect(takeTls(data, NONE, []).cert).toBe(old.cert);
  });

  test.each([
    ['cert.pem', 'key.pem'],
    ['key.pem', 'cert.pem'],
  ])('%s without %s in the data directory is not made good in silence', (there, missing) => {
    mkdirSync(join(data, 'tls'));
    put(join('tls', there), there === 'cert.pem' ? made.cert : made.key);
    const { key, values } = refusal(() => takeTls(data, NONE, []));
    expect(key).toBe('start.tls-half');
    expect(values['missing']).toBe(join(data, 'tls', missing));
    expect(readdirSync(join(data, 'tls'))).toEqual([there]);
  });
});
