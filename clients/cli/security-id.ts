// Bahasa Indonesia: sertifikat, kunci, dan kode.
import { KENTONGAN } from './called.ts';
import { labelled } from './fingerprint.ts';
import type { SecurityTexts } from './security-texts.ts';

export const SECURITY_ID: SecurityTexts = {
  firstUse: (address, fingerprint) =>
    `Pertama kali di ${address}. Apakah ini yang ada di layar server?
${labelled('  ', fingerprint)}`,
  changed: (address, before, now, command) =>
    `Server di ${address} menunjukkan sertifikat yang berbeda dari sebelumnya. Tidak ada yang dikirim kepadanya.
${labelled('  dahulu    ', before)}
${labelled('  sekarang  ', now)}
Mungkin servernya dipasang baru (direktori data lain, komputer lain), mungkin ada orang di antara Anda dan server itu.
Tanyakan kepada pengelola sidik jari mana yang ada di layar server. Hanya kalau sama dengan yang sekarang:
  ${command}`,
  byAuthority: 'yang dijamin oleh otoritas yang dikenal sistem ini',
  notInvited: (address, invited, now) =>
    `Server di ${address} bukan server yang dimaksud tautan undangan. Tidak ada yang dikirim kepadanya.
${labelled('  tautan  ', invited)}
${labelled('  server  ', now)}
Mungkin tautannya sudah lama (server dipasang baru), mungkin ada orang di antara Anda dan server itu. Minta tautan baru.`,
  hostsDamaged: (path, line) =>
    `Sertifikat server ini yang dahulu tidak bisa dibaca: baris ${line} di ${path} rusak. Perbaiki atau hapus baris itu, lalu bandingkan sidik jari dengan yang ada di layar server.`,
  hostsLineDamaged: (path, line) => `Baris ${line} di ${path} tidak bisa dibaca; baris itu dibiarkan.`,
  notTls: (address, plain) =>
    `Yang menjawab di ${address} tidak memakai TLS, jadi tidak ada yang dikirim kepadanya.
Kalau Anda tahu itu server kentongan tanpa enkripsi, tulis ${plain}
Maka semua orang di perjalanan bisa membaca dan mengubah percakapan, dan menggantikan Anda; kunci tidak dipakai di sana.`,
  otherProtocol: (address) =>
    `Yang menjawab di ${address} memakai TLS, tetapi bukan server kentongan. Periksa alamat dan port-nya.`,
  tlsRefused: (address) =>
    `Server di ${address} menghentikan jabat tangan TLS. Mungkin penuh, atau tidak memakai versi TLS klien ini (1.2 dan 1.3).`,
  tlsTimeout: (address) =>
    `${address} menerima sambungan tetapi tidak menyelesaikan jabat tangan TLS. Mungkin sibuk, mungkin bukan server kentongan. Coba lagi.`,
  exposed:
    'Sambungan ini tidak terenkripsi: semua orang di jaringan bisa membacanya, dan berbicara atas nama Anda.',
  keyNotUsed: (name) =>
    `Kunci Anda untuk ${name} tidak dipakai pada sambungan tanpa enkripsi: Anda masuk sebagai tamu. Tanpa kentongan+plain:// kunci itu dipakai.`,
  keyDamaged: (path) =>
    `Berkas kunci Anda rusak: ${path}\nKembalikan yang pernah Anda ekspor (${KENTONGAN} identity import BERKAS --force). Tanpa itu nama Anda hilang sampai pengelola server melepaskannya. --guest masuk tanpa kunci.`,
  noProof: (address) =>
    `Server di ${address} meminta bukti kunci yang tidak bisa diberikan pada sambungan ini. Perbarui klien ini, atau masuk sebagai tamu dengan --guest.`,
  askCode: (address) => `${address} meminta kata sandi atau kode undangan: `,
  codeRefused: 'Bukan itu.',
  trust: {
    badFingerprint: (text) =>
      `"${text}" bukan sidik jari: isinya 64 digit 0-9 dan a-f, seperti yang ada di layar server.`,
    needsFingerprint: `Sidik jari yang mana? Tulis ${KENTONGAN} trust HOST[:PORT] SIDIK_JARI, dari layar server.`,
    oneThing: 'Beri server dengan sidik jarinya, atau --list, atau --forget dengan server.',
    trusted: (address, fingerprint) =>
      `Mulai sekarang ${address} adalah server dengan sidik jari ini:
${labelled('  ', fingerprint)}`,
    none: 'Belum ada server yang pernah ditemui.',
    forgotten: (address) =>
      `${address} dilupakan. Lain kali itu server baru, siapa pun yang menjawab di sana nanti.`,
    unknown: (address) => `${address} belum pernah ditemui.`,
  },
  identity: {
    badName: (name) =>
      `"${name}" tidak bisa menjadi nama. Yang boleh: huruf, angka, dan _ - . paling banyak 32; diawali huruf atau angka.`,
    needsName: 'Nama yang mana? Beri dengan --name.',
    created: (name, path) =>
      `Kunci untuk ${name} dibuat: ${path}
Server pertama yang Anda masuki sebagai ${name} mengikat nama itu padanya,
dan tidak memberikannya kepada orang lain. Untuk perangkat lain, dan untuk disimpan:
  ${KENTONGAN} identity export BERKAS     di sini
  ${KENTONGAN} identity import BERKAS     di sana`,
    exists: (name) =>
      `Sudah ada kunci untuk ${name}. Kunci lain berarti orang lain bagi setiap server yang mengenalnya.`,
    none: `Belum ada kunci di sini. Buat dengan: ${KENTONGAN} identity create --name NAMA`,
    noneOf: (name) => `Tidak ada kunci untuk ${name} di sini.`,
    several: (names) => `Ada beberapa: ${names}. Sebutkan yang mana dengan --name.`,
    shown: (name, key, user, path) => `${name}\n  kunci     ${key}\n  pengguna  ${user}\n  berkas    ${path}`,
    exported: (name, file) =>
      `Kunci ${name} ditulis ke ${file}. Siapa pun yang memegang berkas ini adalah ${name}: bawa dengan aman, lalu hapus.`,
    fileExists: (file) => `${file} sudah ada. Beri nama lain, atau --force untuk menggantinya.`,
    fileMissing: (file) => `Tidak ada ${file}. Periksa jalurnya.`,
    fileFailed: (file, detail) => `${file} tidak bisa dipakai: ${detail}`,
    imported: (name) => `Perangkat ini sekarang memegang kunci ${name}.`,
    same: (name) => `Perangkat ini sudah memegang kunci ${name} yang ini.`,
    otherKey: (name) =>
      `Di sini ada kunci lain untuk ${name}. Kunci itu akan hilang: ekspor dulu, lalu impor dengan --force.`,
    standardInput: 'Masukan standar',
    notOne: (file) => `${file} bukan identitas. Buat dengan ${KENTONGAN} identity export BERKAS.`,
    laterVersion: (file) => `${file} berasal dari versi kentongan yang lebih baru. Perbarui yang ini.`,
    damaged: (file) => `${file} rusak: berubah atau terpotong di perjalanan. Ekspor sekali lagi.`,
    deleteNeedsForce: (name) =>
      `Tanpa kuncinya tidak ada yang bisa menjadi ${name} di server yang mengenalnya. Ekspor dulu (${KENTONGAN} identity export BERKAS); lalu ulangi dengan --force.`,
    deleted: (name) => `Kunci ${name} dihapus dari perangkat ini.`,
  },
};
