// Bahasa Indonesia: setiap kesalahan dengan kata-kata sehari-hari, dan apa yang harus dilakukan.
import { KENTONGAN } from './called.ts';
import { faultClass } from '../../src/protocol/index.ts';
import type { FaultTexts } from './texts.ts';

export const FAULTS_ID: FaultTexts = {
  NAME_TAKEN: ({ name, byKey }) => {
    if (byKey)
      return 'Seorang tamu tanpa kunci Anda ada di sini dengan nama ini. Kalau itu Anda di jendela lain, keluarlah di sana dengan /quit lalu masuk lagi, kalau perlu setengah menit kemudian: nama itu kemudian menjadi milik kunci Anda. Kalau bukan, pilih nama lain.';
    return name === ''
      ? 'Nama ini sudah dipakai orang lain di sini. Pilih nama lain.'
      : `Di sini sudah ada yang bernama ${name}. Pilih nama lain.`;
  },
  NAME_HELD: ({ retryAfterSeconds, byKey }) =>
    byKey
      ? `Seorang tamu tanpa kunci Anda baru saja di sini dengan nama ini, dan mungkin kembali. Nama ini disimpan ${Math.max(
          retryAfterSeconds,
          1,
        )} detik lagi: coba lagi setelah itu.`
      : `Nama ini disimpan untuk orang yang baru saja terputus. Pilih nama lain, atau coba lagi dalam ${Math.max(
          retryAfterSeconds,
          1,
        )} detik.`,
  NAME_BAD: () =>
    'Nama ini tidak bisa dipakai. Yang boleh: huruf, angka, dan _ - . paling banyak 32; diawali huruf atau angka.',
  NAME_CONFUSABLE: ({ name, wanted }) =>
    `Nama ${wanted === '' ? 'ini' : wanted} terlalu mirip dengan ${
      name === '' ? 'nama lain' : name
    }, yang dipakai orang lain di sini. Pilih nama yang tidak bisa tertukar.`,
  NOT_A_MEMBER: () => 'Anda tidak berada di ruang itu. Masuk dulu dengan /join.',
  NO_SUCH_ROOM: () =>
    'Ruang itu tidak ada. Sebuah ruang dimulai ketika seseorang memasukinya atau mengatakan sesuatu di dalamnya; /rooms menampilkan ruang yang ada.',
  NO_RECIPIENT: () =>
    'Tidak ada orang dengan nama itu yang bisa dikirimi pesan pribadi. /who menampilkan siapa yang hadir.',
  FORBIDDEN: () => 'Anda tidak diizinkan melakukan itu. Tanyakan kepada pengelola server.',
  TEXT_TOO_LONG: ({ limit }) =>
    `Teks terlalu panjang: paling banyak ${limit} bita. Bagi menjadi beberapa pesan.`,
  ID_REUSED: () => 'Id ini sudah dipakai untuk pesan lain. Pakai id baru untuk teks baru.',
  UNSUPPORTED: () => 'Server lebih tua daripada klien ini dan belum bisa melakukan itu. Perbarui server.',
  TOO_MANY_ROOMS: ({ limit }) =>
    `Terlalu banyak ruang: paling banyak ${limit}. Tinggalkan satu dulu dengan /leave.`,
  ROOM_QUARANTINED: () => 'Log ruang ini rusak. Beri tahu pengelola server.',
  NOT_OPEN: () => 'Server belum siap untuk itu. Coba lagi.',
  NAME_BOUND: ({ wanted, isPlain, byKey, retryAfterSeconds }) => {
    const name = `Nama ${wanted === '' ? 'ini' : wanted}`;
    if (byKey && retryAfterSeconds > 0) {
      return `${name} dilepas dari kunci Anda oleh pengelola server, dan kunci Anda belum bisa memilikinya lagi selama ${Math.ceil(
        retryAfterSeconds / 3600,
      )} jam. Pilih nama lain, atau tanyakan kepadanya.`;
    }
    return `${name} milik seseorang yang punya kunci. Pilih nama lain; atau, kalau itu Anda, ${
      isPlain
        ? 'masuklah tanpa kentongan+plain://: kunci hanya dipakai pada sambungan terenkripsi.'
        : `masuklah dengan kuncinya: lihat ${KENTONGAN} identity --help.`
    }`;
  },
  BAD_FIELD: ({ name }) =>
    `Server menolak isian ${name === '' ? 'yang dikirim' : name}. Periksa yang Anda ketik; kalau sudah benar, perbarui klien ini.`,
  NOT_NAMED: () => 'Itu memerlukan nama. Beri nama dengan --name, atau sebagai nama@host.',
  SECRET_USED: ({ name, byKey, address }) => {
    if (!byKey)
      return `Anda masih di sini sebagai ${name === '' ? 'nama lain' : name}. Pakai nama itu, atau keluar dulu dari sana.`;
    return name === ''
      ? 'Kunci Anda sedang dipakai di sini untuk nama lain. Pakai nama itu, atau keluar dulu dari sana.'
      : `Di server ini kunci Anda berlaku untuk nama ${name}. Masuklah sebagai ${name}@${address}, atau minta pengelola server melepaskan nama itu.`;
  },
  TOO_MANY_SESSIONS: ({ limit }) =>
    `Anda terhubung terlalu sering: paling banyak ${limit} kali. Tutup salah satu yang lain.`,
  PASSWORD_WRONG: ({ address }) =>
    `Server di ${address} meminta kata sandi atau kode undangan, atau yang lain daripada yang diberikan. Sebutkan dengan --code, atau pakai tautan undangan; pengelola server memilikinya.`,
  KEY_REQUIRED: ({ wanted, isPlain }) =>
    isPlain
      ? 'Hanya anggota yang punya kunci boleh masuk, dan kunci hanya dipakai pada sambungan terenkripsi: masuklah tanpa kentongan+plain://.'
      : `Hanya anggota yang punya kunci boleh masuk. Buat kunci dengan ${KENTONGAN} identity create${
          wanted === '' ? '' : ` --name ${wanted}`
        }, minta kode undangan kepada pengelola server, lalu masuk${wanted === '' ? ' sebagai NAMA@HOST' : ''} dengan --code KODE.`,
  RATE_LIMITED: ({ retryAfterSeconds }) =>
    `Terlalu banyak sekaligus untuk server ini. Tunggu ${
      retryAfterSeconds > 0 ? `${retryAfterSeconds} detik` : 'sebentar'
    }, lalu coba lagi; yang sudah dikirim dan belum tersimpan dikirim lagi dengan sendirinya.`,
  STORAGE_FULL: () => 'Disk server penuh. Akan dicoba lagi; beri tahu pengelola server.',
  STORAGE_READ_ONLY: () => 'Server sedang tidak bisa menulis. Akan dicoba lagi; beri tahu pengelola server.',
  NO_QUORUM: () => 'Terlalu sedikit server yang terjangkau saat ini. Akan dicoba lagi.',
  BUSY: () => 'Server sedang sibuk. Akan dicoba lagi.',
  PAUSED: () => 'Moderator menjeda ruang ini. Akan dicoba lagi.',
  OUT_OF_LINE: () => 'Pesan sebelum ini ditolak. Keduanya dikirim lagi, sesuai urutan.',
  SLOW_READER: () => 'Klien ini membaca terlalu lambat, jadi server memutus sambungan.',
  HELLO_TIMEOUT: () => 'Klien ini terlalu lambat memperkenalkan diri.',
  SERVER_BUSY: ({ retryAfterSeconds }) =>
    `Server penuh, atau tidak menerima sambungan lagi dari alamat ini. Coba lagi ${
      retryAfterSeconds > 0 ? `dalam ${retryAfterSeconds} detik` : 'nanti'
    }, atau tanyakan kepada pengelolanya.`,
  DRAINING: () => 'Server sedang berhenti.',
  MOVED: ({ name }) => `Server sudah pindah${name === '' ? '' : ` ke ${name}`}. Sambungkan ke sana.`,
  INTERNAL: () => 'Server mengalami kesalahan internal. Beri tahu pengelolanya.',
  BAD_FRAME: () => 'Server tidak memahami klien ini. Perbarui keduanya ke versi yang sama.',
  FRAME_TOO_LARGE: () => 'Yang dikirim terlalu besar untuk server. Kirim lebih sedikit sekaligus.',
  BAD_PONG: () => 'Server tidak memahami klien ini. Perbarui keduanya ke versi yang sama.',
  UNEXPECTED: () => 'Server tidak menduga hal itu. Perbarui klien dan server ke versi yang sama.',
  VERSION: () => 'Klien ini dan server memakai versi yang berbeda. Perbarui yang lebih tua.',
  TLS_REQUIRED: ({ address }) =>
    `Server di ${address} hanya menerima sambungan terenkripsi dari sini, atau mengenal Anda dari sambungan terenkripsi dan tidak menerima rahasia Anda lewat yang lain. Tulis ${address} tanpa kentongan+plain:// di depannya. Hanya pengelola server yang bisa mengizinkan sambungan tanpa enkripsi, dengan --plain lan.`,
  AUTH_FAILED: ({ address }) =>
    `Server di ${address} tidak menerima bukti kunci Anda, atau pengelolanya telah melepas nama itu darinya. Coba sekali lagi; kalau tetap begitu, mungkin ada orang di antara Anda dan server, atau sertifikatnya baru saja berubah: bandingkan sidik jari dari ${KENTONGAN} trust --list dengan yang ada di layar server.`,
  REPLACED: () => 'Anda terhubung lagi dari tempat lain, jadi yang ini berakhir. Lanjutkan di sana.',
  BANNED: () => 'Anda tidak boleh berada di sini. Tanyakan kepada pengelola server.',
  UNKNOWN: (code) => {
    switch (faultClass(code)) {
      case 'stay':
        return `Server menolak itu (kesalahan ${code}). Hal yang sama akan ditolak lagi; coba cara lain.`;
      case 'retry':
        return `Server sedang tidak bisa melakukan itu (kesalahan ${code}). Akan dicoba lagi.`;
      case 'reconnect':
        return `Server memutus sambungan (kesalahan ${code}). Coba lagi nanti.`;
      case 'stop':
        return `Server memutus sambungan (kesalahan ${code}). Perbarui klien ini, atau tanyakan kepada pengelola server.`;
    }
  },
};
