// What the server says to who comes with HTTP: two short pages without a script, and the same in plain text.
import { hash } from 'node:crypto';

/** A body with its type. */
export interface Body {
  readonly type: 'text/html; charset=utf-8' | 'text/plain; charset=utf-8';
  readonly text: string;
}

const STYLE =
  'body{font:1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:2rem auto;padding:0 1rem}' +
  'code{overflow-wrap:anywhere;font-size:1.1em}@media(prefers-color-scheme:dark){body{background:#111;color:#eee}a{color:#9cf}}';

/**
 * Nothing is loaded, run, framed or sent from these pages. There is no Strict-Transport-Security: it would forbid
 * plain HTTP for every port of this host name, and browsers would no longer offer to accept this server's own certificate.
 */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy':
    `default-src 'none'; style-src 'sha256-${hash('sha256', STYLE, 'base64')}'; base-uri 'none'; ` +
    "form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Cache-Control': 'no-store',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/**
 * What this is, and how to connect.
 * @param host where the reader has reached this server, name and port
 * @param fingerprint of the certificate
 */
export function homePage(host: string, fingerprint: string): Body {
  const where = escapeHtml(`kentongan://${host}`);
  // In groups, as on the server's screen.
  const print = escapeHtml(fingerprint.replaceAll(/.{4}(?=.)/g, '$& '));
  return html(`<h1>Kentongan</h1>
<p>This is a chat server. Connect to it with a Kentongan program:</p>
<p><code>kentongan chat ${where}</code></p>
<p>or with the invite link that you were given. There is no chat in this page.</p>
<p>The SHA-256 fingerprint of this server's certificate. What your browser shows of the certificate, and the server's
screen, have to say the same; this page alone proves nothing:</p>
<p><code>${print}</code></p>
<hr>
<div lang="id">
<p>Ini server obrolan. Sambungkan dengan program Kentongan memakai perintah di atas, atau dengan tautan undangan yang
Anda terima. Tidak ada obrolan di halaman ini.</p>
<p>Baris di atas adalah sidik jari SHA-256 sertifikat server ini. Yang ditampilkan peramban tentang sertifikatnya dan
yang tampil di layar server harus sama; halaman ini sendiri tidak membuktikan apa pun.</p>
</div>`);
}

/** Why nothing is said here unencrypted, and where to go. No fingerprint: what comes in plain proves nothing. */
export function tlsPage(host: string): Body {
  const link = escapeHtml(`https://${host}/`);
  const where = escapeHtml(`kentongan://${host}`);
  return html(`<h1>Kentongan</h1>
<p>This connection is not encrypted: others on this network could read and change what is said. So this server
does not talk here.</p>
<p>Go to <a href="${link}">${link}</a>. Your browser will warn you, since this server has made its certificate itself.
Compare the fingerprint (SHA-256) that your browser shows with the one on the server's screen, and accept it only if
they are equal. Programs connect to <code>${where}</code>.</p>
<hr>
<div lang="id">
<p>Sambungan ini tidak terenkripsi: orang lain di jaringan ini bisa membaca dan mengubah isinya. Karena itu server ini
tidak melayani di sini.</p>
<p>Buka <a href="${link}">${link}</a>. Peramban akan memberi peringatan, karena server ini membuat sertifikatnya sendiri.
Cocokkan sidik jari (SHA-256) yang ditampilkan peramban dengan yang ada di layar server, dan terima hanya kalau sama.
Program menyambung ke <code>${where}</code>.</p>
</div>`);
}

/** The same for programs. */
export function tlsText(host: string): Body {
  return text(
    `This server talks over TLS only. Use https://${host}/ or kentongan://${host}, and compare the fingerprint of its certificate with the one on the server's screen.`,
    `Server ini hanya melayani lewat TLS. Pakai https://${host}/ atau kentongan://${host}, dan cocokkan sidik jari sertifikatnya dengan yang ada di layar server.`,
  );
}

const REASONS = new Map<number, readonly [string, string]>([
  [400, ['This request makes no sense.', 'Permintaan ini tidak bisa dimengerti.']],
  [403, ['This page may not connect to this server.', 'Halaman ini tidak boleh menyambung ke server ini.']],
  [404, ['There is nothing here.', 'Tidak ada apa-apa di sini.']],
  [405, ['This can only be read.', 'Ini hanya bisa dibaca.']],
  [
    421,
    [
      'This server is not known by this name. Use one of its addresses; its operator can add names with --names.',
      'Server ini tidak dikenal dengan nama ini. Pakai alamatnya; pengelola bisa menambah nama dengan --names.',
    ],
  ],
  [426, ['Only WebSockets of version 13 connect here.', 'Hanya WebSocket versi 13 yang menyambung di sini.']],
  [503, ['There is no place at present. Try again later.', 'Saat ini tidak ada tempat. Coba lagi nanti.']],
]);

/** The words of a refusal. Nothing of the request is in them. */
export function refusalText(status: number): Body {
  const [english, indonesian] = REASONS.get(status) ?? ['No.', 'Tidak.'];
  return text(english, indonesian);
}

function text(english: string, indonesian: string): Body {
  return { type: 'text/plain; charset=utf-8', text: `${english}\n${indonesian}\n` };
}

function html(body: string): Body {
  const head = `<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Kentongan</title>`;
  return {
    type: 'text/html; charset=utf-8',
    text: `<!doctype html>\n<html lang="en">\n<head>${head}<style>${STYLE}</style></head>\n<body>\n${body}\n</body>\n</html>\n`,
  };
}

const ENTITIES = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&#39;'],
]);

function escapeHtml(value: string): string {
  return value.replace(/[&<>"']/g, (character) => ENTITIES.get(character) ?? '');
}
