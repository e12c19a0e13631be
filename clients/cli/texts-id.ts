// Bahasa Indonesia.
import { KENTONGAN } from './called.ts';
import { FAULTS_ID } from './faults-id.ts';
import { HELP_ID } from './help-id.ts';
import { SECURITY_ID } from './security-id.ts';
import type { Texts } from './texts.ts';

const count = (n: number, what: string): string => `${n.toLocaleString('id-ID')} ${what}`;
const by = (who: string): string => (who === '' ? '' : ` oleh ${who}`);
const saying = (text: string): string => (text === '' ? '' : `: ${text}`);

export const TEXTS_ID: Texts = {
  language: 'id',
  locale: 'id-ID',
  help: HELP_ID,
  faults: FAULTS_ID,
  security: SECURITY_ID,
  targets: {
    form: (part) =>
      `"${part}" tidak saya mengerti. Tulis sebagai [nama@][host[:port]][/ruang], misalnya alice@192.168.1.5/lobby`,
    port: (part) => `"${part}" bukan port. Port adalah bilangan dari 1 sampai 65535.`,
    room: (part) =>
      `"${part}" tidak bisa menjadi ruang. Ruang terdiri dari huruf, angka, dan _ - . serta diawali huruf atau angka; @nama adalah ruang pribadi.`,
    scheme: (part) => `"${part}" tidak dikenal di sini. Tulis host/ruang atau kentongan://host/ruang`,
    fingerprint: (part) =>
      `"${part}" bukan sidik jari: setelah # ada 64 digit 0-9 dan a-f. Apakah tautannya disalin utuh? Tulis dalam tanda kutip: 'kentongan://…'`,
    plainFingerprint: () =>
      'Sidik jari adalah milik sertifikat, dan kentongan+plain:// tidak punya. Tulis kentongan:// sebagai gantinya.',
    code: () => 'Itu tidak bisa menjadi kata sandi atau kode undangan: panjangnya 1 sampai 128 bita.',
    server: (part) =>
      `"${part}" bukan server saja. Tulis sebagai HOST atau HOST:PORT, misalnya 192.168.1.5:7660`,
  },
  problems: {
    refused: (address) =>
      `Tidak ada yang menjawab di ${address}. Apakah servernya berjalan? Jalankan di sana dengan: ${KENTONGAN} serve`,
    notFound: (host, room) =>
      `Tidak ada komputer bernama "${host}". Periksa namanya, atau pakai alamat yang dicetak server. (Ruang ditulis dengan garis miring: ${room})`,
    timedOut: (address) =>
      `Tidak ada jawaban dari ${address}. Apakah alamatnya benar, di jaringan yang sama, dan port-nya dibuka oleh firewall?`,
    noRoute: (address) => `Tidak ada jalan ke ${address}. Apakah komputer ini tersambung ke jaringan itu?`,
    failed: (address, detail) => `Sambungan ke ${address} gagal: ${detail}`,
    ended: (address) => `${address} memutus sambungan.`,
    silent: (address) => `${address} tidak bersuara lagi.`,
    notKentongan: (address) =>
      `Yang menjawab di ${address} tidak berbicara seperti server kentongan versi ini.`,
    stateCorrupt: (path) =>
      `Berkas yang menyatakan siapa Anda rusak: ${path}\nPulihkan berkas itu, atau pindahkan untuk mulai sebagai orang baru (nama Anda bebas lagi setelah server melepaskannya).`,
    stateUnreadable: (path, detail) =>
      `Berkas yang menyatakan siapa Anda tidak bisa dibaca: ${path} (${detail})\nPerbaiki izinnya, atau atur KENTONGAN_STATE ke direktori lain.`,
    stateUnwritable: (path, detail) =>
      `Siapa Anda tidak bisa disimpan di ${path} (${detail})\nPerbaiki izinnya, atau atur KENTONGAN_STATE ke direktori lain.`,
    logChanged:
      'Sementara itu ruangnya dimulai baru. Tidak diketahui apakah ini terkirim di ruang lama; kirim lagi kalau penting.',
    logTruncated:
      'Sudah terlalu banyak yang terjadi sejak itu. Tidak diketahui apakah ini terkirim; lihat /history, dan kirim lagi kalau tidak ada.',
    left: 'Anda meninggalkan ruang sebelum ini terkirim.',
    closed: 'Sambungan berakhir sebelum ini terkirim.',
    defect: (detail) => `Klien ini membuat kesalahan: ${detail}`,
  },
  chat: {
    askName: (guess) => (guess === '' ? 'Nama Anda: ' : `Nama Anda [${guess}]: `),
    nameNeeded: `Nama diperlukan, misalnya ${KENTONGAN} chat alice@host`,
    connecting: (address) => `Menyambung ke ${address} …`,
    welcome: (name, room, address) => `Anda adalah ${name}, di ${room} pada ${address}.`,
    welcomeHelp: 'Ketik lalu tekan Enter. /help menampilkan hal lainnya, Ctrl-D untuk keluar.',
    memoryOnly: 'Server ini hanya menyimpan percakapan di memori: hilang ketika server berhenti.',
    logsPrivate: 'Pengelola server ini juga mencatat pesan pribadi.',
    lost: 'Sambungan terputus. Yang Anda ketik disimpan dan dikirim nanti.',
    lostBecause: (why) => `Sambungan terputus: ${why} Yang Anda ketik disimpan dan dikirim nanti.`,
    back: 'Tersambung lagi.',
    serverStopping: 'Server sedang berhenti. Akan dicoba lagi dengan sendirinya.',
    promptConnecting: 'menyambung',
    promptRetry: (seconds) => `terputus, coba lagi dalam ${seconds} d`,
    promptUnsent: (n) => `${n} belum terkirim`,
    unsent: (text, why) => `Tidak terkirim: ${text}\n${why}`,
    notStored: (text) => `Tidak tersimpan: ${text}`,
    perhapsStored: (text) => `Mungkin tersimpan: ${text}`,
    outcomes: (stored, unstored, unknown) =>
      `${count(stored, 'pesan')} tersimpan, ${unstored} tidak tersimpan${
        unknown > 0 ? `, ${unknown} tidak diketahui: lihat riwayat sebelum mengulanginya` : ''
      }.`,
    waiting: (n, seconds) => `${count(n, 'pesan')} belum tersimpan: menunggu paling lama ${seconds} detik.`,
    notEntered: (room, seconds) => `${room} tidak dapat dimasuki dalam ${seconds} detik: berhenti mencoba.`,
    goodbye: 'Sampai jumpa.',
    hereAlready: (name) => `Anda sudah di sini sebagai ${name}, di jendela lain; di sana sekarang berakhir.`,
    newSince: 'baru',
    skipped: (n) => `${count(n, 'entri lama')} tidak ditampilkan di sini; /history menampilkan lebih banyak.`,
    truncated: 'Pesan lama yang belum Anda lihat sudah tidak ada.',
    newLog: (room) => `${room} dimulai baru: percakapan sebelumnya sudah tidak ada.`,
    gap: 'Beberapa pesan hilang di sini: sudah tidak ada.',
    historyStart: (room) => `sebelumnya di ${room}`,
    historyEnd: 'sekarang',
    historyNothing: 'Tidak ada yang lebih lama.',
    roomNow: (room, members) => `Anda sekarang di ${room}, ${count(members, 'orang')} hadir.`,
    roomLeft: (room) => `Anda meninggalkan ${room}.`,
    roomLost: (room, why) => `Anda tidak lagi di ${room}. ${why}`,
    noRoom: 'Anda tidak berada di ruang mana pun. Masuk dengan /join RUANG; /rooms menampilkan yang ada.',
    notInRoom: (room) => `Anda tidak berada di ${room}.`,
    who: (room, n) => `${room}: ${count(n, 'orang')}`,
    whoHeld: 'terputus',
    whoYou: 'Anda',
    whoBound: 'kunci',
    whoPlain: (sign) => `${sign} tanpa enkripsi`,
    listeners: (n) => `${count(n, 'penyimak')} tidak terdaftar`,
    rooms: 'Ruang:',
    roomLine: (members, newest) => `${count(members, 'orang')}, ${count(newest, 'entri')}`,
    privateOpened: (peer) => `Yang Anda ketik sekarang hanya untuk ${peer}. /leave mengakhirinya.`,
    privateNews: (peer) => `${peer} menulis kepada Anda secara pribadi. Jawab dengan: /msg ${peer} TEKS`,
    privateEnded: (peer) => `Percakapan pribadi dengan ${peer} berakhir: ${peer} sudah pergi.`,
    unknownCommand: (command) =>
      `Perintah ${command} tidak ada. /help menampilkan yang ada; // mengawali pesan dengan garis miring.`,
    needsName: 'Kepada siapa? Tulis /msg NAMA TEKS',
    needsRoom: 'Ruang mana? Tulis /join RUANG',
    badCount: 'Berapa banyak? Tulis /history 50',
    tooLong: (bytes, limit) =>
      `Terlalu panjang: ${bytes} bita, paling banyak ${limit} untuk satu pesan. Persingkat.`,
    help: [
      ['/msg NAMA TEKS', 'menulis secara pribadi; tanpa TEKS: lanjut dengan orang itu'],
      ['/who', 'siapa yang ada di ruang ini'],
      ['/rooms', 'ruang apa saja yang ada'],
      ['/join RUANG', 'masuk ke ruang, atau pindah ke yang sudah dimasuki'],
      ['/leave [RUANG]', 'meninggalkan ruang'],
      ['/history [N]', 'menampilkan N pesan sebelumnya; lagi: yang lebih lama'],
      ['/quit', 'meninggalkan semuanya dan selesai (juga Ctrl-D, Ctrl-C)'],
      ['//…', 'pesan yang diawali garis miring'],
      ['Tab, ↑, ↓', 'melengkapi perintah atau nama; baris-baris Anda sebelumnya'],
    ],
  },
  lines: {
    joined: (name, notes) => `${name} masuk${notes === '' ? '' : ` (${notes})`}`,
    bound: 'kunci',
    plain: 'tanpa enkripsi',
    left: (name) => `${name} keluar`,
    lost: (name) => `${name} sudah pergi (sambungan terputus)`,
    kicked: (name, who, text) => `${name} dikeluarkan${by(who)}${saying(text)}`,
    banned: (name, who, text) => `${name} dilarang masuk${by(who)}${saying(text)}`,
    ended: (name) => `${name} keluar, ruangnya berakhir`,
    held: (name) => `${name} terputus`,
    away: (name) => `${name} sedang tidak ada`,
    here: (name) => `${name} kembali`,
    announcement: (text) => `Pengumuman: ${text}`,
    removal: (of) => `pesan #${of} dihapus`,
    removed: 'pesan yang sudah dihapus',
    unknown: 'sesuatu yang belum bisa ditampilkan klien ini',
    program: 'program',
    you: 'Anda',
    nobody: 'seseorang',
    answers: (seq) => `menjawab #${seq}`,
  },
  send: {
    prompt: 'Setiap baris menjadi satu pesan. Ctrl-D untuk selesai.',
    progress: (stored, read) => `${stored} dari ${read} tersimpan`,
    progressSlowed: (stored, read, rate) =>
      `${stored} dari ${read} tersimpan; server menerima ${count(rate, 'baris')} per detik`,
    done: (stored, duplicates, room) =>
      `${count(stored, 'pesan')} tersimpan di ${room}${duplicates > 0 ? `, ${duplicates} di antaranya sudah ada` : ''}.`,
    nothing: 'Tidak ada yang dikirim.',
    lineTooLong: (line, bytes, limit) =>
      `Baris ${line} terlalu panjang: ${bytes} bita atau lebih, paling banyak ${limit} untuk satu pesan. Bagi baris itu.`,
    lineNotUtf8: (line) => `Baris ${line} bukan UTF-8. Ubah dulu teksnya, misalnya dengan iconv.`,
    wholeTooLong: (bytes, limit) =>
      `Teks terlalu panjang: ${bytes} bita atau lebih, paling banyak ${limit} untuk satu pesan. Tanpa --whole setiap baris menjadi satu pesan.`,
    wholeNotUtf8: 'Teksnya bukan UTF-8. Ubah dulu, misalnya dengan iconv.',
    textTooLong: (bytes, limit) =>
      `Teks terlalu panjang: ${bytes} bita, paling banyak ${limit} untuk satu pesan.`,
    stoppedAt: (line, stored) =>
      `Tidak ada yang dikirim mulai dari baris ${line}. Sebelumnya ${count(stored, 'pesan')} tersimpan.`,
    refused: (line, why) => `Baris ${line} ditolak: ${why}`,
    refusedOne: (why) => `Ditolak: ${why}`,
    unconfirmed: (n, first) =>
      `Tidak diketahui apakah ${count(n, 'pesan')} mulai dari baris ${first} sampai. Lihat dulu dengan ${KENTONGAN} tail sebelum mengulang.`,
    interrupted: (stored) => `Dihentikan. ${count(stored, 'pesan')} pasti tersimpan.`,
    inputFailed: (detail) => `Masukan standar tidak bisa dibaca: ${detail}`,
    waiting: (seconds) => `sambungan terputus, coba lagi dalam ${seconds} d`,
    giveUp: (seconds) => `Tidak ada sambungan selama ${seconds} detik: berhenti mencoba.`,
  },
  tail: {
    lost: (seconds, why) => `${why} Coba lagi dalam ${seconds} d.`,
    back: 'Tersambung lagi.',
    gap: (next) => `Ada entri yang hilang di sini: yang sebelum ${next} sudah tidak ada.`,
    truncated: (first) => `Log sekarang mulai dari ${first}: entri yang lebih lama sudah tidak ada.`,
    newLog: 'Ruang dimulai baru: nomor sebelumnya tidak berlaku lagi.',
  },
};
