// Makes the certificate of a server that has none: self-signed, for one machine (RFC 5280).
import { generateKeyPairSync, hash, type KeyObject, randomBytes, sign, X509Certificate } from 'node:crypto';
import { isIPv4, isIPv6 } from 'node:net';
import { domainToASCII } from 'node:url';
import {
  bitString,
  boolean,
  explicit,
  implicit,
  integer,
  octetString,
  oid,
  sequence,
  setOf,
  time,
  utf8String,
} from './der.ts';
import { addressBytes } from './address.ts';

/** A private key and the certificate for it, each in PEM; behind the certificate may stand others, its chain. */
export interface KeyAndCertificate {
  readonly key: string;
  readonly cert: string;
}

/** Whom a certificate is for. */
export interface CertificateOptions {
  /** Host names. What can not be a name in DNS is left out. */
  readonly names: readonly string[];
  /** IP addresses. */
  readonly addresses: readonly string[];
  /** Milliseconds since 1970. Default: now. */
  readonly now?: number;
}

const YEARS = 10;
/** Clocks of machines in one room differ; without a battery by hours. */
const EARLIER_MS = 86_400_000;
/** RFC 5280, ub-common-name. */
const COMMON_NAME_MAX = 64;
const DNS_NAME_MAX = 253;
const DNS_NAME = /^(?!-)[a-z0-9_-]{1,63}(\.(?!-)[a-z0-9_-]{1,63})*$/;

const OID = {
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  commonName: '2.5.4.3',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  extendedKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
} as const;

/**
 * A new P-256 key and a certificate for it that the key itself has signed: valid for ten years, for servers
 * only, not fit to sign others. Takes some milliseconds.
 */
export function makeCertificate(options: CertificateOptions): KeyAndCertificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = sequence(oid(OID.ecdsaWithSha256));
  const tbs = toBeSigned(options, publicKey, algorithm);
  const certificate = sequence(tbs, algorithm, bitString(sign('sha256', tbs, privateKey)));
  return {
    key: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
    cert: pem(certificate),
  };
}

/** SHA-256 of a certificate (the first one of a PEM), as 64 lower-case hexadecimal digits: what people compare. */
export function fingerprintOf(cert: string | Uint8Array): string {
  return hash('sha256', new X509Certificate(cert).raw, 'hex');
}

function toBeSigned(options: CertificateOptions, publicKey: KeyObject, algorithm: Uint8Array): Buffer {
  const names = options.names.map((name) => domainToASCII(name)).filter(isDnsName);
  const now = options.now ?? Date.now();
  const until = new Date(now);
  until.setUTCFullYear(until.getUTCFullYear() + YEARS);
  const name = sequence(
    setOf(sequence(oid(OID.commonName), utf8String((names[0] ?? 'kentongan').slice(0, COMMON_NAME_MAX)))),
  );
  return sequence(
    explicit(0, integer(Buffer.of(2))),
    // Positive, at most 20 bytes, with at least 64 bits that nobody can foresee.
    integer(Buffer.concat([Buffer.of(0x40), randomBytes(15)])),
    algorithm,
    name,
    sequence(time(new Date(now - EARLIER_MS)), time(until)),
    name,
    publicKey.export({ format: 'der', type: 'spki' }),
    explicit(3, sequence(...extensions(names, options.addresses, publicKey))),
  );
}

function extensions(names: readonly string[], addresses: readonly string[], publicKey: KeyObject): Buffer[] {
  const alternatives = [...new Set(names)].map((name) => implicit(2, Buffer.from(name, 'latin1')));
  for (const address of new Set(addresses)) {
    if (isIPv4(address) || isIPv6(address)) alternatives.push(implicit(7, addressBytes(address)));
  }
  return [
    // Empty: it is no authority. Who trusts this certificate trusts one server, not whatever its key may sign.
    extension(OID.basicConstraints, true, sequence()),
    // Bit 0 alone: digitalSignature.
    extension(OID.keyUsage, true, bitString(Buffer.of(0x80), 7)),
    extension(OID.extendedKeyUsage, false, sequence(oid(OID.serverAuth))),
    extension(OID.subjectKeyIdentifier, false, octetString(keyIdentifier(publicKey))),
    ...(alternatives.length === 0 ? [] : [extension(OID.subjectAltName, false, sequence(...alternatives))]),
  ];
}

function extension(id: string, critical: boolean, value: Uint8Array): Buffer {
  return sequence(oid(id), ...(critical ? [boolean(true)] : []), octetString(value));
}

/** The first 160 bits of SHA-256 of the point (RFC 7093 §2, method 1). */
function keyIdentifier(publicKey: KeyObject): Uint8Array {
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const point = Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  return hash('sha256', point, 'buffer').subarray(0, 20);
}

function isDnsName(name: string): boolean {
  return name.length <= DNS_NAME_MAX && DNS_NAME.test(name) && !isIPv4(name);
}

function pem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
