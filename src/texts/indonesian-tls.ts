// Indonesian: what can be wrong with the server's key and certificate.
import type { englishTls } from './english-tls.ts';

export const indonesianTls: Readonly<Record<keyof typeof englishTls, string>> = {
  'start.tls-both':
    '--cert dan --key harus diberikan bersama: {path} diberikan tanpa pasangannya. Berikan keduanya, atau jangan sama sekali: server lalu memakai sertifikatnya sendiri.',
  'start.tls-read':
    'Berkas {path} tidak bisa dibaca ({reason}). Periksa lokasi dan izinnya: berkas ini bagian dari sertifikat server.',
  'start.tls-certificate':
    '{path} bukan sertifikat. Berikan berkas berbentuk PEM, yang dimulai dengan -----BEGIN CERTIFICATE-----.',
  'start.tls-key':
    '{path} bukan kunci privat yang bisa dipakai. Berikan berkas berbentuk PEM tanpa kata sandi, yang dimulai dengan -----BEGIN PRIVATE KEY----- atau sejenisnya.',
  'start.tls-pair':
    'Kunci di {key} bukan kunci dari sertifikat di {cert}. Berikan sepasang yang cocok; di {cert} sertifikat server ini harus paling depan.',
  'start.tls-refused':
    'OpenSSL menolak kunci dan sertifikat itu ({reason}). Berikan kunci ECDSA 256 bit atau kunci RSA 2048 bit atau lebih, beserta sertifikatnya.',
  'start.tls-expired':
    'Sertifikat {path} sudah kedaluwarsa pada {date}. Mintalah yang baru untuk nama yang sama, atau periksa jam komputer ini.',
  'start.tls-half':
    '{there} ada, tetapi {missing} tidak ada: kunci dan sertifikatnya satu pasang. Kembalikan berkas yang hilang dari cadangan, atau hapus keduanya: yang baru akan dibuat, dan semua yang terhubung diminta menerimanya.',
  'start.tls-make':
    'Sertifikat tidak bisa dibuat di {path} ({reason}). Periksa izin direktori data dan ruang di disknya.',
};
