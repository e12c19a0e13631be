// Indonesian: certificates, passwords, invites and names, as the operator meets them.
import type { englishAccess } from './english-access.ts';

export const indonesianAccess: Readonly<Record<keyof typeof englishAccess, string>> = {
  'start.names-read': 'Nama terikat di {path} tidak dapat dibaca ({reason}). Periksa izinnya dan disknya.',
  'start.names-damaged':
    '{path} rusak, atau bukan berkas program ini: server tidak tahu nama siapa yang terikat. Pulihkan dari cadangan, atau pindahkan berkas itu: maka semua nama terikat menjadi bebas, dan milik siapa pun yang datang dahulu.',
  'start.names-newer':
    '{path} ditulis oleh Kentongan yang lebih baru. Jalankan yang itu, atau pulihkan salinan yang lebih lama.',
  'start.invites-read': 'Undangan di {path} tidak dapat dibaca ({reason}). Periksa izinnya dan disknya.',
  'start.invites-damaged':
    '{path} rusak, atau bukan berkas program ini. Hapus berkas itu: maka tidak ada kode undangan yang berlaku lagi, dan yang baru dapat dibuat.',
  'start.invites-newer':
    '{path} ditulis oleh Kentongan yang lebih baru. Jalankan yang itu, atau hapus berkasnya.',
  'start.invites-write':
    'Kode untuk masuk tidak dapat disimpan di direktori data ({reason}). Kosongkan ruang di disknya, atau ubah izinnya.',
  'start.password-read':
    'Berkas kata sandi {path} tidak dapat dibaca ({reason}). Periksa jalur setelah --password-file.',
  'start.password-empty': 'Baris pertama {path} kosong. Tulislah kata sandi di sana.',
  'start.password-long': 'Baris pertama {path} terlalu panjang: kata sandi paling banyak {limit} byte.',

  'event.password-readable':
    'Orang lain di mesin ini dapat membaca kata sandi di {path}. "chmod 600" mengubahnya.',
  'event.password-failed': 'Kata sandi tidak dibaca ulang, yang lama tetap berlaku: {reason}',
  'event.password-reloaded': 'Kata sandi dibaca ulang.',
  'event.certificate-made': 'Sertifikat dibuat: {path}',
  'event.certificate-reloaded': 'Sertifikat dibaca ulang. Sidik jarinya {fingerprint}.',
  'event.certificate-failed': 'Sertifikat tidak dibaca ulang, yang lama tetap berlaku: {reason}',
  'event.connections-capped':
    'Paling banyak {connections} sambungan, bukan {wanted}: proses ini boleh membuka {descriptors} berkas dan sambungan. "ulimit -n" atau LimitNOFILE menaikkannya.',
  'event.plain-refused': '{address} ditolak: tanpa enkripsi',
  'event.tls-failed': '{address} ditolak: TLS gagal ({reason})',
  'event.name-bound': '{name} sekarang milik sebuah kunci (dari {address})',
  'event.name-released': '{name} bukan milik kunci mana pun lagi',
  'event.name-expired': '{name} bukan milik kunci mana pun lagi: sudah lama tidak dipakai',
  'event.invite-made': 'Undangan #{number} dibuat.',
  'event.invites-revoked': '{count} undangan dicabut.',

  'serve.fingerprint': 'Sidik jari server ini; yang ditampilkan kepada yang lain harus sama:',
  'serve.browsers': 'Di peramban:',
  'serve.invite': 'Tautan dan kode QR yang memuat semuanya: kentongan invite',
  'serve.encrypted': 'Terenkripsi. Sambungan tanpa enkripsi diterima dari mesin ini saja.',
  'serve.plain-lan': 'SAMBUNGAN TANPA ENKRIPSI DITERIMA DARI MANA PUN (--plain lan): yang lain di',
  'serve.plain-marked': 'jaringan ini dapat membacanya. Nama seperti itu bertanda ! bagi semua orang.',
  'serve.asks': 'Untuk masuk perlu kata sandi atau kode (kentongan invite --code).',
  'serve.asks-code': 'Untuk masuk perlu kode (kentongan invite --code membuatnya).',
  'serve.members-only': 'Hanya nama yang terikat pada kunci boleh masuk: tanpa tamu.',
  'serve.lab-code': 'KODE UNTUK MASUK',
  'serve.lab-until': 'Berlaku sampai {date}. "kentongan invite revoke all" mengakhirinya.',
  'serve.lab': 'Lab: riwayat {age}, {connections} sambungan dari satu alamat, tanpa moderator.',

  'status.plain.loopback': 'Tanpa enkripsi:  dari mesin ini saja',
  'status.plain.lan': 'TANPA ENKRIPSI:  DARI MANA PUN',
  'status.fingerprint': 'Sidik jari:      {fingerprint}',
  'status.asks.password': 'Untuk masuk:     kata sandi atau kode',
  'status.asks.code': 'Untuk masuk:     kode',
  'status.members-only': 'Hanya anggota:   nama yang terikat pada kunci, tanpa tamu',
  'status.transports': 'Per jalur:       plain {plain}, TLS {tls}, WebSocket {ws}, WebSocket aman {wss}',
  'status.names': 'Nama terikat:    {count}',
  'status.invites': 'Kode undangan:   {count} berlaku',
  'status.limits': 'Batas:           {list}',

  'invite.link': 'Tautan untuk kentongan chat, yang memuat sidik jari:',
  'invite.type': 'Atau, di mesin lain, ketik:',
  'invite.code': 'Kode: {code}',
  'invite.until': 'Berlaku sampai {date}.',
  'invite.demand':
    'Mereka juga memerlukan kata sandi atau kode. "kentongan invite --code" memuat kode dalam tautan.',
  'invite.all':
    'Yang masuk sekarang memerlukan kode atau kata sandi. "kentongan invite revoke all" mencabut semua kode.',
  'invite.loopback': 'Server mendengarkan di {address} saja: tautan hanya berlaku di mesin ini.',
  'invite.no-network': 'Mesin ini tidak punya alamat jaringan: tautan hanya berlaku di mesin ini.',
  'invite.none': 'Tidak ada kode undangan.',
  'invite.number': 'No.',
  'invite.made': 'Dibuat',
  'invite.expires': 'Berlaku sampai',
  'invite.note': 'Catatan',
  'invite.expired': 'kedaluwarsa',
  'invite.revoked': '{count} kode undangan dicabut. Yang sudah masuk tetap di dalam.',
  'invite.open': 'Tidak ada lagi yang memerlukan kode.',
  'invite.no-such': 'Tidak ada kode undangan {which}. "kentongan invite list" menampilkan yang ada.',
  'invite.too-many': 'Terlalu banyak kode undangan. "kentongan invite revoke" mencabut sebagian.',
  'invite.bad.expires':
    '--expires: "{value}" bukan waktu dengan satuan, dari 1m sampai 365d. Tulislah seperti 7d atau 2h.',
  'invite.bad.room': '--room: "{value}" bukan nama ruang umum.',
  'invite.bad.host': '--host: "{value}" bukan alamat maupun nama host.',
  'invite.bad.note': '--note: catatan paling banyak {limit} karakter.',
  'names.none': 'Tidak ada nama yang terikat pada kunci.',
  'names.name': 'Nama',
  'names.user': 'Kunci',
  'names.bound': 'Terikat',
  'names.used': 'Terakhir dipakai',
  'names.sessions': 'Sambungan',
  'names.released':
    '{name} bebas: milik siapa pun yang datang dahulu, tetapi kunci lamanya baru boleh setelah sehari. Sekaranglah saatnya bagi pemiliknya.',
  'names.released-until': 'dilepas; kunci ini baru boleh lagi {date}',
  'names.no-such': 'Tidak ada kunci dengan nama {name}. "kentongan names" menampilkan yang terikat.',

  'help.invite': 'mencetak tautan dan kode QR-nya yang membawa orang ke server di mesin ini',
  'help.invite.code': 'buat kode undangan dan muat dalam tautan',
  'help.invite.expires': 'berapa lama kode berlaku, mis. 2h (bawaan: 7d)',
  'help.invite.room': 'ruang dalam tautan (bawaan: {room})',
  'help.invite.host': 'alamat atau nama host dalam tautan (bawaan: milik mesin ini)',
  'help.invite.note': 'untuk apa kode itu; ditampilkan oleh "invite list"',
  'help.invite.qr': 'cetak kode QR walaupun ini bukan terminal',
  'help.invite.list': 'menampilkan kode undangan, tanpa kodenya',
  'help.invite.revoke': 'mencabut kode undangan, menurut kode atau nomornya; atau all',
  'help.invite.which': 'kode, nomornya, atau all',
  'help.names-command': 'menampilkan nama yang terikat pada kunci',
  'help.names.release':
    'melepas nama dari kuncinya: sambungannya diputus, nama itu bebas, dan kunci itu tidak mendapatkannya selama sehari',
  'help.names.name': 'nama itu',
  'help.example.invite': 'tautan ke lobby',
  'help.example.invite-code': 'dengan kode yang berlaku sampai besok',
  'help.example.invite-revoke': 'tidak ada kode yang berlaku lagi',
  'help.example.names': 'siapa punya nama apa',
  'help.example.names-release': 'seseorang kehilangan kuncinya',
};
