// The server's own key and certificate: those that the operator names, or ones that are made on the first start.
import { X509Certificate, createPrivateKey, randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { hostname, networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { type KeyAndCertificate, makeCertificate } from '../net/certificate.ts';
import { reasonOf, StartError } from '../texts/start-error.ts';

/** Files of the operator, in PEM. */
export interface TlsPaths {
  /** The certificate, and behind it those that lead to one that browsers know. */
  readonly cert: string;
  readonly key: string;
}

/** Both, or none: then they are made. */
export type TlsSettings = { readonly [What in keyof TlsPaths]: string | undefined };

/** Where the made ones are, in the data directory. */
export function ownTlsPaths(data: string): TlsPaths {
  return { cert: join(data, 'tls', 'cert.pem'), key: join(data, 'tls', 'key.pem') };
}

/**
 * The operator's key and certificate, or else those in the data directory, which are made if there are none yet.
 * @param names own host names beside those of the system
 * @throws StartError
 */
export function takeTls(
  data: string,
  { cert, key }: TlsSettings,
  names: readonly string[],
): KeyAndCertificate {
  if (cert !== undefined && key !== undefined) return readTls({ cert, key });
  if (cert !== undefined || key !== undefined) {
    throw new StartError('start.tls-both', { path: cert ?? key ?? '' }, 'usage');
  }
  const own = ownTlsPaths(data);
  sweep(data);
  const [hasCert, hasKey] = [existsSync(own.cert), existsSync(own.key)];
  if (hasCert !== hasKey) {
    const [there, missing] = hasCert ? [own.cert, own.key] : [own.key, own.cert];
    throw new StartError('start.tls-half', { there, missing });
  }
  if (!hasCert) makeTls(data, names);
  // Whoever remembers its fingerprint asks for no date, and a clock that jumps must not stop the server.
  return readPair(own).material;
}

/**
 * @throws StartError when the files can not be read, are no key and certificate, do not belong together, or the
 * certificate has expired
 */
export function readTls(paths: TlsPaths): KeyAndCertificate {
  const { material, x509 } = readPair(paths);
  if (x509.validToDate.getTime() <= Date.now()) {
    const date = x509.validToDate.toISOString().slice(0, 10);
    throw new StartError('start.tls-expired', { path: paths.cert, date });
  }
  return material;
}

function readPair(paths: TlsPaths): { material: KeyAndCertificate; x509: X509Certificate } {
  const cert = read(paths.cert);
  const key = read(paths.key);
  const x509 = parse(() => new X509Certificate(cert), 'start.tls-certificate', paths.cert);
  const privateKey = parse(() => createPrivateKey(key), 'start.tls-key', paths.key);
  if (!x509.checkPrivateKey(privateKey)) throw new StartError('start.tls-pair', { ...paths });
  return { material: { key, cert }, x509 };
}

/** Host names of this machine, as others in a network without DNS may know it, too. */
export function machineNames(): string[] {
  const full = hostname().toLowerCase();
  const [short = full] = full.split('.');
  return [...new Set(['localhost', full, short, `${short}.local`])].filter((name) => name !== '');
}

/** IP addresses of this machine. Those of one link alone (`fe80::`) are left out: nobody can type them. */
function machineAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return [...new Set(['127.0.0.1', '::1', ...all.map(({ address }) => address)])].filter(
    (address) => !address.toLowerCase().startsWith('fe80:'),
  );
}

const MAKING = 'tls.making-';

/**
 * The directory gets its name when both files in it are safe: a crash leaves both or none. Its leftovers are swept
 * at the next start.
 */
function makeTls(data: string, names: readonly string[]): void {
  const own = join(data, 'tls');
  const made = makeCertificate({
    names: [...machineNames(), ...names],
    addresses: [...machineAddresses(), ...names],
  });
  const making = join(data, MAKING + randomBytes(6).toString('hex'));
  try {
    mkdirSync(making, { mode: 0o700 });
    write(join(making, 'key.pem'), made.key);
    write(join(making, 'cert.pem'), made.cert);
    syncDirectory(making);
    if (existsSync(own)) rmdirSync(own);
    renameSync(making, own);
    syncDirectory(data);
  } catch (error) {
    throw new StartError('start.tls-make', { path: own, reason: reasonOf(error) });
  }
}

function sweep(data: string): void {
  for (const name of readdirSync(data)) {
    if (name.startsWith(MAKING)) rmSync(join(data, name), { recursive: true, force: true });
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new StartError('start.tls-read', { path, reason: reasonOf(error) });
  }
}

function parse<T>(take: () => T, key: 'start.tls-certificate' | 'start.tls-key', path: string): T {
  try {
    return take();
  } catch {
    throw new StartError(key, { path });
  }
}

function write(path: string, text: string): void {
  const fd = openSync(path, 'wx', 0o600);
  try {
    writeSync(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function syncDirectory(path: string): void {
  if (process.platform === 'win32') return;
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
