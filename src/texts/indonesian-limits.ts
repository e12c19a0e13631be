// Indonesian: who may connect, and how much of everything.
import type { englishLimits } from './english-limits.ts';

export const indonesianLimits: Readonly<Record<keyof typeof englishLimits, string>> = {
  'config.bad-limit.count': '{where}: "{value}" bukan bilangan bulat dari {min} sampai {max}.',
  'config.bad-limit.time':
    '{where}: "{value}" bukan waktu dari {min} sampai {max}. Tulislah seperti 30s, 2m atau 500ms.',
  'config.bad-limit.age':
    '{where}: "{value}" bukan waktu dengan satuan, dari {min} sampai {max}. Tulislah seperti 90d.',
  'config.bad.plain':
    '{where}: "{value}" bukan pilihan. Berikan loopback (tanpa enkripsi dari komputer ini saja) atau lan (dari mana pun).',
  'config.bad.cert': '{where}: "{value}" bukan jalur berkas.',
  'config.bad.key': '{where}: "{value}" bukan jalur berkas.',
  'config.bad.names':
    '{where}: "{value}" bukan nama host. Tulislah seperti chat.example atau chat.example,chat.local.',
  'config.bad.origins':
    '{where}: "{value}" bukan asal halaman web. Tulislah seperti https://chat.example, tanpa jalur.',
  'config.bad.password-file': '{where}: "{value}" bukan jalur berkas.',
  'config.bad.members-only': '{where}: "{value}" bukan true maupun false.',
  'config.bad.lab': '{where}: "{value}" bukan true maupun false.',
  'config.bad.rate-for':
    '{where}: "{value}" tidak memberi laju. Tulislah seperti bot=1000,jam=5: nama, dan pesannya tiap detik dari 0 (bebas) sampai 1000000.',

  'help.group.access': 'Siapa yang boleh tersambung:',
  'help.group.limits': 'Batas:',
  'help.plain':
    'dari mana sambungan tanpa enkripsi diterima: loopback = komputer ini saja, lan = mana pun, ditandai dengan ! (bawaan: loopback)',
  'help.cert':
    'sertifikat server ini, PEM (bawaan: miliknya sendiri, dibuat saat pertama dijalankan, di direktori data)',
  'help.key': 'kunci pribadi pasangan --cert, PEM',
  'help.names': 'nama host server ini selain nama komputernya sendiri: a,b',
  'help.origins': 'halaman yang boleh tersambung dari peramban selain milik server ini: https://a,https://b',
  'help.password-file': 'berkas yang baris pertamanya harus diketahui semua orang (bawaan: tidak ada)',
  'help.members-only': 'hanya nama yang terikat pada kunci boleh masuk; tanpa tamu',
  'help.no-members-only': 'tamu boleh masuk (bawaan)',
  'help.lab': 'untuk lab sekolah: kode undangan di layar, riwayat satu hari, batas longgar bagi satu alamat',
  'help.no-lab': 'jangan (bawaan)',
  'help.limit.connections': 'sambungan seluruhnya',
  'help.limit.connections-per-address': 'sambungan dari satu alamat',
  'help.limit.newcomers': 'sambungan yang belum mengatakan siapa dia; selebihnya yang paling lama diputus',
  'help.limit.handshake-timeout':
    'waktu tiap langkah sebelum bingkai pertama: byte pertama, TLS, permintaan HTTP',
  'help.limit.hello-timeout': 'waktu untuk mengatakan siapa dia',
  'help.limit.hellos': 'percobaan mengatakan siapa dia, untuk satu sambungan',
  'help.limit.attempts': 'percobaan gagal satu alamat tiap menit: kata sandi, bukti kunci, nama',
  'help.limit.rate': 'pesan tiap detik dari satu sesi sebelum diperlambat, 0 = bebas',
  'help.limit.burst': 'pesan yang boleh dikirim satu sesi sekaligus; kalau tidak ditentukan, dua kali --rate',
  'help.rate-for': 'laju lain untuk beberapa nama: bot=1000,jam=5 (bawaan: tidak ada)',
  'help.limit.requests': 'permintaan lain tiap detik dari satu sesi, empat kali lipat sekaligus, 0 = bebas',
  'help.limit.rooms-per-session': 'ruang yang boleh diikuti satu sesi',
  'help.limit.rooms': 'ruang server ini seluruhnya',
  'help.limit.held-per-address': 'nama yang boleh dipegang sambungan yang hilang dari satu alamat',
  'help.limit.bindings-per-address': 'nama yang boleh diikat pada kunci dari satu alamat tiap hari',
  'help.limit.bound-names': 'nama yang boleh terikat pada kunci seluruhnya',
  'help.limit.bound-ttl': 'nama terikat bebas lagi jika selama ini tidak ada yang memakainya',
  'help.limit.stall': 'waktu klien boleh tidak membaca yang dikirim kepadanya',
  'help.limit.ping-interval': 'waktu sebelum klien yang diam ditanya apakah masih ada',
  'help.default': '(bawaan: {default})',
  'help.default-lab': '(bawaan: {default}; dengan --lab {lab})',
};
