// Certificates that are made here, as Node sees them. What OpenSSL says: test/system/one-port.test.ts.
import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addressBytes, sourceOf } from '../../src/net/address.ts';
import { fingerprintOf, makeCertificate } from '../../src/net/certificate.ts';
import { integer, oid, tagged, time } from '../../src/net/der.ts';

const NAMES = ['localhost', 'Kelas-7a.local', 'sekolah.example', 'PC_BUDI', 'büro.example'];
const ADDRESSES = [
  '127.0.0.1',
  '::1',
  '192.168.1.5',
  '2001:db8::7',
  '2001:db8:0:1:2:3:4:5',
  '::ffff:10.0.0.1',
];
const MADE = makeCertificate({
  names: [...NAMES, 'not a name', '', '-x', 'a..b', 'x'.repeat(64), '10.0.0.1', 'localhost'],
  addresses: [...ADDRESSES, 'no address', '1.2.3', '127.0.0.1'],
});
const X509 = new X509Certificate(MADE.cert);

describe('a made certificate', () => {
  test('is of the key, signed by it, and for no other', () => {
    const key = createPrivateKey(MADE.key);
    expect(key.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
    expect(X509.checkPrivateKey(key)).toBe(true);
    expect(X509.verify(createPublicKey(key))).toBe(true);
    expect(X509.verify(createPublicKey(makeCertificate({ names: [], addresses: [] }).key))).toBe(false);
  });

  test('is a server, no authority', () => {
    expect(X509.ca).toBe(false);
    expect(X509.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect(X509.subject).toBe('CN=localhost');
    expect(X509.issuer).toBe('CN=localhost');
  });

  test('is for all its names and addresses, and for nothing else', () => {
    for (const name of ['localhost', 'kelas-7a.local', 'sekolah.example', 'xn--bro-hoa.example']) {
      expect(X509.checkHost(name), name).toBe(name);
    }
    for (const address of ADDRESSES) expect(X509.checkIP(address), address).toBe(address);
    for (const name of ['example', 'x.localhost', 'kelas-7a', '10.0.0.1', 'not a name']) {
      expect(X509.checkHost(name), name).toBeUndefined();
    }
    for (const address of ['127.0.0.2', '::2', '10.0.0.1'])
      expect(X509.checkIP(address), address).toBeUndefined();
    expect(X509.subjectAltName?.split(', ')).toHaveLength(5 + ADDRESSES.length);
  });

  test('is valid from yesterday for ten years', () => {
    const now = Date.UTC(2048, 1, 29, 12, 30, 59);
    const { validFromDate, validToDate } = new X509Certificate(
      makeCertificate({ names: ['a'], addresses: [], now }).cert,
    );
    expect(validFromDate.toISOString()).toBe('2048-02-28T12:30:59.000Z');
    expect(validToDate.toISOString()).toBe('2058-03-01T12:30:59.000Z');
  });

  test('is another one each time', () => {
    const other = makeCertificate({ names: NAMES, addresses: ADDRESSES });
    expect(new X509Certificate(other.cert).serialNumber).not.toBe(X509.serialNumber);
    expect(fingerprintOf(other.cert)).not.toBe(fingerprintOf(MADE.cert));
    expect(X509.serialNumber).toMatch(/^[4-7][0-9A-F]{31}$/);
  });

  test('has the fingerprint that everybody sees', () => {
    expect(fingerprintOf(MADE.cert)).toBe(X509.fingerprint256.replaceAll(':', '').toLowerCase());
  });

  test('can be made without any name or address', () => {
    const x509 = new X509Certificate(makeCertificate({ names: [], addresses: [] }).cert);
    expect(x509.subject).toBe('CN=kentongan');
    expect(x509.subjectAltName).toBeUndefined();
  });
});

describe('DER', () => {
  test('lengths, numbers and identifiers are in the shortest form', () => {
    const hex = (bytes: Buffer): string => bytes.toString('hex');
    expect(hex(tagged(4, Buffer.alloc(127))).slice(0, 4)).toBe('047f');
    expect(hex(tagged(4, Buffer.alloc(128))).slice(0, 6)).toBe('048180');
    expect(hex(tagged(4, Buffer.alloc(256))).slice(0, 8)).toBe('04820100');
    expect(hex(integer(Buffer.of(0, 0)))).toBe('020100');
    expect(hex(integer(Buffer.of(0, 0x80)))).toBe('02020080');
    expect(hex(integer(Buffer.of(0x7f)))).toBe('02017f');
    expect(hex(oid('1.2.840.10045.4.3.2'))).toBe('06082a8648ce3d040302');
    expect(time(new Date(Date.UTC(2049, 11, 31, 23, 59, 59))).toString('latin1')).toBe('\x17\r491231235959Z');
    expect(time(new Date(Date.UTC(2050, 0, 1))).toString('latin1')).toBe('\x18\x0f20500101000000Z');
  });
});

describe('addresses', () => {
  test('give their bytes', () => {
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        const bytes = addressBytes(address);
        const groups = Array.from({ length: 8 }, (_, at) => bytes.readUInt16BE(2 * at).toString(16));
        const canonical = (text: string): string => new URL(`http://[${text}]/`).hostname;
        expect(bytes.length).toBe(16);
        expect(canonical(groups.join(':'))).toBe(canonical(address));
      }),
    );
    fc.assert(fc.property(fc.ipV4(), (address) => addressBytes(address).join('.') === address));
    expect(addressBytes('fe80::1%eth0')).toEqual(addressBytes('fe80::1'));
  });

  test.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::1', '0:0:0:0::/64'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::', '2001:db8:1:2::/64'],
    ['2001:db8:1:3::', '2001:db8:1:3::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ])('%s counts as %s', (ip, source) => {
    expect(sourceOf(ip)).toBe(source);
  });
});
