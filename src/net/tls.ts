// TLS on the one port: which versions and ciphers, and what a proof can be tied to.
import { constants as crypto, createPrivateKey, hash, randomBytes, X509Certificate } from 'node:crypto';
import { createServer, type Server, type TLSSocket, type TlsOptions } from 'node:tls';
import { BINDING_BYTES } from '../protocol/limits.ts';
import { Binding } from '../protocol/gen/kentongan/v1/kentongan.ts';
import type { KeyAndCertificate } from './certificate.ts';
import { ALPN_FRAMES, ALPN_HTTP } from './dialect.ts';
import type { Page } from './http-rules.ts';

/** All of TLS 1.3; of TLS 1.2 what has forward secrecy and authenticates what it encrypts. */
const CIPHERS = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
].join(':');

const TICKET_KEYS_BYTES = 48;

/** OpenSSL takes a key and a certificate of different kinds for two halves of two pairs, and then has none. */
function settings({ key, cert }: KeyAndCertificate): TlsOptions {
  if (!new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) {
    const error = new Error('the key is not the one of the certificate');
    throw Object.assign(error, { code: 'ERR_OSSL_X509_KEY_VALUES_MISMATCH' });
  }
  return {
    key,
    cert,
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.3',
    ciphers: CIPHERS,
    // No tickets: a session that is taken up again has seen no certificate, and a ticket's key would undo the
    // forward secrecy of all of them. No renegotiation: it lets a client ask for costly handshakes in a row.
    secureOptions: crypto.SSL_OP_NO_TICKET | crypto.SSL_OP_NO_RENEGOTIATION,
    // New ones with each certificate, should tickets be about nevertheless.
    ticketKeys: randomBytes(TICKET_KEYS_BYTES),
  };
}

/**
 * A TLS server that never listens: `emit('connection', socket)` hands it sockets.
 * @throws Error of OpenSSL when key and certificate are none, or do not belong together
 */
export function createTls(material: KeyAndCertificate, handshakeMs: number): Server {
  return createServer({
    ...settings(material),
    ALPNProtocols: [ALPN_FRAMES, ALPN_HTTP],
    handshakeTimeout: handshakeMs,
  });
}

/** From the next handshake on. @throws as `createTls`; then the old ones stay */
export function renewTls(server: Server, material: KeyAndCertificate): void {
  server.setSecureContext(settings(material));
}

const EXPORTER_LABEL = 'EXPORTER-Channel-Binding';

/** What a proof over this connection may be tied to (docs/protocol.md §7). None without a certificate. */
export function tlsBindings(socket: TLSSocket): ReadonlyMap<Binding, Uint8Array> {
  const bindings = new Map<Binding, Uint8Array>();
  const certificate = socket.getX509Certificate();
  if (certificate !== undefined) bindings.set(Binding.CERTIFICATE, sha256(certificate.raw));
  // In TLS 1.2 the exporter is sound only with the extended master secret (RFC 7627), which nobody can ask for here.
  if (socket.getProtocol() === 'TLSv1.3') {
    const exported = socket.exportKeyingMaterial(BINDING_BYTES, EXPORTER_LABEL, Buffer.alloc(0));
    bindings.set(Binding.EXPORTER, new Uint8Array(exported));
  }
  return bindings;
}

/**
 * The same over a WebSocket. A page sees no certificate, and is bound to its origin, as its browser has sent it (RFC
 * 6454 §7); none when it is not this server's own page: what other pages prove here could be passed on to every other
 * server that lets them in. Whoever is no page is bound as over TLS without HTTP.
 */
export function webBindings(socket: TLSSocket, page: Page | undefined): ReadonlyMap<Binding, Uint8Array> {
  if (page === undefined) return tlsBindings(socket);
  return new Map(page.isOwn ? [[Binding.ORIGIN, sha256(Buffer.from(page.origin, 'utf8'))]] : []);
}

function sha256(data: Uint8Array): Uint8Array {
  return new Uint8Array(hash('sha256', data, 'buffer'));
}
